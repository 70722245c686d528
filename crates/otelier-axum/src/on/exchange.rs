//! The record of one request and its response.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, SystemTime},
};

use axum::http::StatusCode;
use opentelemetry::{
    Context, KeyValue, StringValue,
    trace::{Status, TraceContextExt as _},
};
use otelier_core::{Outcome, Record, semconv};

use super::{layer::Shared, request::span_name};

/// The `error.type` of a request whose end nobody saw.
const CANCELLED: &str = "cancelled";

/// Where an inner layer leaves the route that an outer one cannot see.
#[derive(Clone, Debug, Default)]
pub(super) struct LateRoute(Arc<OnceLock<StringValue>>);

impl LateRoute {
    /// Where several layers see a route, the first of them tells it.
    pub(super) fn tell(&self, route: StringValue) {
        self.0.set(route).ok();
    }

    fn heard(&self) -> Option<StringValue> {
        self.0.get().cloned()
    }
}

#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) shared: Arc<Shared>,
    /// Holds the span, and may outlive the request in tasks of the handler.
    pub(super) context: Context,
    pub(super) started: SystemTime,
    /// The method as a label.
    pub(super) method: StringValue,
    pub(super) is_head: bool,
    pub(super) is_connect: bool,
    pub(super) scheme: &'static str,
    pub(super) version: &'static str,
    pub(super) route: Option<StringValue>,
    pub(super) late_route: Option<LateRoute>,
    pub(super) status: Option<StatusCode>,
}

impl Exchange {
    pub(super) fn answered(&mut self, status: StatusCode) {
        self.status = Some(status);
    }

    /// Tells whether the server will never ask for the response's body.
    pub(super) fn has_no_body(&self) -> bool {
        let Some(status) = self.status else {
            return false;
        };
        self.is_head
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || (self.is_connect && status.is_success())
    }

    fn error_type(&self, outcome: &Outcome) -> Option<StringValue> {
        match (self.status, outcome) {
            (Some(status), _) if status.is_server_error() => {
                Some(status.as_str().to_owned().into())
            }
            (_, Outcome::Dropped) => Some(CANCELLED.into()),
            (_, outcome) => outcome.error_type().map(|kind| kind.to_owned().into()),
        }
    }

    fn end_span(&mut self, error: Option<&StringValue>, elapsed: Duration) {
        let span = self.context.span();
        if let Some(route) = self.late_route.as_ref().and_then(LateRoute::heard) {
            span.update_name(span_name(&self.method, Some(&route)));
            span.set_attribute(KeyValue::new(semconv::HTTP_ROUTE, route.clone()));
            self.route = Some(route);
        }
        if let Some(status) = self.status {
            span.set_attribute(KeyValue::new(
                semconv::HTTP_RESPONSE_STATUS_CODE,
                i64::from(status.as_u16()),
            ));
        }
        if let Some(error) = error {
            span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, error.clone()));
            span.set_status(Status::error(""));
        }
        // The wall clock may have been set in between.
        match self.started.checked_add(elapsed) {
            Some(ended) => span.end_with_timestamp(ended),
            None => span.end(),
        }
    }

    fn labels(&self, error: Option<StringValue>) -> Vec<KeyValue> {
        let mut labels = Vec::with_capacity(6);
        labels.extend([
            KeyValue::new(semconv::HTTP_REQUEST_METHOD, self.method.clone()),
            KeyValue::new(semconv::URL_SCHEME, self.scheme),
            KeyValue::new(semconv::NETWORK_PROTOCOL_VERSION, self.version),
        ]);
        if let Some(route) = &self.route {
            labels.push(KeyValue::new(semconv::HTTP_ROUTE, route.clone()));
        }
        if let Some(status) = self.status {
            labels.push(KeyValue::new(
                semconv::HTTP_RESPONSE_STATUS_CODE,
                i64::from(status.as_u16()),
            ));
        }
        if let Some(error) = error {
            labels.push(KeyValue::new(semconv::ERROR_TYPE, error));
        }
        labels
    }
}

impl Record for Exchange {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let error = self.error_type(outcome);
        self.end_span(error.as_ref(), elapsed);
        if let Some(telemetry) = self.shared.telemetry() {
            telemetry.count(-1, &self.method, self.scheme);
            telemetry.took(elapsed, &self.labels(error));
        }
    }
}
