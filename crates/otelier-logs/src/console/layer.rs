//! The layer and its settings.

use std::cell::Cell;
use std::io::{self, Stdout, Write as _};

use tracing_core::{Event, Interest, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;

use super::format::{Color, Datadog, Format};
use super::values::{Fields, Head, Shade};
use super::written::Written;
use super::{json, text};
use crate::imp::current_ids;
use crate::limit::{LogLimit, Place};
use crate::log_crate::{is_copy, origin, remember};
use crate::nesting::{NestingGuard, put_back, take};

thread_local! {
    static DEPTH: Cell<u8> = const { Cell::new(0) };
    static LINE: Cell<Written> = const { Cell::new(Written::new()) };
    static SCRATCH: Cell<String> = const { Cell::new(String::new()) };
}

/// Prints events on standard output, one line each.
///
/// It prints whatever reaches it: combine it with [`console_filter`](crate::console_filter) by
/// [`with_filter`](Layer::with_filter). Both formats go to standard output, where containers and log shippers look.
/// Text is `2026-11-21T03:20:01.123Z  INFO target: message key=value trace=4bf92f35`. A JSON object has `timestamp`,
/// `level`, `target`, `message`, `event_name` (when the event was given a name, or has a field `event.name`), `fields` (an object, when there are
/// any), `trace_id` and `span_id` (inside a span), and `service.name` and `dd.*` when asked for.
///
/// Inside a span the line carries the ids that a log record of the same event carries. Values cannot break out of their
/// line: control characters are escaped.
///
/// ```
/// use otelier_logs::{Color, Console, Datadog, Format, console_filter};
/// use tracing_subscriber::{Layer as _, layer::SubscriberExt as _};
///
/// let console = Console::new(Format::Json)
///     .with_service_name("shop")
///     .with_datadog(Datadog::new().with_service("shop").with_env("staging"))
///     .with_color(Color::Never);
/// let (filter, problem) = console_filter(Some("warn,shop=debug"));
/// assert!(problem.is_none());
/// let subscriber = tracing_subscriber::registry().with(console.with_filter(filter));
/// # drop(subscriber);
/// ```
///
/// # Cost
///
/// Formats into a buffer of the thread and writes each line with one call. Writing blocks as long as standard output
/// does; errors of writing are ignored.
#[derive(Clone)]
#[must_use]
pub struct Console<W = fn() -> Stdout> {
    pub(super) format: Format,
    pub(super) color: Color,
    service_name: Option<String>,
    datadog: Option<Datadog>,
    pub(super) constants: json::Constants,
    limit: Option<(LogLimit, Place)>,
    pub(super) writer: W,
}

impl Console {
    /// Prints in that format on standard output.
    pub fn new(format: Format) -> Self {
        Self {
            format,
            color: Color::Auto.resolve(),
            service_name: None,
            datadog: None,
            constants: json::Constants::default(),
            limit: None,
            writer: io::stdout,
        }
    }
}

impl<W> Console<W> {
    /// Adds `service.name` to JSON lines.
    pub fn with_service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self.with_constants()
    }

    /// Adds what Datadog joins by to JSON lines.
    pub fn with_datadog(mut self, datadog: Datadog) -> Self {
        self.datadog = Some(datadog);
        self.with_constants()
    }

    /// Prints at most so many lines of one target in a second. They are counted as those of that place.
    pub fn with_limit(mut self, limit: LogLimit, place: Place) -> Self {
        self.limit = Some((limit, place));
        self
    }

    /// Says whether text is coloured.
    pub fn with_color(mut self, color: Color) -> Self {
        self.color = color.resolve();
        self
    }

    /// Prints somewhere else, without colours unless [`with_color`](Self::with_color) follows.
    pub fn with_writer<M>(self, writer: M) -> Console<M>
    where
        M: for<'w> MakeWriter<'w> + 'static,
    {
        Console {
            format: self.format,
            color: Color::Never,
            service_name: self.service_name,
            datadog: self.datadog,
            constants: self.constants,
            limit: self.limit,
            writer,
        }
    }

    fn with_constants(mut self) -> Self {
        self.constants = json::Constants::new(self.service_name.as_deref(), self.datadog.as_ref());
        self
    }
}

otelier_core::shown!([W] Console<W>: format, color);

impl<S, W> Layer<S> for Console<W>
where
    S: Subscriber,
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        remember(metadata);
        Interest::always()
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if self.format == Format::Off {
            return;
        }
        let Some(_nesting) = NestingGuard::enter(&DEPTH) else {
            return;
        };
        let log = origin(event);
        if log.as_ref().is_some_and(is_copy) {
            return;
        }
        let metadata = log.as_ref().unwrap_or_else(|| event.metadata());
        if let Some((limit, place)) = &self.limit
            && !limit.admits(*place, metadata)
        {
            return;
        }
        let ids = current_ids();
        let mut line = take(&LINE);
        let mut scratch = take(&SCRATCH);
        let mut fields = Fields::new(event, &mut scratch);
        let mut head = Head {
            shade: Shade::Level(*metadata.level()),
            target: metadata.target(),
            name: None,
        };
        if self.format == Format::Json {
            head.name = fields.take_name();
            json::write_line(&mut line, &mut fields, &head, ids, &self.constants);
        } else {
            text::write_line(&mut line, &mut fields, &head, ids, self.color);
        }
        put_back(&SCRATCH, scratch);
        let _ = self
            .writer
            .make_writer_for(metadata)
            .write_all(line.as_bytes());
        put_back(&LINE, line);
    }
}
