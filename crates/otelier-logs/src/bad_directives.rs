//! What is wrong with a filter.

use std::error::Error;
use std::fmt;

/// Directives of a filter that could not be read.
///
/// ```
/// # #[cfg(feature = "console")]
/// # {
/// use otelier_logs::console_filter;
///
/// // What cannot be read is told, and the default stands in its place.
/// let (_filter, problem) = console_filter(Some("shop=loud"));
/// assert!(problem.is_some_and(|problem| problem.to_string().contains("target=level")));
/// # }
/// ```
#[derive(Debug)]
pub struct BadDirectives {
    pub(crate) what: &'static str,
    pub(crate) cause: Option<Box<dyn Error + Send + Sync>>,
}

impl BadDirectives {
    /// Says why they could not be.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            what: "the directives are not of the form target=level,target=level",
            cause: Some(cause.into()),
        }
    }
}

impl fmt::Display for BadDirectives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl Error for BadDirectives {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}
