//! What is recorded of a message that is sent.

use std::{borrow::Cow, fmt::Display, sync::Arc, time::Duration};

use opentelemetry::{
    InstrumentationScope, KeyValue, StringValue,
    metrics::{BoundCounter, Counter, Meter},
    trace::{SpanBuilder, SpanKind},
};
use otelier_core::{
    Conventions, Message, Names, Outcome, Providers, Record, Run,
    edge::{self, BoundDurations, Clock, Durations, Few, Known, Recorder, Shared, Span},
    error_name_of, scope, semconv, shorten_display,
};

use crate::facts::label;

const SEND: &str = "send";
const CANCELLED: &str = "cancelled";
const MAX_ID: usize = 256;
/// What is known of queues beyond that is worked out anew by each message.
const MAX_QUEUES: usize = 1024;
/// Systems that hold a queue of one name.
const MAX_SYSTEMS: usize = 8;

static TELEMETRY: Shared<Telemetry> = Shared::new();
static NAMES: Names = Names::new();

/// What is made once per process.
#[derive(Debug)]
struct Telemetry {
    recorder: Arc<Recorder<Instruments>>,
    queues: Known<String, Queue>,
}

/// What messages to one queue have in common.
#[derive(Debug)]
struct Queue {
    name: StringValue,
    span_name: Cow<'static, str>,
    /// By system. A bound series is exported, so that it is bound when it has a value.
    sent: Few<&'static str, (BoundCounter<u64>, BoundDurations)>,
}

impl Telemetry {
    fn new(providers: &Providers) -> Self {
        Self {
            recorder: Recorder::of(providers),
            queues: Known::new(MAX_QUEUES),
        }
    }

    fn queue(&self, name: &str) -> Arc<Queue> {
        self.queues.get(name, || Queue {
            name: StringValue::from(Arc::<str>::from(name)),
            span_name: NAMES.keep(&[SEND, name].join(" ")),
            sent: Few::new(MAX_SYSTEMS),
        })
    }
}

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
pub(crate) struct Sending(Option<Told>);

#[derive(Debug)]
struct Told {
    to: To,
    id: Option<String>,
    batch: Option<u32>,
}

/// Where messages go.
#[derive(Debug)]
struct To {
    telemetry: Arc<Telemetry>,
    queue: Arc<Queue>,
    system: &'static str,
}

impl To {
    fn labels(&self) -> [KeyValue; 3] {
        [
            KeyValue::new(semconv::MESSAGING_OPERATION_NAME, SEND),
            KeyValue::new(semconv::MESSAGING_SYSTEM, self.system),
            KeyValue::new(semconv::MESSAGING_DESTINATION_NAME, self.queue.name.clone()),
        ]
    }

    /// Counts what was sent. What went wrong is looked up each time: it is rare.
    fn count(&self, count: u64, outcome: &Outcome, (took, span): (Duration, &Span)) {
        let Instruments { sent, duration } = &self.telemetry.recorder.instruments;
        let (seconds, sampled) = (took.as_secs_f64(), || span.sampled());
        let error = outcome.label();
        let is_bound = error.is_none() && {
            let bind = || (sent.bind(&self.labels()), duration.bind(&self.labels()));
            self.queue.sent.with(self.system, bind, |(sent, duration)| {
                sent.add(count);
                duration.record(seconds, sampled);
            })
        };
        if !is_bound {
            let mut labels = Vec::from(self.labels());
            labels.extend(error);
            sent.add(count, &labels);
            duration.record(seconds, sampled, &labels);
        }
    }
}

/// The record of a message, under way.
pub(crate) type SentRun = Run<Sent>;

pub(crate) fn sending(queue: &str) -> Sending {
    let is_quiet = opentelemetry::Context::is_current_telemetry_suppressed();
    let telemetry = TELEMETRY.current(Telemetry::new);
    let told = telemetry.filter(|_| !is_quiet).map(|telemetry| Told {
        to: To {
            queue: telemetry.queue(label(queue)),
            telemetry,
            system: "jobs",
        },
        id: None,
        batch: None,
    });
    Sending(told)
}

pub(crate) fn sent_by(sending: &mut Sending, system: &'static str) {
    sending.tell(|told| told.to.system = system);
}

pub(crate) fn sent_as(sending: &mut Sending, id: &dyn Display) {
    sending.tell(|told| told.id = Some(shorten_display(id, MAX_ID)));
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
    let Told { to, id, batch } = sending.0?;
    let clock = Clock::now();
    let span = to.telemetry.recorder.begin(clock, || {
        let mut told = Vec::with_capacity(6);
        told.extend(to.labels());
        told.push(KeyValue::new(semconv::MESSAGING_OPERATION_TYPE, SEND));
        told.extend(id.map(|id| KeyValue::new(semconv::MESSAGING_MESSAGE_ID, id)));
        let batch = batch.map(i64::from);
        told.extend(batch.map(|n| KeyValue::new(semconv::MESSAGING_BATCH_MESSAGE_COUNT, n)));
        SpanBuilder::from_name(to.queue.span_name.clone())
            .with_kind(SpanKind::Producer)
            .with_attributes(told)
    });
    let count = batch.unwrap_or(1).into();
    Some(Run::start_at(clock.ticks, Sent { to, span, count }))
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
    to: To,
    span: Span,
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
        self.to.count(self.count, outcome, (elapsed, &self.span));
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::Context;

    use super::*;

    #[test]
    fn a_queue_is_kept_and_messages_to_queues_without_end_are_counted_all_the_same() {
        let captured = otelier_testing::capture();
        let telemetry = Arc::new(Telemetry::new(captured.providers()));
        let span = Span::none(Context::new(), Clock::now());
        let orders = || telemetry.queue("orders");
        assert!(Arc::ptr_eq(&orders(), &orders()));

        let queues = (0..2 * MAX_QUEUES).map(|n| n.to_string());
        let systems = ["nats"; MAX_QUEUES * 2].into_iter();
        let many = (0..20).map(|n| &*format!("system {n}").leak());
        let one = std::iter::repeat_n("orders".to_owned(), 20);
        let all: Vec<_> = queues.chain(one).zip(systems.chain(many)).collect();
        for (name, system) in &all {
            let to = To {
                queue: telemetry.queue(name),
                telemetry: Arc::clone(&telemetry),
                system,
            };
            to.count(2, &Outcome::Done, (Duration::ZERO, &span));
        }
        assert_eq!(telemetry.queues.len(), MAX_QUEUES);
        let sent = captured.metric("messaging.client.sent.messages").total();
        assert_eq!(sent, 2.0 * all.len() as f64);
        let durations = captured.metric("messaging.client.operation.duration");
        assert_eq!(durations.count(), all.len() as u64);
    }
}
