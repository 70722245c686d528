//! Keeps what was received, within a bound, and answers questions about it.

mod age;
mod budget;
mod changes;
mod complete;
mod exemplar;
mod handle;
mod history;
mod insert;
mod log;
mod metric;
mod origin;
mod page;
mod state;
mod stats;
mod touched;
mod trace;

#[cfg(feature = "draw")]
pub(crate) use self::origin::{display_short, text};
#[cfg(feature = "api")]
pub(crate) use self::{
    age::Age,
    changes::{Changes, Version},
    exemplar::Exemplar,
    history::Reading,
    origin::{Identity, find},
    page::{Found, LogPlace, SeriesPlace},
    state::Kind,
};
pub use self::{
    complete::{Completed, Completions},
    handle::Store,
    log::Log,
    metric::{Metric, MetricKind, Point},
    origin::Origin,
    stats::{Counts, Stats},
    trace::{Span, Trace},
};

#[cfg(test)]
pub(crate) use self::origin::Shared as SharedResource;

#[cfg(test)]
mod tests;
