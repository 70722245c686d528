//! What the environment asks for, as plain data.
//!
//! [`Config::from_env`] is the only function that reads variables, through a
//! look-up it is given: the same variables always give the same `Config`.

use std::{fmt, time::Duration};

use opentelemetry_sdk::{metrics::Temporality, trace::Sampler};
use otelier_core::ContentCapture;
use otelier_otlp::{Settings, Signal};
use tracing_subscriber::filter::Targets;

use crate::status::Off;

mod endpoint;
mod env;
mod from_env;
mod headers;
mod identity;
mod limits;
pub(super) mod lists;
mod pairs;
mod proxy;
mod socket;

#[cfg(test)]
pub(crate) mod tests;

/// Everything that the providers are built from.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Where spans go.
    pub(crate) traces: SignalConfig,
    /// Where metric points go.
    pub(crate) metrics: SignalConfig,
    /// Where log records go.
    pub(crate) logs: SignalConfig,
    /// Which spans are kept.
    pub(crate) sampler: Sampler,
    /// Whether a variable says so.
    pub(crate) is_sampler_set: bool,
    /// The formats in which context crosses process borders, without
    /// repetitions. Empty: context does not cross.
    pub(crate) propagators: Vec<Propagator>,
    /// Whether context crosses also while nothing is recorded: a receiver is
    /// named, or the propagators are.
    pub(crate) is_propagating: bool,
    /// How spans are gathered into batches.
    pub(crate) span_batch: Batch,
    /// How log records are gathered into batches.
    pub(crate) log_batch: Batch,
    /// How often metrics are read, and in which shape.
    pub(crate) reader: Reader,
    /// Whether durations keep the traces that they were measured in.
    pub(crate) exemplars: bool,
    /// What a span may hold.
    pub(crate) span_limits: SpanLimits,
    /// What a log record may hold.
    pub(crate) log_limits: LogLimits,
    /// The log records that are shipped.
    pub(crate) log_filter: Targets,
    /// Fields of spans that are copied to the records below.
    pub(crate) log_span_fields: Vec<String>,
    /// The crate that starts telemetry, and its version, where they are known.
    pub(crate) own_crate: Option<(String, String)>,
    /// Whether old attribute names accompany the stable ones.
    pub(crate) semconv: Semconv,
    /// The HTTP methods that are recorded by name, where they differ from the
    /// conventions' list. Case matters.
    pub(crate) known_methods: Option<Vec<String>>,
    /// The paths whose requests leave no span, where they differ from the usual.
    pub(crate) excluded_paths: Option<Vec<String>>,
    pub(crate) included_paths: Option<Vec<String>>,
    pub(crate) access_log: bool,
    /// Where the content of calls to language models is recorded.
    pub(crate) gen_ai_content: ContentCapture,
    /// For how long a runtime may stall before that is reported, where a variable
    /// says so. Zero: it is not watched.
    pub(crate) stall_threshold: Option<Duration>,
    /// Whether opentelemetry-otlp encodes what goes by protobuf.
    pub(crate) stock: bool,
    /// How encoded batches leave.
    pub(crate) sending: Sending,
    /// Resource attributes from code and variables, strongest source already
    /// chosen, each key once. What can be detected is not among them.
    pub(crate) attributes: Vec<(String, String)>,
    /// The host's name as the shell knows it, for where no file tells it.
    pub(crate) hostname: Option<String>,
    /// The variables that could not be used as they are, each once.
    pub(crate) problems: Vec<Problem>,
}

impl Config {
    /// The settings of one signal.
    pub(crate) fn signal(&self, signal: Signal) -> &SignalConfig {
        match signal {
            Signal::Traces => &self.traces,
            Signal::Metrics => &self.metrics,
            Signal::Logs => &self.logs,
        }
    }

    /// True when no signal goes anywhere, so that nothing is to be built.
    pub(crate) fn is_off(&self) -> bool {
        Signal::ALL
            .into_iter()
            .all(|signal| !self.signal(signal).is_on())
    }
}

/// Where one signal goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct SignalConfig {
    /// The OTLP receiver, if data is sent to one.
    pub(crate) otlp: Option<Settings>,
    /// Whether data is printed.
    pub(crate) console: bool,
    /// Whether data is kept for who asks. Metrics alone can be.
    pub(crate) scraped: bool,
    /// Why `otlp` is empty. May be set with `console`.
    pub(crate) off: Option<Off>,
    /// Whether the endpoint is that for all signals, to which paths are appended.
    pub(crate) is_base: bool,
    /// The variables of this signal alone that name certificates and keys.
    pub(crate) own_files: Vec<&'static str>,
}

impl SignalConfig {
    /// True when data goes anywhere.
    pub(crate) fn is_on(&self) -> bool {
        self.scraped || self.is_sent()
    }

    /// True when it goes there by itself.
    pub(crate) fn is_sent(&self) -> bool {
        self.console || self.otlp.is_some()
    }
}

/// A variable that could not be used as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The variable's name.
    pub(crate) variable: &'static str,
    /// What is wrong and what is done instead. Never holds the value, which
    /// may be a secret.
    pub(crate) what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.variable, self.what)
    }
}

/// A format in which context crosses process borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Propagator {
    /// W3C `traceparent` and `tracestate`.
    TraceContext,
    /// W3C `baggage`.
    Baggage,
    /// `b3`, one header.
    B3,
    /// `x-b3-*`, a header for each part.
    B3Multi,
}

/// How records are gathered into batches. Durations and sizes are positive,
/// and a batch is not larger than the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The longest a record waits for its batch to fill.
    pub(crate) delay: Duration,
    /// The bound on one export.
    pub(crate) timeout: Duration,
    /// Records kept while an export is under way; more are dropped.
    pub(crate) queue: usize,
    /// Records in one export.
    pub(crate) size: usize,
}

/// How the encoded batches of one signal leave. All are positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sending {
    /// Batches under way at the same time.
    pub(crate) concurrency: usize,
    /// Bytes that may wait for the receiver; above, the oldest go.
    pub(crate) buffer: usize,
    /// Bytes of one request.
    pub(crate) request: usize,
    /// The bound on a flush, and on the end.
    pub(crate) bound: Duration,
}

/// How metrics are read. Durations are positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reader {
    /// Time between two exports.
    pub(crate) interval: Duration,
    /// The bound on one export.
    pub(crate) timeout: Duration,
    /// Since when a point counts.
    pub(crate) temporality: Temporality,
    /// The shape of histograms that set no bounds of their own.
    pub(crate) histogram: Histogram,
}

/// The shape of histograms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Histogram {
    /// Fixed bounds.
    #[default]
    Explicit,
    /// Bounds that follow the data.
    Exponential,
}

/// What a span may hold. More is dropped and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpanLimits {
    /// Attributes of the span.
    pub(crate) attributes: u32,
    /// Events.
    pub(crate) events: u32,
    /// Links.
    pub(crate) links: u32,
    /// Attributes of one event.
    pub(crate) event_attributes: u32,
    /// Attributes of one link.
    pub(crate) link_attributes: u32,
    /// Bytes of one attribute value. Positive.
    pub(crate) value_length: usize,
}

/// What a log record may hold. More is dropped and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogLimits {
    /// Attributes of the record.
    pub(crate) attributes: u32,
    /// Bytes of one attribute value and of the body. Positive.
    pub(crate) value_length: usize,
}

/// Which attribute names are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Semconv {
    /// Old names beside the stable ones.
    pub(crate) http_dup: bool,
    pub(crate) database_dup: bool,
    pub(crate) rpc_dup: bool,
    pub(crate) gen_ai_dup: bool,
}
