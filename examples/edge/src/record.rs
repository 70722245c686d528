//! What is recorded of a command.

use std::{sync::Arc, time::Duration};

use opentelemetry::{
    InstrumentationScope, KeyValue,
    metrics::Meter,
    trace::{SpanBuilder, SpanKind},
};
use otelier_core::{
    Conventions, Observed, Outcome, Record, Run,
    edge::{self, Clock, Durations, Edge, Recorder, Span},
    scope, semconv,
};

use crate::cache::{Client, Result};

/// Made once for each set of providers.
pub(crate) struct Instruments {
    duration: Durations,
    clients: Observed<Client>,
}

impl edge::Instruments for Instruments {
    fn scope() -> InstrumentationScope {
        scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn new(meter: &Meter, conventions: &Conventions) -> Self {
        let clients = Observed::<Client>::new();
        let asked = clients.clone();
        let _ = meter
            .u64_observable_gauge(semconv::DB_CLIENT_CONNECTION_COUNT)
            .with_unit("{connection}")
            .with_callback(move |gauge| {
                asked.each(|client| {
                    for (count, state) in client.connections().into_iter().zip(["idle", "used"]) {
                        let state = KeyValue::new(semconv::DB_CLIENT_CONNECTION_STATE, state);
                        gauge.observe(count as u64, &[state]);
                    }
                });
            })
            .build();
        let duration = meter.f64_histogram(semconv::DB_CLIENT_OPERATION_DURATION);
        let duration = duration
            .with_unit("s")
            .with_boundaries(vec![0.001, 0.01, 0.1, 1.0]);
        let duration = Durations::new(duration, Self::scope(), conventions);
        Self { duration, clients }
    }
}

/// What the clones of a client have in common. Its gauge goes with the last.
#[derive(Clone, Debug)]
pub(crate) struct Telemetry {
    client: Arc<Client>,
    edge: Arc<Edge<Arc<Recorder<Instruments>>>>,
}

impl Telemetry {
    pub(crate) fn new(client: &Client) -> Self {
        let client = Arc::new(client.clone());
        let edge = Arc::default();
        Self { client, edge }
    }

    /// Starts the record of a command, unless telemetry is off.
    pub(crate) fn begin(&self, name: &'static str) -> Option<Run<Operation>> {
        let recorder = self.edge.on(|providers| {
            let recorder = Recorder::<Instruments>::of(providers);
            recorder.instruments.clients.add(&self.client);
            recorder
        })?;
        let clock = Clock::now();
        let span = recorder.begin(clock, || {
            SpanBuilder::from_name(name)
                .with_kind(SpanKind::Client)
                .with_attributes([KeyValue::new(semconv::DB_SYSTEM_NAME, "cache")])
        });
        let recorder = Arc::clone(recorder);
        let operation = Operation {
            name,
            span,
            recorder,
        };
        Some(Run::start_at(clock.ticks, operation))
    }
}

/// Names how a command ended that came to its end.
pub(crate) fn end<T>(run: Option<Run<Operation>>, answer: &Result<T>) {
    let Some(run) = run else { return };
    let outcome = match answer {
        Ok(_) => Outcome::Done,
        Err(error) => run.record().span.failed(error),
    };
    run.finish(outcome);
}

/// What is written when a command ends, however it does.
#[derive(Debug)]
pub(crate) struct Operation {
    name: &'static str,
    span: Span,
    recorder: Arc<Recorder<Instruments>>,
}

impl AsRef<Span> for Operation {
    fn as_ref(&self) -> &Span {
        &self.span
    }
}

impl Record for Operation {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let mut labels = vec![KeyValue::new("db.operation.name", self.name)];
        labels.extend(outcome.label());
        let duration = &self.recorder.instruments.duration;
        duration.record(elapsed.as_secs_f64(), || self.span.sampled(), &labels);
        self.span.end_by(outcome, elapsed);
    }
}
