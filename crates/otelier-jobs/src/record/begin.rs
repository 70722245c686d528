//! The start of a job's span.

use std::{borrow::Cow, sync::Arc, time::Duration};

use opentelemetry::{
    Context, KeyValue, StringValue, Value,
    trace::{Link, SpanBuilder, SpanContext, SpanKind, TraceContextExt as _},
};
use otelier_core::{
    Run,
    context::Slot,
    edge::{Clock, Span},
    semconv,
};

use super::{
    claim::Described,
    current::CurrentJob,
    fields::Fields,
    heartbeat::Heartbeat,
    operation::Operation,
    series::{JOB_KIND, PROCESS, Series},
    telemetry::Names,
};
use crate::{correlation::Correlation, value::Attribute};

/// Why a span is linked.
const LINK_REASON: &str = "otelier.link.reason";

/// Starts span, clock and gauge of a job.
pub(super) fn begin(mut job: Box<Described>) -> Run<Operation> {
    let clock = Clock::now();
    let telemetry = Arc::clone(&job.telemetry);
    let recorder = &telemetry.recorder;
    let facts = &job.facts;
    let kind = StringValue::from(Arc::clone(&facts.kind));
    let queue = facts.queue.as_ref().unwrap_or(&facts.kind);
    let queue = StringValue::from(Arc::clone(queue));
    let series = telemetry.series(&[kind, queue, facts.system.into()]);
    let waited = facts.enqueued_at.map(|since| {
        let waited = clock.wall.duration_since(since);
        waited.unwrap_or_default().as_secs_f64()
    });

    let (is_announced, id) = (facts.is_announced, facts.id.clone());
    let first = job.attempts.clone();
    let parent = parent(&job);
    let span = describe(&mut job, &series, waited, &parent);
    let notice = is_announced.then(|| notice(&span));
    let mut span = recorder.start(span, &parent, clock);
    if let Some(first) = first {
        first.set(span.context.span().span_context().clone()).ok();
    }
    let job = CurrentJob {
        telemetry: Arc::clone(&telemetry),
        series,
    };
    span.context = span.context.with_value(job.clone());
    if let Some(notice) = notice {
        let notice = recorder.start(notice, &span.context, clock);
        notice.end(None, Duration::ZERO);
        announce(&job, id.as_deref(), &span);
    }

    job.series.started(waited, &span);
    let operation = Operation {
        span,
        job,
        heartbeat: Heartbeat::new(clock.ticks),
        slot: Slot::default(),
    };
    Run::start_at(clock.ticks, operation)
}

/// The context in which the span is made. A span that is current already
/// stays the parent, as the conventions want it.
fn parent(job: &Described) -> Context {
    let cx = Context::current();
    let Some(enqueued) = &job.enqueued else {
        return cx;
    };
    let cx = enqueued.add_baggage(job.telemetry.recorder.propagation(), cx);
    let is_child = job.facts.correlation == Correlation::Parent && job.batch.is_none();
    if is_child { below(enqueued, cx) } else { cx }
}

/// Below the span that fields name, unless a span is current.
pub(super) fn below(fields: &Fields, cx: Context) -> Context {
    if cx.span().span_context().is_valid() {
        cx
    } else {
        fields.add_span(&cx)
    }
}

/// What is known before the job runs, which is what samplers see.
fn describe(
    job: &mut Described,
    series: &Series,
    waited: Option<f64>,
    parent: &Context,
) -> SpanBuilder {
    SpanBuilder::from_name(series.span_name(job.facts.span_name))
        .with_kind(SpanKind::Consumer)
        .with_links(links(job, parent))
        .with_attributes(attributes(job, series, waited))
}

/// Links to whoever enqueued the job, unless that is the parent, and to its
/// first attempt.
fn links(job: &Described, parent: &Context) -> Vec<Link> {
    let first = job.attempts.as_ref().and_then(|first| first.get());
    let first = first.or(job.first_attempt.as_ref());
    let parent = parent.span().span_context().span_id();
    let enqueued = job.enqueued_by.iter().map(|span| (span, "enqueued_by"));
    enqueued
        .filter(|(span, _)| span.span_id() != parent)
        .chain(first.map(|span| (span, "first_attempt")))
        .map(|(span, reason)| link(span, reason))
        .collect()
}

fn link(span: &SpanContext, reason: &'static str) -> Link {
    let reason = KeyValue::new(LINK_REASON, reason);
    Link::new(span.clone(), vec![reason], 0)
}

fn attributes(job: &mut Described, series: &Series, waited: Option<f64>) -> Vec<KeyValue> {
    let facts = &mut job.facts;
    let own = facts.namespace.as_deref().map(Names::new);
    let names = own.as_ref().unwrap_or(&job.telemetry.names);
    let mut all = Vec::with_capacity(10 + facts.attributes.len());
    all.extend([
        KeyValue::new(semconv::MESSAGING_SYSTEM, series.system.clone()),
        KeyValue::new(semconv::MESSAGING_OPERATION_NAME, PROCESS),
        KeyValue::new(semconv::MESSAGING_OPERATION_TYPE, PROCESS),
        KeyValue::new(semconv::MESSAGING_DESTINATION_NAME, series.queue.clone()),
        KeyValue::new(names.kind.clone(), series.kind.clone()),
    ]);
    if let Some(id) = facts.id.take() {
        let id = StringValue::from(id);
        all.push(KeyValue::new(semconv::MESSAGING_MESSAGE_ID, id.clone()));
        all.push(KeyValue::new(names.id.clone(), id));
    }
    if let Some(size) = job.batch {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        all.push(KeyValue::new(semconv::MESSAGING_BATCH_MESSAGE_COUNT, size));
    }
    if let Some(attempt) = facts.attempt {
        all.push(KeyValue::new(names.attempt.clone(), i64::from(attempt)));
    }
    if let Some(waited) = waited {
        all.push(KeyValue::new(names.wait.clone(), waited));
    }
    let own = facts.attributes.drain(..);
    all.extend(own.map(|(key, value)| KeyValue::new(names.full(&key), self::value(value))));
    all
}

fn value(attribute: Attribute) -> Value {
    match attribute {
        Attribute::Bool(value) => value.into(),
        Attribute::Int(value) => value.into(),
        Attribute::Float(value) => value.into(),
        Attribute::Text(Cow::Borrowed(value)) => value.into(),
        Attribute::Text(Cow::Owned(value)) => value.into(),
    }
}

/// The span that says that the job begins, and ends at once.
fn notice(span: &SpanBuilder) -> SpanBuilder {
    SpanBuilder::from_name(format!("started {}", span.name))
        .with_kind(SpanKind::Internal)
        .with_attributes(span.attributes.clone().unwrap_or_default())
}

/// Says so in the log.
fn announce(job: &CurrentJob, id: Option<&str>, span: &Span) {
    let _current = span.attach();
    tracing::info!(
        { JOB_KIND } = job.series.kind.as_str(),
        { semconv::MESSAGING_MESSAGE_ID } = id,
        "job started"
    );
}
