//! Directives of targets, spans and fields, as `tracing`'s own filter reads them.

use tracing_subscriber::filter::{EnvFilter, LevelFilter};

use crate::BadDirectives;

pub(super) type Inner = EnvFilter;

pub(super) fn read(directives: &[&str]) -> (Inner, Option<BadDirectives>) {
    let filter = || EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    match filter().parse(directives.join(",")) {
        Ok(filter) => (filter, None),
        Err(problem) => (filter().parse_lossy(""), Some(BadDirectives::new(problem))),
    }
}

pub(super) fn most(filter: &Inner) -> LevelFilter {
    filter.max_level_hint().unwrap_or(LevelFilter::TRACE)
}
