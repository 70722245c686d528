//! The layer that turns events into log records.

use std::cell::Cell;
use std::time::SystemTime;

use opentelemetry::InstrumentationScope;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger, LoggerProvider, Severity};
use otelier_core::{scope, semconv::SCHEMA_URL};
use tracing_core::{Event, Level, LevelFilter, Subscriber, span};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{Filtered, Targets};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::filter::{ShipFilter, Spans, is_within};
use super::record::{Fields, Source, Values, add_place, shared};
use super::span_fields::SpanFields;
use crate::callsite::Callsite;
use crate::limit::{LogLimit, Place};
use crate::log_crate::{is_copy, origin};
use crate::nesting::{DEEPEST, NestingGuard, put_back, take};

thread_local! {
    static DEPTH: Cell<u8> = const { Cell::new(0) };
    static SCRATCH: Cell<String> = const { Cell::new(String::new()) };
}

/// What is shipped. Starts with everything from `INFO` up.
///
/// ```
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use otelier_logs::{Ship, ShipFilter, bridge};
/// use tracing_subscriber::{Registry, layer::SubscriberExt as _};
///
/// # let provider = opentelemetry_sdk::logs::SdkLoggerProvider::builder().build();
/// let ship = Ship::new()
///     .with_directives("warn,shop=info".parse()?)
///     .with_span_fields(["user.id"]);
/// let layer = bridge::<_, Registry>(&provider, ship);
/// let filter: ShipFilter = layer.filter().clone();
/// let subscriber = tracing_subscriber::registry().with(layer);
/// // At any time:
/// filter.set_directives("warn,shop=debug".parse()?);
/// # drop(subscriber);
/// # Ok(())
/// # }
/// # example().unwrap();
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Ship {
    directives: Targets,
    span_fields: Vec<String>,
    own: Option<(String, String)>,
    limit: Option<LogLimit>,
}

impl Default for Ship {
    fn default() -> Self {
        Self::new()
    }
}

impl Ship {
    /// Ships events from `INFO` up, with no fields of spans.
    pub fn new() -> Self {
        Self {
            directives: Targets::new().with_default(LevelFilter::INFO),
            span_fields: Vec::new(),
            own: None,
            limit: None,
        }
    }

    /// Ships what the directives allow, instead of everything from `INFO` up. [`ShipFilter`] says what they cannot
    /// allow.
    pub fn with_directives(self, directives: Targets) -> Self {
        Self { directives, ..self }
    }

    /// Says the version of one crate, by the name that its targets have: records of its targets stand beside it.
    pub fn with_version_of(self, name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            own: Some((name.into(), version.into())),
            ..self
        }
    }

    /// Ships at most so many records of one target in a second.
    pub fn with_limit(self, limit: LogLimit) -> Self {
        Self {
            limit: Some(limit),
            ..self
        }
    }

    /// Copies these fields of the enclosing `tracing` spans to each record. Of a name that several spans have, the
    /// innermost counts, and a field of the event itself before all. Spans below the least level shipped have none.
    pub fn with_span_fields(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.span_fields.extend(names.into_iter().map(Into::into));
        self
    }
}

/// Makes the layer that hands events to the provider as log records.
///
/// The layer filters for itself alone: what it does not ship, other layers still see. It obeys suppressed telemetry
/// scopes, and takes trace and span ids from the current OpenTelemetry context.
///
/// # Cost
///
/// One allocation for each text (message and fields) and none besides, up to five attributes; two of them say where
/// the event stands.
pub fn bridge<P, S>(provider: &P, ship: Ship) -> Filtered<Bridge<P::Logger>, ShipFilter, S>
where
    P: LoggerProvider,
    P::Logger: Send + Sync + 'static,
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // Exporters put the target in the place of this name: the version is the target's, or there is none.
    let own = ship.own.map(|(name, version)| {
        let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
            .with_version(version)
            .with_schema_url(SCHEMA_URL)
            .build();
        (name, provider.logger_with_scope(scope))
    });
    let spans = if ship.span_fields.is_empty() {
        Spans::Unseen
    } else {
        Spans::Seen
    };
    let layer = Bridge {
        logger: provider.logger_with_scope(scope(env!("CARGO_PKG_NAME"), None)),
        own,
        span_fields: SpanFields(ship.span_fields.into_boxed_slice()),
        limit: ship.limit,
    };
    layer.with_filter(ShipFilter::new(ship.directives, spans))
}

/// Turns events into log records; made by [`bridge`].
///
/// See the example of [`Ship`].
#[derive(Debug)]
pub struct Bridge<L> {
    logger: L,
    /// For the targets of one crate, whose version is known.
    own: Option<(String, L)>,
    span_fields: SpanFields,
    limit: Option<LogLimit>,
}

impl<L, S> Layer<S> for Bridge<L>
where
    L: Logger + Send + Sync + 'static,
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let Some(_nesting) = NestingGuard::enter(&DEPTH) else {
            return;
        };
        let metadata = event.metadata();
        let (severity, severity_text) = severity(metadata.level());
        let name = Callsite::of(metadata).name;
        let log = origin(event);
        if log.as_ref().is_some_and(is_copy) {
            return;
        }
        if let Some(limit) = &self.limit
            && !limit.admits(Place::Shipped, log.as_ref().unwrap_or(metadata))
        {
            return;
        }
        let target = log.as_ref().map_or(metadata.target(), |log| log.target());
        let logger = match &self.own {
            Some((name, logger)) if is_within(target, name) => logger,
            _ => &self.logger,
        };
        if !logger.event_enabled(severity, target, name) {
            return;
        }

        let mut record = logger.create_log_record();
        let now = SystemTime::now();
        record.set_timestamp(now);
        record.set_observed_timestamp(now);
        record.set_severity_number(severity);
        record.set_severity_text(severity_text);
        if let Some(name) = name {
            record.set_event_name(name);
        }
        let source = if let Some(log) = &log {
            record.set_target(target.to_owned());
            add_place(&mut record, log.file().map(shared), log.line());
            Source::Log
        } else {
            record.set_target(metadata.target());
            add_place(
                &mut record,
                metadata.file().map(AnyValue::from),
                metadata.line(),
            );
            Source::Tracing
        };

        let mut fields = Values {
            sink: Fields::new(&mut record, source, metadata.fields()),
            scratch: take(&SCRATCH),
        };
        event.record(&mut fields);
        put_back(&SCRATCH, fields.scratch);
        self.span_fields.add_to(&mut record, event, &ctx);

        // Whatever a processor or an exporter says on this thread is about telemetry.
        DEPTH.set(DEEPEST);
        logger.emit(record);
    }

    fn on_new_span(&self, attrs: &span::Attributes<'_>, id: &span::Id, ctx: Context<'_, S>) {
        self.span_fields.on_new_span(attrs, id, &ctx);
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, ctx: Context<'_, S>) {
        self.span_fields.on_record(id, values, &ctx);
    }
}

fn severity(level: &Level) -> (Severity, &'static str) {
    match *level {
        Level::TRACE => (Severity::Trace, "TRACE"),
        Level::DEBUG => (Severity::Debug, "DEBUG"),
        Level::INFO => (Severity::Info, "INFO"),
        Level::WARN => (Severity::Warn, "WARN"),
        Level::ERROR => (Severity::Error, "ERROR"),
    }
}
