//! What the console shows.

use std::error::Error;
use std::fmt;

use tracing_subscriber::filter::{EnvFilter, LevelFilter, ParseError};

/// Directives for the console that could not be read.
#[derive(Debug)]
pub struct BadDirectives(ParseError);

impl fmt::Display for BadDirectives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the console's directives are not of the form target=level,target=level")
    }
}

impl Error for BadDirectives {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// The filter for a console, from directives as in `RUST_LOG`.
///
/// Nothing, or an empty text, shows everything from `INFO` up. So do directives that cannot be read, and what is wrong
/// with them is the second value: a typing error must not cost the log.
#[must_use]
pub fn console_filter(directives: Option<&str>) -> (EnvFilter, Option<BadDirectives>) {
    let filter = || EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    match filter().parse(directives.unwrap_or_default().trim()) {
        Ok(filter) => (filter, None),
        Err(problem) => (filter().parse_lossy(""), Some(BadDirectives(problem))),
    }
}
