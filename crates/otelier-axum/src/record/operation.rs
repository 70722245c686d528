//! The record of one request and its response.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, HttpBody as _},
    http::{HeaderMap, HeaderValue, Response, StatusCode, Version, header::CONTENT_LENGTH},
};
use opentelemetry::{KeyValue, StringValue, trace::SpanRef};
use otelier_core::{
    Message, Outcome, Record,
    context::RequestContext,
    edge::{Span, grpc::Code},
    semconv,
};

use super::{
    access,
    ending::Ending,
    error::{BODY_ERROR, ErrorType},
    labels::Labels,
    listed,
    marks::{LateRoute, UpgradedRoute},
    protocol::Protocol,
    request_body::Seen,
    streams::{ENDING, Kind, Stream},
    telemetry::Telemetry,
};
use crate::stream;

#[derive(Debug)]
pub(super) struct Operation {
    pub(super) telemetry: Arc<Telemetry>,
    /// May be outlived by its context, in tasks of the handler.
    pub(super) span: Span,
    pub(super) labels: Labels,
    pub(super) is_head: bool,
    pub(super) is_connect: bool,
    pub(super) late_route: Option<LateRoute>,
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
    pub(super) seen: Option<Arc<Seen>>,
    /// For the line that is logged of it.
    pub(super) path: Option<Box<str>>,
    /// For the caller.
    pub(super) trace_response: Option<HeaderValue>,
    /// What the span knew of the request's context from its start.
    pub(super) known_entries: Vec<KeyValue>,
    pub(super) entries: Option<RequestContext>,
    /// Where the response is one.
    pub(super) stream: Option<Arc<Stream>>,
    /// How it ended, as far as is known.
    pub(super) ending: Option<Ending>,
}

impl Operation {
    pub(super) fn extras_mut(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }

    /// Takes note of the head of the response. Tells whether anything of it is
    /// still to come.
    pub(super) fn answered(&mut self, response: &Response<Body>) -> bool {
        self.labels.status = Some(response.status());
        let listed = &self.telemetry.response_headers;
        if !listed.is_empty() {
            self.span
                .tell(|span| span.set_attributes(listed::headers(listed, response.headers())));
        }
        if self.labels.version == Protocol::of(Version::HTTP_2) {
            self.trailed(response.headers());
        }
        self.left = promised(response);
        let nothing =
            self.has_no_body(response) || self.left == Some(0) || response.body().is_end_stream();
        !nothing
    }

    /// Takes note of a stream that begins after so much time.
    #[cold]
    pub(super) fn opened(&mut self, kind: stream::Kind, elapsed: Duration) {
        let kind = Kind::Response(kind);
        let stream = self.telemetry.streams.open(kind, self.route().as_ref());
        let extras = self.extras_mut();
        extras.stream = Some(stream);
        extras.latency = Some(elapsed);
    }

    /// The route, also where only a layer further in could see it.
    fn route(&self) -> Option<StringValue> {
        let late = self.late_route.as_ref().and_then(LateRoute::heard);
        late.or(self.labels.route.label.as_ref()).cloned()
    }

    /// Takes note of how a call of gRPC ended, which trailers say, or a head that
    /// has none.
    pub(super) fn trailed(&mut self, trailers: &HeaderMap) {
        self.labels.grpc = Code::of(trailers);
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
    pub(super) fn failed(&mut self, error: &axum::Error) -> Outcome {
        if let Some(extras) = &mut self.extras
            && extras.stream.is_some()
        {
            extras.ending = Some(Ending::of_error(error));
        }
        let describes = |status: StatusCode| status.is_server_error();
        if !self.labels.status.is_some_and(describes) {
            self.span.fail(Message::of(error), BODY_ERROR);
        }
        Outcome::Failed(BODY_ERROR.into())
    }

    /// Tells whether the server will never ask for the response's body.
    fn has_no_body(&self, response: &Response<Body>) -> bool {
        let status = response.status();
        if status == StatusCode::SWITCHING_PROTOCOLS || (self.is_connect && status.is_success()) {
            UpgradedRoute::tell(&self.span.context, self.route().as_ref());
        }
        self.is_head
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || (self.is_connect && status.is_success())
    }

    /// Tells the span what is known only at its end.
    fn describe(&self, span: &SpanRef<'_>) {
        let Labels {
            method,
            route,
            status,
            ..
        } = &self.labels;
        let recorder = &self.telemetry.recorder;
        if self.late_route.is_some()
            && let Some(label) = &route.label
        {
            let methods = &recorder.instruments.methods;
            span.update_name(route.span_name(methods, usize::from(*method)));
            span.set_attribute(KeyValue::new(semconv::HTTP_ROUTE, label.clone()));
        }
        if let Some(status) = status {
            let code = i64::from(status.as_u16());
            let key = semconv::HTTP_RESPONSE_STATUS_CODE;
            span.set_attribute(KeyValue::new(key, code));
            if recorder.conventions().old_http_names
                && let Some(old) = semconv::old::renamed(key)
            {
                span.set_attribute(KeyValue::new(old, code));
            }
        }
        if let Some(code) = self.labels.grpc {
            span.set_attribute(KeyValue::new(semconv::RPC_STATUS_CODE, code.name()));
        }
        let Some(extras) = &self.extras else {
            return;
        };
        // What the handler said.
        if let Some(entries) = &extras.entries {
            let known = &extras.known_entries;
            let news = entries.with(|all| {
                let news = all.iter().filter(|entry| !known.contains(entry));
                news.cloned().collect::<Vec<_>>()
            });
            span.set_attributes(news);
        }
        if let Some(ending) = extras.ending {
            span.set_attribute(KeyValue::new(ENDING, ending.as_str()));
        }
        // What it read.
        if let Some(seen) = &extras.seen {
            span.set_attributes(seen.fields(&self.telemetry.body_fields));
        }
    }

    /// The entries of the request's context that are labels.
    fn entries(&self) -> Vec<KeyValue> {
        let keys = &self.telemetry.config.context_labels;
        let is_label = |entry: &&KeyValue| keys.iter().any(|key| *key == entry.key.as_str());
        let extras = self.extras.as_ref();
        match extras.and_then(|extras| extras.entries.as_ref()) {
            Some(entries) if !keys.is_empty() => {
                entries.with(|all| all.iter().filter(is_label).cloned().collect())
            }
            _ => Vec::new(),
        }
    }
}

impl Record for Operation {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let telemetry = &*self.telemetry;
        let instruments = &telemetry.recorder.instruments;
        if let Some(route) = self.late_route.as_ref().and_then(LateRoute::heard) {
            self.labels.route = telemetry.routes.get(route.as_str());
        }
        self.labels.error = ErrorType::of(self.labels.status, self.labels.grpc, outcome);
        if let Some(extras) = &mut self.extras
            && let Some(stream) = extras.stream.take()
        {
            let ending = Ending::of(outcome, extras.ending, self.labels.version);
            stream.end(ending);
            extras.ending = Some(ending);
            if !ending.is_error() {
                self.labels.error = None;
            }
        }
        let labels = &self.labels;
        let extras = self.extras.as_deref();
        if telemetry.has_access_log {
            let method = instruments.methods.label(usize::from(labels.method));
            let path = extras.and_then(|extras| extras.path.as_deref());
            access::log(&self.span, method.as_str(), path, labels, elapsed);
        }
        if self.span.is_recording() {
            self.span.tell(|span| self.describe(span));
            self.span.end(labels.error.map(ErrorType::text), elapsed);
        }
        instruments.count(-1, labels);
        let entries = self.entries();
        let latency = extras.and_then(|extras| extras.latency);
        let sampled = || self.span.sampled();
        instruments.took(latency.unwrap_or(elapsed), sampled, labels, &entries);
        if telemetry.config.body_sizes {
            let list = labels.list(&instruments.methods, &entries);
            if let Some(seen) = extras.and_then(|extras| extras.seen.as_ref()) {
                instruments.request_size.record(seen.bytes(), &list);
            }
            instruments.response_size.record(self.response_bytes, &list);
        }
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
