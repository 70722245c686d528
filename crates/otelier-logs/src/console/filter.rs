//! What the console shows.

use tracing_subscriber::filter::{EnvFilter, LevelFilter};

use crate::BadDirectives;

/// The filter for a console, from directives as in `RUST_LOG`.
///
/// Nothing, or an empty text, shows everything from `INFO` up. So do directives that cannot be read, and what is wrong
/// with them is the second value: a typing error must not cost the log.
#[must_use]
pub fn console_filter(directives: Option<&str>) -> (EnvFilter, Option<BadDirectives>) {
    let filter = || EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    match filter().parse(directives.unwrap_or_default().trim()) {
        Ok(filter) => (filter, None),
        Err(problem) => (filter().parse_lossy(""), Some(BadDirectives::new(problem))),
    }
}
