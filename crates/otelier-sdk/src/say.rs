//! The one way in which this crate speaks to people.

use std::{
    fmt::Arguments,
    io::{self, Write as _},
};

/// Writes one line on standard error, for the time before a subscriber is set.
/// A closed terminal is nobody's concern.
pub(crate) fn to_stderr(message: Arguments<'_>) {
    let line = format!("otelier: {message}\n");
    let _ = io::stderr().lock().write_all(line.as_bytes());
}
