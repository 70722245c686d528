//! What a program adds to a subscriber of its own.

use crate::Telemetry;

impl Telemetry {
    /// What a program adds to a subscriber of its own: spans, with the feature
    /// `logs` events, and with `sql-log` the statements that sqlx logs, for export.
    /// Does nothing while telemetry is off.
    #[must_use]
    pub fn layer<S>(&self) -> impl tracing_subscriber::Layer<S> + Send + Sync + use<S>
    where
        S: tracing_core::Subscriber + Send + Sync,
        S: for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    {
        crate::layers::export(self)
    }
}
