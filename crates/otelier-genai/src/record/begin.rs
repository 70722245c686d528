//! The start of an operation.

use std::sync::Arc;

use opentelemetry::{
    Context,
    trace::{SpanBuilder, SpanKind},
};
use otelier_core::{
    ContentCapture, Run, Source,
    edge::{Clock, Kept, Recorder, Shared},
};

use super::{
    calls::{self, Calls},
    content::Content,
    labels,
    operation::Operation,
    running::{Open, Running},
    telemetry::Instruments,
};
use crate::describe::{Description, Kind};

/// What guards record with: they are of no object.
static RECORDER: Shared<Arc<Recorder<Instruments>>> = Shared::new();

pub(crate) fn is_on() -> bool {
    Source::current().providers().is_some() && !Context::is_current_telemetry_suppressed()
}

/// Where the environment has content recorded.
pub(crate) fn capture() -> ContentCapture {
    let source = Source::current();
    let providers = source.providers();
    providers.map_or_else(ContentCapture::default, |providers| {
        providers.conventions().gen_ai_content
    })
}

/// Begins what a guard describes, below the current span.
pub(crate) fn begin(description: Kept<Description>) -> (Option<Running>, Option<Open>) {
    let running = description.take().and_then(|description| {
        let recorder = RECORDER.current(Recorder::<Instruments>::of)?;
        Some(Running::new(start(&recorder, *description)))
    });
    (running.clone(), running.map(Open::new))
}

/// Starts an operation.
pub(super) fn start(recorder: &Arc<Recorder<Instruments>>, mut of: Description) -> Run<Operation> {
    let clock = Clock::now();
    calls::inherit(&mut of);
    let labels = labels::labels(&of, &recorder.instruments);
    let (kind, prices) = (of.kind, of.prices.clone());
    let asked = of.subject.clone();
    let told = match kind {
        Kind::Agent => calls::conversation(&of).map(str::to_owned),
        _ => None,
    };
    let content = match of.capture {
        ContentCapture::Nowhere => None,
        _ => Content::begin(&mut of, recorder, |of| {
            labels::describe(of.clone(), &labels).1
        }),
    };
    let mut span = recorder.begin(clock, || describe(of, &labels));
    Calls::count(kind);
    let agent = labels.first().filter(|_| kind == Kind::Agent);
    let calls = agent.map(|name| Calls::of(name.value.clone()));
    if let Some(calls) = &calls {
        span.context = span.context.with_value(Arc::clone(calls));
    }
    if let Some(id) = told {
        span.context = calls::within(&span.context, &id);
    }
    let mut operation = Operation::new(
        Arc::clone(recorder),
        span,
        kind,
        labels,
        asked,
        prices,
        calls,
    );
    operation.content = content;
    Run::start_at(clock.ticks, operation)
}

fn describe(of: Description, labels: &[opentelemetry::KeyValue]) -> SpanBuilder {
    let kind = match of.kind {
        Kind::Inference | Kind::Embeddings => SpanKind::Client,
        Kind::Retrieval | Kind::Tool | Kind::Agent => SpanKind::Internal,
    };
    let (name, attributes) = labels::describe(of, labels);
    SpanBuilder::from_name(name)
        .with_kind(kind)
        .with_attributes(attributes)
}
