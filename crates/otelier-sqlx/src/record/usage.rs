//! What is done with a connection of sqlx.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use opentelemetry::{Context, trace::SpanBuilder};
use otelier_core::{Message, Outcome, Record, Run, edge::Leaf};

use super::{lease::Lease, telemetry::Telemetry};
use crate::driver::Driver;

/// The name of its span.
const NAME: &str = "use connection";

pub(crate) type Use = Option<Run<Usage>>;

/// Stands for the statements that pass us by.
pub(crate) struct Usage {
    telemetry: Arc<Telemetry>,
    span: Leaf,
}

/// Starts the use of a connection, which ends when that is dropped.
pub(crate) fn start_use<DB: Driver>(lease: &Lease<DB>) -> Use {
    let telemetry = Arc::clone(lease.on()?);
    let recorder = &telemetry.instruments.recorder;
    let span = Context::map_current(|parent| Leaf::start(recorder, parent, SystemTime::now()));
    Some(Run::start(Usage { telemetry, span }))
}

impl Record for Usage {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let telemetry = &self.telemetry;
        // To be dropped is how it ends.
        let error = outcome.error_type();
        self.span.end(
            &telemetry.instruments.recorder,
            elapsed,
            error.map(|error| (error, Message::default())),
            || SpanBuilder::from_name(NAME).with_attributes(telemetry.describe()),
            |_| {},
        );
    }
}
