//! The labels of a request's metrics: few, and from fixed sets.

use std::sync::Arc;

use axum::http::StatusCode;
use opentelemetry::KeyValue;
use otelier_core::{Methods, edge::grpc::Code, semconv};

use super::{
    error::ErrorType,
    protocol::{Protocol, Scheme},
    route::{Route, Series},
};

#[derive(Debug)]
pub(super) struct Labels {
    /// The place of the method among the known ones.
    pub(super) method: u16,
    pub(super) scheme: Scheme,
    pub(super) version: Protocol,
    pub(super) route: Arc<Route>,
    pub(super) status: Option<StatusCode>,
    /// Of a call of gRPC that nobody else records; the span has it alone.
    pub(super) grpc: Option<Code>,
    pub(super) error: Option<ErrorType>,
}

impl Labels {
    pub(super) fn series(&self) -> Series {
        Series {
            method: self.method,
            status: self.status.map_or(0, |status| status.as_u16()),
            scheme: self.scheme as u8,
            version: self.version.0,
            // The series has the status code already.
            error: self.error.map_or(0, ErrorType::place),
        }
    }

    /// With entries of the request's context that are labels, too.
    pub(super) fn list(&self, methods: &Methods, entries: &[KeyValue]) -> Vec<KeyValue> {
        let mut labels = Vec::with_capacity(6 + entries.len());
        labels.extend([
            KeyValue::new(
                semconv::HTTP_REQUEST_METHOD,
                methods.label(usize::from(self.method)),
            ),
            KeyValue::new(semconv::URL_SCHEME, self.scheme.as_str()),
            KeyValue::new(semconv::NETWORK_PROTOCOL_VERSION, self.version.as_str()),
        ]);
        if let Some(route) = &self.route.label {
            labels.push(KeyValue::new(semconv::HTTP_ROUTE, route.clone()));
        }
        if let Some(status) = self.status {
            let status = i64::from(status.as_u16());
            labels.push(KeyValue::new(semconv::HTTP_RESPONSE_STATUS_CODE, status));
        }
        if let Some(error) = self.error {
            labels.push(KeyValue::new(semconv::ERROR_TYPE, error.text()));
        }
        labels.extend_from_slice(entries);
        labels
    }

    /// The names before the conventions were stable.
    pub(super) fn old_list(&self, methods: &Methods, entries: &[KeyValue]) -> Vec<KeyValue> {
        let renamed = self.list(methods, &[]).into_iter().filter_map(|label| {
            let key = semconv::old::renamed(label.key.as_str())?;
            Some(KeyValue::new(key, label.value))
        });
        renamed.chain(entries.iter().cloned()).collect()
    }
}
