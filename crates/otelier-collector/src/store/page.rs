//! Pages: the store in pieces, each read under one lock, so that who receives waits for no more
//! than that.

use super::{
    age::Age,
    handle::Store,
    log::Log,
    metric::{Metric, Series},
    state::{Kind, State},
    trace::Trace,
};
use crate::id::TraceId;
use std::{ops::Bound, sync::Arc};

/// Records copied at most under one lock, as pointers.
const SLICE: usize = 4096;

/// Where a log stands in the order by time.
pub(crate) type LogPlace = (u64, Age);
/// Where a series stands in the order by name.
pub(crate) type SeriesPlace = (Arc<str>, Series);

/// What the beginning of an id leads to.
#[derive(Debug, PartialEq)]
pub(crate) enum Found<T> {
    One(T),
    None,
    /// More than one id begins so.
    Several,
}

impl Store {
    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.state().count(kind)
    }

    /// Some traces that came before this place, the newest first; none are left when it is empty.
    pub(crate) fn traces_before(&self, place: Option<Age>, most: usize) -> Vec<(Age, Trace)> {
        let state = self.state();
        let before = state.trace_ages.range(..place.unwrap_or(Age::MAX));
        some_traces(&state, before.rev(), most)
    }

    /// Some traces that came after this place, the oldest first.
    pub(crate) fn traces_after(&self, place: Option<Age>, most: usize) -> Vec<(Age, Trace)> {
        let state = self.state();
        let after = place.map_or(Bound::Unbounded, Bound::Excluded);
        let after = state.trace_ages.range((after, Bound::Unbounded));
        some_traces(&state, after, most)
    }

    /// Some logs before this place in the order by time, the latest first.
    pub(crate) fn logs_before(
        &self,
        place: Option<LogPlace>,
        most: usize,
    ) -> Vec<(LogPlace, Arc<Log>)> {
        let state = self.state();
        let before = place.map_or(Bound::Unbounded, Bound::Excluded);
        let logs = state.logs_by_time.range((Bound::Unbounded, before)).rev();
        logs.take(most.min(SLICE))
            .map(|(place, log)| (*place, Arc::clone(log)))
            .collect()
    }

    /// Some series after this place in the order by name.
    pub(crate) fn metrics_after(
        &self,
        place: Option<SeriesPlace>,
        most: usize,
    ) -> Vec<(SeriesPlace, Arc<Metric>)> {
        let state = self.state();
        let after = place.map_or(Bound::Unbounded, Bound::Excluded);
        let series = state.series_by_name.range((after, Bound::Unbounded));
        series
            .take(most.min(SLICE))
            .map(|((name, series), metric)| ((Arc::clone(name), *series), Arc::clone(metric)))
            .collect()
    }

    /// The place before the series of this name.
    pub(crate) fn before_name(name: &str) -> SeriesPlace {
        (name.into(), Series::LEAST)
    }

    /// Some names of services after this one.
    pub(crate) fn services_after(&self, place: Option<&str>, most: usize) -> Vec<Arc<str>> {
        let state = self.state();
        let after = place.map_or(Bound::Unbounded, Bound::Excluded);
        let services = state.services.range::<str, _>((after, Bound::Unbounded));
        services
            .take(most)
            .map(|(name, _)| Arc::clone(name))
            .collect()
    }

    /// The trace whose id begins with these hex digits, eight at least.
    pub(crate) fn find_trace(&self, first: TraceId, last: TraceId) -> Found<TraceId> {
        let state = self.state();
        let mut ids = state.ids.range(first..=last);
        match (ids.next(), ids.next()) {
            (None, _) => Found::None,
            (Some(id), None) => Found::One(*id),
            (Some(_), Some(_)) => Found::Several,
        }
    }
}

fn some_traces<'a>(
    state: &State,
    places: impl Iterator<Item = (&'a Age, &'a TraceId)>,
    most: usize,
) -> Vec<(Age, Trace)> {
    let mut traces = Vec::new();
    let mut records = 0;
    for (age, id) in places {
        if traces.len() == most || records > SLICE {
            break;
        }
        if let Some(trace) = state.trace(*id) {
            records += trace.spans.len() + trace.logs.len();
            traces.push((*age, trace));
        }
    }
    traces
}
