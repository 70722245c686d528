//! The record of one request and its response.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, SystemTime},
};

use axum::{
    body::{Body, HttpBody as _},
    http::{Response, StatusCode, header::CONTENT_LENGTH},
};
use opentelemetry::{
    Context, KeyValue, StringValue,
    trace::{SpanRef, Status, TraceContextExt as _},
};
use otelier_core::{Message, Outcome, Record, context::RequestContext, semconv};

use super::{
    access, capture,
    labels::{BODY_ERROR, ErrorType, Labels, Protocol, Scheme},
    layer::Shared,
    observe::Observed,
    route::Route,
    telemetry::Telemetry,
};

/// Where an inner layer leaves the route that an outer one cannot see.
#[derive(Clone, Debug, Default)]
pub(super) struct LateRoute(Arc<OnceLock<StringValue>>);

impl LateRoute {
    /// Where several layers see a route, the first of them tells it.
    pub(super) fn tell(&self, route: &str) {
        self.0.set(Arc::<str>::from(route).into()).ok();
    }

    fn heard(&self) -> Option<&StringValue> {
        self.0.get()
    }
}

#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) shared: Arc<Shared>,
    /// Holds the span, and may outlive the request in tasks of the handler.
    pub(super) context: Context,
    /// Whether that span is this request's, and recorded.
    pub(super) has_span: bool,
    pub(super) started: SystemTime,
    /// The place of the method among the known ones.
    pub(super) method: u16,
    pub(super) is_head: bool,
    pub(super) is_connect: bool,
    pub(super) scheme: Scheme,
    pub(super) version: Protocol,
    pub(super) route: Arc<Route>,
    pub(super) late_route: Option<LateRoute>,
    pub(super) status: Option<StatusCode>,
    /// What is still to come, where the head has promised a length.
    pub(super) left: Option<u64>,
    pub(super) response_bytes: u64,
    /// Apart, because most requests have none of it.
    pub(super) extras: Option<Box<Extras>>,
}

/// What a request has if the layer or the handler asks for it.
#[derive(Debug, Default)]
pub(super) struct Extras {
    /// What the metric says instead of the whole time.
    pub(super) latency: Option<Duration>,
    pub(super) observed: Option<Arc<Observed>>,
    /// For the line that is logged of it.
    pub(super) path: Option<Box<str>>,
    /// What the span knew of the request's context from its start.
    pub(super) known_entries: Vec<KeyValue>,
    pub(super) entries: Option<RequestContext>,
}

impl Exchange {
    pub(super) fn extras_mut(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }

    /// Takes note of the head of the response. Tells whether anything of it is
    /// still to come.
    pub(super) fn answered(&mut self, response: &Response<Body>) -> bool {
        self.status = Some(response.status());
        let captured = &self.shared.config.response_headers;
        if self.has_span && !captured.is_empty() {
            let span = self.context.span();
            span.set_attributes(capture::headers(captured, response.headers()));
        }
        self.left = promised(response);
        let nothing = self.has_no_body() || self.left == Some(0) || response.body().is_end_stream();
        !nothing
    }

    /// Takes note of bytes of the response. Tells whether it is complete.
    pub(super) fn sent(&mut self, bytes: u64) -> bool {
        self.response_bytes = self.response_bytes.saturating_add(bytes);
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(bytes);
        }
        self.left == Some(0)
    }

    /// Tells the span what the error of the body says, and names the outcome. A
    /// status of 5xx describes itself.
    #[cold]
    pub(super) fn failed(&self, error: &axum::Error) -> Outcome {
        let describes = |status: StatusCode| status.is_server_error();
        if self.has_span && !self.status.is_some_and(describes) {
            let status = Message::of(error).status(BODY_ERROR);
            self.context.span().set_status(status);
        }
        Outcome::Failed(BODY_ERROR.into())
    }

    /// The bytes of the request's body that passed, if anybody counts them.
    pub(super) fn request_bytes(&self) -> Option<u64> {
        Some(self.extras.as_ref()?.observed.as_ref()?.bytes())
    }

    /// Tells whether the server will never ask for the response's body.
    fn has_no_body(&self) -> bool {
        let Some(status) = self.status else {
            return false;
        };
        self.is_head
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || (self.is_connect && status.is_success())
    }

    fn error_type(&self, outcome: &Outcome) -> Option<ErrorType> {
        match (self.status, outcome) {
            (Some(status), _) if status.is_server_error() => Some(ErrorType::Status(status)),
            (_, Outcome::Done) => None,
            (_, Outcome::Panicked) => Some(ErrorType::Panic),
            (Some(_), Outcome::Failed(_)) => Some(ErrorType::Body),
            (None, Outcome::Failed(_)) => Some(ErrorType::Service),
            // An outcome that nobody knows yet is an ending that nobody saw.
            _ => Some(ErrorType::Cancelled),
        }
    }

    fn end_span(&self, telemetry: &Telemetry, error: Option<ErrorType>, elapsed: Duration) {
        let span = self.context.span();
        if self.late_route.is_some()
            && let Some(route) = &self.route.label
        {
            let method = usize::from(self.method);
            span.update_name(self.route.span_name(&telemetry.methods, method));
            span.set_attribute(KeyValue::new(semconv::HTTP_ROUTE, route.clone()));
        }
        let old = |key| telemetry.old_names.then(|| semconv::old::renamed(key))?;
        if let Some(status) = self.status {
            let code = i64::from(status.as_u16());
            span.set_attribute(KeyValue::new(semconv::HTTP_RESPONSE_STATUS_CODE, code));
            if let Some(old) = old(semconv::HTTP_RESPONSE_STATUS_CODE) {
                span.set_attribute(KeyValue::new(old, code));
            }
        }
        if let Some(error) = error {
            span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, error.text()));
            // What the error of the body said stays.
            span.set_status(Status::error(""));
        }
        self.describe_late(&span);
        // The wall clock may have been set in between.
        match self.started.checked_add(elapsed) {
            Some(ended) => span.end_with_timestamp(ended),
            None => span.end(),
        }
    }

    /// What the handler said, and what it read.
    fn describe_late(&self, span: &SpanRef<'_>) {
        let Some(extras) = &self.extras else {
            return;
        };
        if let Some(entries) = &extras.entries {
            let known = &extras.known_entries;
            let news = entries.with(|all| {
                let news = all.iter().filter(|entry| !known.contains(entry));
                news.cloned().collect::<Vec<_>>()
            });
            span.set_attributes(news);
        }
        if let Some(observed) = &extras.observed {
            span.set_attributes(observed.fields());
        }
    }

    /// The entries of the request's context that are labels, `None` where there
    /// can be none.
    fn extra_labels(&self) -> Option<Vec<KeyValue>> {
        let keys = &self.shared.config.context_labels;
        if keys.is_empty() {
            return None;
        }
        let entries = self.extras.as_ref()?.entries.as_ref()?;
        Some(entries.with(|all| {
            let labels = all.iter().filter(|entry| {
                let key = entry.key.as_str();
                keys.iter().any(|label| **label == *key)
            });
            labels.cloned().collect()
        }))
    }
}

impl Record for Exchange {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let Some(telemetry) = self.shared.telemetry() else {
            return;
        };
        if let Some(route) = self.late_route.as_ref().and_then(LateRoute::heard) {
            self.route = telemetry.routes.get(route.as_str());
        }
        let error = self.error_type(outcome);
        if telemetry.access_log {
            access::log(self, telemetry, error, elapsed);
        }
        if self.has_span {
            self.end_span(telemetry, error, elapsed);
        }
        telemetry.count(-1, self.method, self.scheme);
        let extra = self.extra_labels();
        let labels = Labels {
            methods: &telemetry.methods,
            method: self.method,
            scheme: self.scheme,
            version: self.version,
            route: &self.route,
            status: self.status,
            error,
            extra: extra.as_deref().unwrap_or_default(),
        };
        let latency = self.extras.as_ref().and_then(|extras| extras.latency);
        telemetry.took(self, labels, latency.unwrap_or(elapsed));
    }
}

/// The length that the server will hold itself to: it stops asking once it is
/// reached, without having seen the end. What the body knows of itself comes
/// first, because it costs less to ask.
fn promised(response: &Response<Body>) -> Option<u64> {
    response.body().size_hint().exact().or_else(|| {
        let header = response.headers().get(CONTENT_LENGTH)?;
        header.to_str().ok()?.parse().ok()
    })
}
