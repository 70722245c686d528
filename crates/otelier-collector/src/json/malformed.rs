//! What is wrong with a document.

use std::fmt;

/// Why a document is not OTLP/JSON, with the path to the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Malformed(pub(super) String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
