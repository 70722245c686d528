//! The start of a job's span.

use std::{
    sync::Arc,
    time::{Instant, SystemTime},
};

use opentelemetry::{
    self as otel, KeyValue, StringValue,
    trace::{Link, SpanBuilder, SpanContext, SpanKind, TraceContextExt as _},
};
use otelier_core::{Run, context::Slot, semconv};

use super::{
    claim::Claim,
    current::CurrentJob,
    heartbeat::Heartbeat,
    job::Facts,
    series::{JOB_KIND, PROCESS, Series},
    telemetry::LINK_REASON,
};
use crate::Correlation;

/// Starts span, clock and gauge of a job.
pub(super) fn begin(facts: Facts) -> Run<Claim> {
    // One moment on both clocks: the span is as long as the metric says.
    let (started, clock) = (SystemTime::now(), Instant::now());
    let telemetry = Arc::clone(&facts.telemetry);
    let queue = facts.queue.as_ref().unwrap_or(&facts.kind).clone();
    let (kind, system) = (facts.kind.clone(), facts.system.clone());
    let series = telemetry.series.get(kind, queue, system);
    let waited = facts.enqueued_at.map(|since| {
        started
            .duration_since(since)
            .unwrap_or_default()
            .as_secs_f64()
    });

    let name = series.span_name(facts.span_name);
    let parent = parent(&facts);
    let announced = facts.is_announced.then(|| format!("started {name}"));
    let first = facts.attempts.clone();
    let span = SpanBuilder::from_name(name)
        .with_kind(SpanKind::Consumer)
        .with_start_time(started)
        .with_links(links(&facts, &parent))
        .with_attributes(attributes(facts, &series, waited));
    let notice = announced.map(|name| {
        SpanBuilder::from_name(name)
            .with_kind(SpanKind::Internal)
            .with_start_time(started)
            .with_attributes(span.attributes.clone().unwrap_or_default())
    });
    let context = telemetry.spans.start(span, &parent);
    if let Some(first) = first {
        first.set(context.span().span_context().clone()).ok();
    }
    let job = CurrentJob {
        telemetry: Arc::clone(&telemetry),
        series,
    };
    let context = context.with_value(job.clone());
    if let Some(notice) = notice {
        announce(&job, notice, &context, started);
    }

    job.series.started(waited);
    let claim = Claim {
        context,
        job,
        started,
        heartbeat: Heartbeat::new(clock),
        slot: Slot::default(),
    };
    Run::start_at(clock, claim)
}

/// The context in which the span is made. A span that is current already
/// stays the parent, as the conventions want it.
fn parent(facts: &Facts) -> otel::Context {
    let cx = otel::Context::current();
    let Some(enqueued) = &facts.enqueued else {
        return cx;
    };
    let cx = enqueued.add_baggage(facts.telemetry.providers.propagation(), cx);
    let is_child = facts.correlation == Correlation::Parent && facts.batch.is_none();
    if is_child && !has_span(&cx) {
        enqueued.add_span(&cx)
    } else {
        cx
    }
}

pub(super) fn has_span(cx: &otel::Context) -> bool {
    cx.span().span_context().is_valid()
}

/// Links to whoever enqueued the job, unless that is the parent, and to its
/// first attempt.
fn links(facts: &Facts, parent: &otel::Context) -> Vec<Link> {
    let first = facts.attempts.as_ref().and_then(|first| first.get());
    let first = first.or(facts.first_attempt.as_ref());
    let parent = parent.span().span_context().span_id();
    let enqueued = facts.enqueued_by.iter().map(|span| (span, "enqueued_by"));
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

fn attributes(facts: Facts, series: &Series, waited: Option<f64>) -> Vec<KeyValue> {
    let names = facts.names.as_ref().unwrap_or(&facts.telemetry.names);
    let mut all = Vec::with_capacity(10 + facts.attributes.len());
    all.extend([
        KeyValue::new(semconv::MESSAGING_SYSTEM, series.system.clone()),
        KeyValue::new(semconv::MESSAGING_OPERATION_NAME, PROCESS),
        KeyValue::new(semconv::MESSAGING_OPERATION_TYPE, PROCESS),
        KeyValue::new(semconv::MESSAGING_DESTINATION_NAME, series.queue.clone()),
        KeyValue::new(names.kind.clone(), series.kind.clone()),
    ]);
    if let Some(id) = facts.id {
        let id = StringValue::from(Arc::<str>::from(id));
        all.push(KeyValue::new(semconv::MESSAGING_MESSAGE_ID, id.clone()));
        all.push(KeyValue::new(names.id.clone(), id));
    }
    if let Some(size) = facts.batch {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        all.push(KeyValue::new(semconv::MESSAGING_BATCH_MESSAGE_COUNT, size));
    }
    if let Some(attempt) = facts.attempt {
        all.push(KeyValue::new(names.attempt.clone(), i64::from(attempt)));
    }
    if let Some(waited) = waited {
        all.push(KeyValue::new(names.wait.clone(), waited));
    }
    let own = facts.attributes.into_iter();
    all.extend(own.map(|(key, value)| KeyValue::new(names.full(&key), value)));
    all
}

/// Says that the job begins, in a span that ends at once and in the log.
fn announce(job: &CurrentJob, notice: SpanBuilder, context: &otel::Context, at: SystemTime) {
    let mut attributes = notice.attributes.iter().flatten();
    let id = attributes.find(|attribute| attribute.key.as_str() == semconv::MESSAGING_MESSAGE_ID);
    let id = id.map(|attribute| attribute.value.as_str().into_owned());
    let notice = job.telemetry.spans.start(notice, context);
    notice.span().end_with_timestamp(at);
    let _current = context.clone().attach();
    tracing::info!(
        { JOB_KIND } = job.series.kind.as_str(),
        { semconv::MESSAGING_MESSAGE_ID } = id,
        "job started"
    );
}
