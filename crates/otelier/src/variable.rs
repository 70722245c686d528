//! Variables that are read here, as they are there without telemetry, too.

use std::env;

/// A variable that holds something.
pub(crate) fn set(name: &str) -> Option<String> {
    let value = env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}
