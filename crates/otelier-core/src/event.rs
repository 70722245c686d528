//! Events of the conventions: log records that instrumentations make themselves.

use std::time::SystemTime;

use opentelemetry::{
    InstrumentationScope, Key,
    logs::{AnyValue, LogRecord as _, Logger, LoggerProvider, Severity},
};

/// Emits the events of one instrumentation: what the conventions have as a log record
/// with a name, and what no console is to show.
///
/// ```
/// use opentelemetry::logs::Severity;
/// use otelier_core::{Source, scope};
///
/// let source = Source::current();
/// let events = source.providers().and_then(|providers| providers.events(scope("bakery", "1.0.0")));
/// if let Some(events) = events {
///     events.emit("cake.baked", Severity::Debug, [("cake.layers".into(), 3.into())]);
/// }
/// ```
pub struct Events(Box<dyn Emit>);

impl Events {
    /// Emits an event now, with the ids of the current context.
    ///
    /// # Cost
    /// That of a log record: it is queued, and dropped and counted where the queue is
    /// full.
    pub fn emit(
        &self,
        name: &'static str,
        severity: Severity,
        attributes: impl IntoIterator<Item = (Key, AnyValue)>,
    ) {
        self.0.emit(name, severity, &mut attributes.into_iter());
    }
}

crate::shown!(Events);

trait Emit: Send + Sync {
    fn emit(
        &self,
        name: &'static str,
        severity: Severity,
        attributes: &mut dyn Iterator<Item = (Key, AnyValue)>,
    );
}

impl<L: Logger + Send + Sync> Emit for L {
    fn emit(
        &self,
        name: &'static str,
        severity: Severity,
        attributes: &mut dyn Iterator<Item = (Key, AnyValue)>,
    ) {
        let mut record = self.create_log_record();
        let now = SystemTime::now();
        record.set_timestamp(now);
        record.set_observed_timestamp(now);
        record.set_severity_number(severity);
        record.set_severity_text(severity.name());
        record.set_event_name(name);
        record.add_attributes(attributes);
        Logger::emit(self, record);
    }
}

/// The loggers that events go to.
pub(crate) trait Loggers: Send + Sync {
    fn events(&self, scope: InstrumentationScope) -> Events;
}

impl<P> Loggers for P
where
    P: LoggerProvider + Send + Sync,
    P::Logger: Send + Sync + 'static,
{
    fn events(&self, scope: InstrumentationScope) -> Events {
        Events(Box::new(self.logger_with_scope(scope)))
    }
}
