//! Records of the `log` crate, which reach `tracing` as events of one fixed target.

use std::collections::HashSet;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use tracing_core::{Event, Metadata};
use tracing_log::{LogTracer, NormalizeEvent as _};

/// What tracing-log calls its events.
const LOG_EVENT: &str = "log event";

/// The `log` crate has a logger already, and it stays.
///
/// See the example of [`install_log_tracer`].
#[derive(Debug)]
pub struct LoggerAlreadySet(());

impl fmt::Display for LoggerAlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the log crate has a logger already, its records do not reach tracing")
    }
}

impl std::error::Error for LoggerAlreadySet {}

/// Turns records of the `log` crate into `tracing` events, for the whole process.
///
/// Each subscriber then decides by the record's own target and level whether it wants them.
///
/// ```
/// use otelier_logs::install_log_tracer;
///
/// assert!(install_log_tracer().is_ok());
/// let again = install_log_tracer().unwrap_err();
/// assert!(again.to_string().contains("has a logger already"));
/// ```
///
/// # Errors
///
/// [`LoggerAlreadySet`] when the program, or an earlier call, has set a logger. Nothing changes then; a program that
/// wants both should give its own logger up.
pub fn install_log_tracer() -> Result<(), LoggerAlreadySet> {
    LogTracer::init().map_err(|_| LoggerAlreadySet(()))
}

/// What a record of the `log` crate says of its origin; nothing for other events.
#[inline]
pub(crate) fn origin<'e>(event: &'e Event<'_>) -> Option<Metadata<'e>> {
    #[cold]
    fn normalized<'e>(event: &'e Event<'_>) -> Option<Metadata<'e>> {
        event.normalized_metadata()
    }

    // Cheaper than to compare callsites, and enough for most events.
    if event.metadata().name() == LOG_EVENT {
        normalized(event)
    } else {
        None
    }
}

/// Where the events and spans of `tracing` stand that were met so far: no more than the program has.
static CALLSITES: RwLock<Option<HashSet<(&'static str, u32)>>> = RwLock::new(None);

/// Remembers an event or span, so that [`is_copy`] knows it again.
pub(crate) fn remember(metadata: &'static Metadata<'static>) {
    if let (Some(file), Some(line)) = (metadata.file(), metadata.line()) {
        let mut known = CALLSITES.write().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert_default().insert((file, line));
    }
}

/// Whether a record of the `log` crate is one that `tracing` wrote of its own event or span, with its feature
/// `log-always`. Nothing in it says so but its place.
#[cold]
pub(crate) fn is_copy(log: &Metadata<'_>) -> bool {
    if matches!(log.target(), "tracing::span" | "tracing::span::active") {
        return true;
    }
    let (Some(file), Some(line)) = (log.file(), log.line()) else {
        return false;
    };
    let known = CALLSITES.read().unwrap_or_else(PoisonError::into_inner);
    known
        .as_ref()
        .is_some_and(|known| known.contains(&(file, line)))
}

/// Whether a field of a `log` event says where the record is from, rather than what it says.
pub(crate) fn is_origin(field: &str) -> bool {
    matches!(
        field,
        "log.target" | "log.module_path" | "log.file" | "log.line"
    )
}

/// The name of a field as the user wrote it, without the mark of a raw identifier.
#[inline]
pub(crate) fn plain_name(field: &'static str) -> &'static str {
    field.strip_prefix("r#").unwrap_or(field)
}

/// The name an event was given on purpose; the macros name the others by their place in the source.
pub(crate) fn given_name(metadata: &Metadata<'static>) -> Option<&'static str> {
    let name = metadata.name();
    (!is_place(metadata) && name != LOG_EVENT).then_some(name)
}

/// Whether the name is the one that the macros make: `event src/lib.rs:28`.
fn is_place(metadata: &Metadata<'static>) -> bool {
    let place = metadata.name().strip_prefix("event ");
    let (Some(place), Some(file), Some(line)) = (place, metadata.file(), metadata.line()) else {
        return false;
    };
    let digits = place
        .strip_prefix(file)
        .and_then(|rest| rest.strip_prefix(':'));
    digits.is_some_and(|digits| digits.parse() == Ok(line))
}
