//! The optional span around all attempts of a call.

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use http::Extensions;
use opentelemetry::{
    Context, KeyValue,
    context::FutureExt as _,
    trace::{SpanBuilder, SpanKind, Status, TraceContextExt as _},
};
use otelier_core::{Methods, Outcome, Record, Run, semconv};
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next};

use super::{
    answer::{Answer, error_type},
    attempt::span_name,
    config::Config,
    error,
    extension::UrlTemplate,
    telemetry::{Shared, Telemetry},
};

/// Puts a span of kind `INTERNAL` around a whole call: all its attempts and the
/// waiting between them. Its name is that of the attempts.
///
/// Put it on first, outside of retries. It makes no metrics and injects
/// nothing; without a [`TraceMiddleware`](crate::TraceMiddleware) inside of the
/// retries there are no spans of the attempts.
///
/// # Cancellation
/// Dropping the call ends its span without an error.
#[derive(Clone, Debug)]
pub struct CallMiddleware {
    shared: Arc<Shared>,
}

impl CallMiddleware {
    /// Makes a middleware that records to the current providers.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared::new(Config::default())),
        }
    }
}

impl Default for CallMiddleware {
    fn default() -> Self {
        Self::new()
    }
}

// Written out: `async_trait` would allocate a future of its own while telemetry
// is off.
impl Middleware for CallMiddleware {
    fn handle<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        request: Request,
        extensions: &'life1 mut Extensions,
        next: Next<'life2>,
    ) -> Pin<Box<dyn Future<Output = Result<Response, Error>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        Self: 'async_trait,
    {
        let Some(telemetry) = self.shared.telemetry() else {
            return next.run(request, extensions);
        };
        Box::pin(async move {
            let mut run = begin(telemetry, &request, extensions);
            let context = run.record().context.clone();
            let answer = next.run(request, extensions).with_context(context).await;
            let answered = answer.as_ref().ok().map(Answer::of);
            run.record_mut().answer = answered;
            let span = run.record().context.clone();
            run.finish(match &answer {
                Ok(_) => Outcome::Done,
                Err(failure) => {
                    error::describe(failure, answered, &span.span());
                    Outcome::Failed(error::error_type(failure).into())
                }
            });
            answer
        })
    }
}

struct Call {
    context: Context,
    started: SystemTime,
    answer: Option<Answer>,
}

fn begin(telemetry: &Telemetry, request: &Request, extensions: &Extensions) -> Run<Call> {
    let (started, clock) = (SystemTime::now(), Instant::now());
    let method = telemetry.methods.known(request.method());
    let method = method.unwrap_or_else(Methods::other);
    let template = extensions.get::<UrlTemplate>();
    let name = span_name(Methods::name(&method), template, extensions.get());
    let mut attributes = Vec::with_capacity(4);
    attributes.push(KeyValue::new(semconv::HTTP_REQUEST_METHOD, method));
    if let Some(template) = template {
        attributes.push(KeyValue::new(semconv::URL_TEMPLATE, template.label()));
    }
    let parent = Context::current();
    let span = SpanBuilder::from_name(name)
        .with_kind(SpanKind::Internal)
        .with_start_time(started)
        .with_attributes(attributes);
    let call = Call {
        context: telemetry.spans.start(span, &parent),
        started,
        answer: None,
    };
    Run::start_at(clock, call)
}

impl Record for Call {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let span = self.context.span();
        span.set_attributes(self.answer.into_iter().flat_map(Answer::attributes));
        if let Some(error) = error_type(self.answer, outcome) {
            span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, error));
            span.set_status(Status::error(""));
        }
        // The wall clock may have been set in between.
        match self.started.checked_add(elapsed) {
            Some(ended) => span.end_with_timestamp(ended),
            None => span.end(),
        }
    }
}
