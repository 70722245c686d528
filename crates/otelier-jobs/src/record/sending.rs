//! What is recorded of a message that is sent.

use std::{fmt::Display, sync::Arc, time::Duration};

use opentelemetry::{
    InstrumentationScope, KeyValue,
    metrics::{Counter, Meter},
    trace::{SpanBuilder, SpanKind},
};
use otelier_core::{
    Conventions, Message, Outcome, Record, Run, cut,
    edge::{self, Clock, Durations, Recorder, Shared, Span},
    error_name_of, scope, semconv,
};

use crate::facts::label;

const SEND: &str = "send";
const CANCELLED: &str = "cancelled";
const MAX_ID: usize = 256;

static RECORDER: Shared<Arc<Recorder<Instruments>>> = Shared::new();

#[derive(Debug)]
struct Instruments {
    sent: Counter<u64>,
    duration: Durations,
}

impl edge::Instruments for Instruments {
    fn scope() -> InstrumentationScope {
        scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn new(meter: &Meter, conventions: &Conventions) -> Self {
        Self {
            sent: meter
                .u64_counter(semconv::MESSAGING_CLIENT_SENT_MESSAGES)
                .with_description("Number of messages that a producer tried to send.")
                .with_unit("{message}")
                .build(),
            duration: Self::seconds(
                meter,
                conventions,
                semconv::MESSAGING_CLIENT_OPERATION_DURATION,
                "Duration of sending messages.",
                &semconv::HTTP_DURATION_BOUNDS,
            ),
        }
    }
}

/// A message before it is sent, with nothing in it while telemetry is off.
#[derive(Debug)]
pub(crate) struct Sending(Option<Box<Told>>);

#[derive(Debug)]
struct Told {
    recorder: Arc<Recorder<Instruments>>,
    queue: Arc<str>,
    system: &'static str,
    id: Option<String>,
    batch: Option<u32>,
}

/// The record of a message, under way.
pub(crate) type SentRun = Run<Sent>;

pub(crate) fn sending(queue: &str) -> Sending {
    let is_quiet = opentelemetry::Context::is_current_telemetry_suppressed();
    let recorder = RECORDER.current(Recorder::<Instruments>::of);
    let recorder = recorder.filter(|_| !is_quiet);
    Sending(recorder.map(|recorder| {
        Box::new(Told {
            recorder: Arc::clone(&recorder),
            queue: label(queue),
            system: "jobs",
            id: None,
            batch: None,
        })
    }))
}

pub(crate) fn sent_by(sending: &mut Sending, system: &'static str) {
    sending.tell(|told| told.system = system);
}

pub(crate) fn sent_as(sending: &mut Sending, id: &dyn Display) {
    sending.tell(|told| told.id = Some(cut(&id.to_string(), MAX_ID).to_owned()));
}

pub(crate) fn sent_at_once(sending: &mut Sending, count: u32) {
    sending.tell(|told| told.batch = Some(count));
}

impl Sending {
    fn tell(&mut self, tell: impl FnOnce(&mut Told)) {
        if let Some(told) = &mut self.0 {
            tell(told);
        }
    }
}

/// Begins below the current span.
pub(crate) fn begin_sending(sending: Sending) -> Option<SentRun> {
    let Told {
        recorder,
        queue,
        system,
        id,
        batch,
    } = *sending.0?;
    let clock = Clock::now();
    let labels = vec![
        KeyValue::new(semconv::MESSAGING_OPERATION_NAME, SEND),
        KeyValue::new(semconv::MESSAGING_SYSTEM, system),
        KeyValue::new(semconv::MESSAGING_DESTINATION_NAME, queue.to_string()),
    ];
    let span = recorder.begin(clock, || {
        let mut told = labels.clone();
        told.push(KeyValue::new(semconv::MESSAGING_OPERATION_TYPE, SEND));
        told.extend(id.map(|id| KeyValue::new(semconv::MESSAGING_MESSAGE_ID, id)));
        let batch = batch.map(i64::from);
        told.extend(batch.map(|n| KeyValue::new(semconv::MESSAGING_BATCH_MESSAGE_COUNT, n)));
        SpanBuilder::from_name([SEND, &*queue].join(" "))
            .with_kind(SpanKind::Producer)
            .with_attributes(told)
    });
    let sent = Sent {
        recorder,
        span,
        labels,
        count: batch.unwrap_or(1).into(),
    };
    Some(Run::start_at(clock.ticks, sent))
}

/// Names how a message was sent.
pub(crate) fn sent<T, E: Display + 'static>(run: Option<Run<Sent>>, result: &Result<T, E>) {
    let Some(run) = run else { return };
    let outcome = match result {
        Ok(_) => Outcome::Done,
        Err(error) => {
            let name = error_name_of(error);
            let span = &run.record().span;
            if span.is_recording() {
                span.fail(Message::of(error), name);
            }
            Outcome::Failed(name.into())
        }
    };
    run.finish(outcome);
}

/// What is written when a message was sent, or was not.
#[derive(Debug)]
pub(crate) struct Sent {
    recorder: Arc<Recorder<Instruments>>,
    span: Span,
    labels: Vec<KeyValue>,
    count: u64,
}

impl AsRef<Span> for Sent {
    fn as_ref(&self) -> &Span {
        &self.span
    }
}

impl Record for Sent {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let dropped = Outcome::Failed(CANCELLED.into());
        let outcome = match outcome {
            Outcome::Dropped => &dropped,
            known => known,
        };
        self.span.end_by(outcome, elapsed);
        self.labels.extend(outcome.label());
        let Instruments { sent, duration } = &self.recorder.instruments;
        sent.add(self.count, &self.labels);
        let sampled = || self.span.sampled();
        duration.record(elapsed.as_secs_f64(), sampled, &self.labels);
    }
}
