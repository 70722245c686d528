//! Directives of targets alone, where the feature `env-filter` is off: without regular
//! expressions.

use tracing_subscriber::{
    Registry,
    filter::{LevelFilter, Targets},
    layer::Filter,
};

use crate::BadDirectives;

pub(super) type Inner = Targets;

const MISSING: BadDirectives = BadDirectives {
    what: "directives of spans and fields need the cargo feature `env-filter`, which is not enabled",
    cause: None,
};

pub(super) fn read(directives: &[&str]) -> (Inner, Option<BadDirectives>) {
    let is_missing = |directive: &&str| directive.contains(['[', ']', '{', '}']);
    let missing = directives.iter().any(is_missing);
    let kept = directives.iter().copied();
    let kept = kept.filter(|directive| !is_missing(directive)).map(whole);
    let targets = match kept.collect::<Result<Vec<_>, _>>() {
        Ok(kept) if kept.is_empty() => Ok(nothing_said()),
        Ok(kept) => kept.join(",").parse().map_err(BadDirectives::new),
        Err(problem) => Err(problem),
    };
    match targets {
        Ok(targets) if missing => (targets, Some(MISSING)),
        Ok(targets) => (targets, None),
        Err(problem) => (nothing_said(), Some(problem)),
    }
}

pub(super) fn most(filter: &Inner) -> LevelFilter {
    let hint = Filter::<Registry>::max_level_hint(filter);
    hint.unwrap_or(LevelFilter::TRACE)
}

fn nothing_said() -> Targets {
    Targets::new().with_default(LevelFilter::INFO)
}

/// A directive in the one form that is the same to both filters.
fn whole(directive: &str) -> Result<&str, BadDirectives> {
    let is_first = |first: char| first.is_alphanumeric() || "-:_".contains(first);
    if !directive.starts_with(is_first) {
        return Err(BadDirectives::new("no target begins so"));
    }
    // A target without a level is shown whole.
    Ok(directive.strip_suffix('=').unwrap_or(directive))
}
