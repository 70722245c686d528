//! What became of each signal, as a value.

use std::{fmt, time::SystemTime};

/// The state of the three signals at one moment.
///
/// ```
/// use otelier_sdk::{Off, State, Status};
///
/// /// For a page that tells how the service is.
/// fn tell(status: &Status) -> String {
///     match &status.traces.state {
///         State::Off(Off::NoEndpoint) => "nobody wants traces".to_owned(),
///         State::Failing { cause, .. } => format!("traces are late: {cause}"),
///         state => format!("traces: {state}, {} sent", status.traces.exported),
///     }
/// }
///
/// assert_eq!(Off::NoEndpoint.to_string(), "OTEL_EXPORTER_OTLP_ENDPOINT is not set");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Spans.
    pub traces: SignalStatus,
    /// Metric data points.
    pub metrics: SignalStatus,
    /// Log records.
    pub logs: SignalStatus,
}

/// The state of one signal, and its books since the start of the process.
///
/// `exported + dropped + failed` is what the program recorded, less what still
/// waits for its batch, or for a receiver that is away.
///
/// See the example of [`Status`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignalStatus {
    /// Whether it is exported.
    pub state: State,
    /// Items that the receiver took.
    pub exported: u64,
    /// Items that never left the process: the queue was full, the item too
    /// large, or the process ended.
    pub dropped: u64,
    /// Items that were sent and refused, or could not be sent in time.
    pub failed: u64,
}

/// Whether a signal is exported.
///
/// See the example of [`Status`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It is not, for this reason.
    Off(Off),
    /// It is, and the last export went well or is still to come. Metrics that are
    /// only scraped are not counted.
    Exporting,
    /// It is, but exports fail.
    Failing {
        /// When the first of the failed exports ended.
        since: SystemTime,
        /// What the last one met, in plain words.
        cause: String,
    },
}

/// Why a signal is not exported.
///
/// See the example of [`Status`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Off {
    /// The program was built without the `otel` feature.
    CompiledOut,
    /// No endpoint is set, neither for the signal nor for all.
    NoEndpoint,
    /// `OTEL_SDK_DISABLED` is true.
    Disabled,
    /// The list of exporters, in the named variable, asks for none or for
    /// others than OTLP.
    Exporter {
        /// The variable that holds the list.
        variable: &'static str,
    },
    /// The endpoint in the named variable is no URL that can be used.
    BadEndpoint {
        /// The variable that holds the endpoint.
        variable: &'static str,
    },
    /// The exporter could not be set up.
    Failed {
        /// What went wrong, in plain words.
        cause: String,
    },
}

impl fmt::Display for Off {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CompiledOut => f.write_str("built without the cargo feature `otel`"),
            Self::NoEndpoint => f.write_str("OTEL_EXPORTER_OTLP_ENDPOINT is not set"),
            Self::Disabled => f.write_str("OTEL_SDK_DISABLED is true"),
            Self::Exporter { variable } => write!(f, "{variable} does not ask for otlp"),
            Self::BadEndpoint { variable } => write!(f, "{variable} cannot be used"),
            Self::Failed { cause } => f.write_str(cause),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off(why) => write!(f, "off: {why}"),
            Self::Exporting => f.write_str("exporting"),
            Self::Failing { cause, .. } => write!(f, "failing: {cause}"),
        }
    }
}

/// What a flush or shutdown achieved within its bound.
///
/// See the [example of the crate](crate).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "tells what was not delivered"]
pub struct Report {
    /// Whether every signal answered within the bound.
    pub in_time: bool,
    /// The state of each signal afterwards. Items that still waited when a
    /// shutdown's bound was reached count as dropped.
    pub status: Status,
}

impl Report {
    /// True when everything recorded so far has been taken by the receiver.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let signals = [&self.status.traces, &self.status.metrics, &self.status.logs];
        let clean = |signal: &&SignalStatus| signal.dropped == 0 && signal.failed == 0;
        self.in_time && signals.iter().all(clean)
    }
}

impl Status {
    /// Nothing is exported.
    pub(crate) fn off([traces, metrics, logs]: [Off; 3]) -> Self {
        Self {
            traces: SignalStatus::off(traces),
            metrics: SignalStatus::off(metrics),
            logs: SignalStatus::off(logs),
        }
    }
}

impl SignalStatus {
    const fn off(why: Off) -> Self {
        Self {
            state: State::Off(why),
            exported: 0,
            dropped: 0,
            failed: 0,
        }
    }
}
