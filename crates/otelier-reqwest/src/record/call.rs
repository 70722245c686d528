//! The record of a call: a span around all its attempts.

use std::{error::Error, time::Duration};

use http::Extensions;
use opentelemetry::{
    Context, KeyValue,
    trace::{SpanBuilder, SpanKind},
};
use otelier_core::{
    Methods, Outcome, Record, Run,
    edge::{
        Clock, Span,
        http_client::{Answer, UrlTemplate, error_type, span_name, template},
    },
    semconv,
};
use reqwest::{Request, Response};

use super::{error, telemetry::Way};

pub(crate) type Call = Run<Called>;

pub(crate) struct Called {
    span: Span,
    answer: Option<Answer>,
}

pub(crate) fn begin_call(way: Way<'_>, request: &Request, extensions: &Extensions) -> Option<Call> {
    let Way::Records(_, peers) = way else {
        return None;
    };
    let clock = Clock::now();
    let method = peers.methods.known(request.method());
    let method = method.unwrap_or_else(Methods::other);
    let given = extensions.get::<UrlTemplate>();
    let name = span_name(Methods::name(&method), given, extensions.get());
    let mut attributes = Vec::with_capacity(4);
    attributes.push(KeyValue::new(semconv::HTTP_REQUEST_METHOD, method));
    attributes.extend(given.map(template));
    let span = SpanBuilder::from_name(name)
        .with_kind(SpanKind::Internal)
        .with_attributes(attributes);
    let call = Called {
        span: peers.recorder.start(span, &Context::current(), clock),
        answer: None,
    };
    Some(Run::start_at(clock.ticks, call))
}

pub(crate) fn end_call<E: Error + 'static>(call: Option<Call>, answer: &Result<Response, E>) {
    let Some(mut run) = call else {
        return;
    };
    let call = run.record_mut();
    let answered = answer.as_ref().ok();
    call.answer = answered.map(|answer| Answer::new(answer.status(), Some(answer.version())));
    let outcome = match answer {
        Ok(_) => Outcome::Done,
        Err(failure) => error::fail(failure, None, &call.span),
    };
    run.finish(outcome);
}

impl AsRef<Span> for Called {
    fn as_ref(&self) -> &Span {
        &self.span
    }
}

impl Record for Called {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        self.span.tell(|span| {
            if let Some((status, version)) = self.answer.map(Answer::attributes) {
                span.set_attributes([Some(status), version].into_iter().flatten());
            }
        });
        self.span.end(error_type(self.answer, outcome), elapsed);
    }
}
