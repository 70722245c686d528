//! What is said to people, and how often.
//!
//! Every message is a `tracing` event of the target `otelier`, which our log
//! bridge never ships. While the program has no subscriber, or ours has nothing
//! that shows them, they go to standard error; warnings do so, too, where a
//! subscriber of the program's own swallows our target.

use std::{
    fmt::Arguments,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Once,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use otelier_core::redact_text;
use otelier_otlp::Signal;

use crate::say;

/// The least time between two warnings of one signal.
const PAUSE: Duration = Duration::from_secs(60);

/// Lets one warning through, then at most one per [`PAUSE`].
#[derive(Debug, Default)]
pub(crate) struct Pace(Option<Instant>);

impl Pace {
    pub(crate) fn may_warn(&mut self, now: Instant) -> bool {
        let due = self.0.is_none_or(|last| now.duration_since(last) >= PAUSE);
        if due {
            self.0 = Some(now);
        }
        due
    }
}

/// Something a person should know about one signal.
#[derive(Debug)]
pub(crate) enum Notice {
    /// An export failed.
    Failing { cause: String, lost: u64 },
    /// Standard output did not take what is printed there.
    Unprinted { cause: String, lost: u64 },
    /// An export went well after failures.
    Recovered { lost: u64 },
    /// The receiver took a request but not all in it.
    Rejected { rejected: u64, message: String },
    /// Items came faster than they could be sent.
    QueueFull { dropped: u64, capacity: usize },
}

impl Notice {
    pub(crate) fn say(&self, signal: Signal) {
        match self {
            Self::Failing { cause, lost } => warn(format_args!(
                "{signal} cannot be exported: {cause} ({lost} {} lost so far)",
                items(signal)
            )),
            // A subscriber prints where nothing can be printed now.
            Self::Unprinted { cause, lost } => say::warn(format_args!(
                "{signal} cannot be printed: {cause} ({lost} {} lost so far)",
                items(signal)
            )),
            Self::Recovered { lost } => info(format_args!(
                "{signal} are exported again ({lost} {} lost meanwhile)",
                items(signal)
            )),
            Self::Rejected { rejected, message } => warn(format_args!(
                "{rejected} {} rejected by the receiver: {message}",
                items(signal)
            )),
            Self::QueueFull { dropped, capacity } => warn(format_args!(
                "{dropped} {} dropped: the queue of {capacity} was full; {} sets its size",
                items(signal),
                queue_variable(signal)
            )),
        }
    }
}

/// The unit in which a signal is counted.
pub(crate) fn items(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "spans",
        Signal::Metrics => "data points",
        Signal::Logs => "log records",
    }
}

fn queue_variable(signal: Signal) -> &'static str {
    match signal {
        Signal::Logs => "OTEL_BLRP_MAX_QUEUE_SIZE",
        Signal::Traces | Signal::Metrics => "OTEL_BSP_MAX_QUEUE_SIZE",
    }
}

/// Set when the subscriber is ours and shows nothing.
static UNSEEN: AtomicBool = AtomicBool::new(false);

pub(crate) fn speak_on_stderr() {
    UNSEEN.store(true, Relaxed);
}

/// Set when the subscriber is ours: what it leaves out was asked for by `RUST_LOG`.
static OURS: AtomicBool = AtomicBool::new(false);

pub(crate) fn speak_through_ours() {
    OURS.store(true, Relaxed);
}

/// Tells once, on our own console alone, that nothing is exported: whoever turned
/// the console off, or has one of their own, is not to be told.
pub(crate) fn not_exported() {
    static SAID: Once = Once::new();
    if OURS.load(Relaxed) && is_heard() {
        SAID.call_once(|| {
            info(format_args!(
                "not exported: set OTEL_EXPORTER_OTLP_ENDPOINT"
            ));
        });
    }
}

/// Whether a subscriber shows messages, as far as we can know.
fn is_heard() -> bool {
    tracing::dispatcher::has_been_set() && !UNSEEN.load(Relaxed)
}

/// Whether it shows warnings: a filter of the program's own often names the
/// program's targets alone.
fn hears_warnings() -> bool {
    let asks = || tracing::enabled!(target: "otelier", tracing::Level::WARN);
    is_heard() && (OURS.load(Relaxed) || catch_unwind(AssertUnwindSafe(asks)).unwrap_or(false))
}

/// Tells what works.
pub(crate) fn info(message: Arguments<'_>) {
    let message = message.to_string();
    let message = redact_text(&message);
    if is_heard() {
        quietly(|| tracing::info!(target: "otelier", "{message}"));
    } else {
        say::info(format_args!("{message}"));
    }
}

/// Tells what does not work.
pub(crate) fn warn(message: Arguments<'_>) {
    let message = message.to_string();
    let message = redact_text(&message);
    if hears_warnings() {
        quietly(|| tracing::warn!(target: "otelier", "{message}"));
    } else {
        say::warn(format_args!("{message}"));
    }
}

/// Something to say at start.
#[derive(Debug)]
pub(crate) enum Announcement {
    Info(String),
    Warning(String),
}

impl Announcement {
    pub(crate) fn say(&self) {
        match self {
            Self::Info(text) => info(format_args!("{text}")),
            Self::Warning(text) => warn(format_args!("{text}")),
        }
    }
}

/// Lets a subscriber that panics stop nothing but the message: what is exported
/// does not depend on who listens to it.
pub(crate) fn quietly(say: impl FnOnce()) {
    catch_unwind(AssertUnwindSafe(say)).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_given_at_most_once_a_minute() {
        let mut pace = Pace::default();
        let start = Instant::now();
        assert!(pace.may_warn(start));
        assert!(!pace.may_warn(start + PAUSE / 2));
        assert!(pace.may_warn(start + PAUSE));
        assert!(!pace.may_warn(start + PAUSE));
    }
}
