//! The record of one call.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;
use opentelemetry::{KeyValue, trace::SpanRef};
use otelier_core::{
    Message, Outcome, Record,
    edge::{Span, grpc::Code, http_client::failure, listed},
    semconv::{self, old},
    shorten,
};

use super::{
    calls::{Calls, GRPC, Standing},
    host::Host,
    metadata,
    method::Method,
};

const MAX_ORIGINAL_BYTES: usize = 256;

/// What is written when the call ends.
pub(super) struct Operation {
    pub(super) calls: Arc<Calls>,
    pub(super) span: Span,
    pub(super) host: Arc<Host>,
    pub(super) method: Named,
    /// How long the caller will wait.
    pub(super) timeout: Option<Duration>,
    /// Whether somebody is at work on it: an unknown method is refused at once.
    pub(super) waits: bool,
    pub(super) code: Option<Code>,
}

/// What is known of the method.
pub(super) enum Named {
    Known(Arc<Method>),
    /// Its path: what becomes of it, the answer will tell.
    Open(Box<str>),
    /// There is none of that path.
    Unknown(Box<str>),
}

impl Operation {
    /// Takes down what trailers say, or a head that has none.
    pub(super) fn ended(&mut self, code: Code, trailers: &HeaderMap) {
        self.code = Some(code);
        if self.calls.side.is_error(code)
            && self.span.is_recording()
            && let Some(message) = metadata::message(trailers)
        {
            self.span.fail(Message::of(message), code.name());
        }
    }

    /// Tells the span what was asked for of the response's metadata.
    pub(super) fn answered(&self, headers: &HeaderMap) {
        let listed = &self.calls.response_metadata;
        if !listed.is_empty() {
            self.span
                .tell(|span| span.set_attributes(listed::headers(listed, headers)));
        }
    }

    /// The code that it ends with: that of the peer, else what became of it.
    fn code(&self, outcome: &Outcome, elapsed: Duration) -> Code {
        match (self.code, outcome) {
            (Some(code), _) => code,
            (None, Outcome::Dropped) if self.timeout.is_some_and(|most| elapsed >= most) => {
                Code::DeadlineExceeded
            }
            (None, Outcome::Dropped) => Code::Cancelled,
            (None, _) => Code::Unknown,
        }
    }

    /// The method, now that it is known how the call ended.
    fn method(&self, outcome: &Outcome) -> Arc<Method> {
        let methods = self.calls.methods(&self.host);
        match &self.method {
            Named::Known(method) => Arc::clone(method),
            Named::Open(path) if self.is_answered(outcome) => methods.learn(name(path)),
            Named::Open(_) | Named::Unknown(_) => Arc::clone(&methods.other),
        }
    }

    /// Whether somebody knew the method.
    fn is_answered(&self, outcome: &Outcome) -> bool {
        match self.code {
            Some(code) => code != Code::Unimplemented,
            None => self.waits || *outcome != Outcome::Dropped,
        }
    }

    /// Tells the span what is known only at its end.
    fn describe(&self, span: &SpanRef<'_>, method: &Method, code: Code) {
        if let Named::Open(path) = &self.method
            && method.is_other()
        {
            span.update_name(GRPC);
            span.set_attribute(method.label());
            span.set_attribute(original(path));
        }
        span.set_attribute(KeyValue::new(semconv::RPC_STATUS_CODE, code.name()));
        if self.calls.recorder.conventions().old_rpc_names {
            let number = i64::from(code.number());
            span.set_attribute(KeyValue::new(old::RPC_GRPC_STATUS_CODE, number));
        }
    }
}

fn name(path: &str) -> &str {
    path.strip_prefix('/').unwrap_or(path)
}

/// What the caller named, where nobody knows it.
pub(super) fn original(path: &str) -> KeyValue {
    let original = shorten(name(path), MAX_ORIGINAL_BYTES).into_owned();
    KeyValue::new(semconv::RPC_METHOD_ORIGINAL, original)
}

impl Named {
    /// What is known of a path before its call is answered.
    pub(super) fn of(calls: &Calls, host: &Host, path: &str, name: Option<&str>) -> Self {
        let methods = calls.methods(host);
        let Some(name) = name else {
            return Self::Unknown(path.into());
        };
        if let Some(method) = methods.find(name) {
            return Self::Known(method);
        }
        match calls.listed(name) {
            Standing::Known => match methods.learn(name) {
                method if method.is_other() => Self::Unknown(path.into()),
                method => Self::Known(method),
            },
            Standing::Open => Self::Open(path.into()),
            Standing::Unknown => Self::Unknown(path.into()),
        }
    }
}

impl AsRef<Span> for Operation {
    fn as_ref(&self) -> &Span {
        &self.span
    }
}

impl Record for Operation {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let code = self.code(outcome, elapsed);
        let by_code = || self.calls.side.is_error(code).then(|| code.name());
        let error = failure(outcome).or_else(by_code);
        let method = self.method(outcome);
        if self.span.is_recording() {
            self.span.tell(|span| self.describe(span, &method, code));
            self.span.end(error.map(Into::into), elapsed);
        }
        let took = (elapsed, &self.span);
        self.calls.took(&self.host, &method, (code, error), took);
    }
}
