//! The store behind its lock: what is kept, and by what.

mod evict;

use super::{
    age::Age,
    budget::Weigh as _,
    history::{History, Reading},
    log::Log,
    metric::{Metric, Series},
    stats::Stats,
    touched::{Seen, Touched},
    trace::{Span, Trace},
};
use crate::{
    forward::ForwardCounts,
    id::TraceId,
    received::{Outcome, Received},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::{Arc, Weak},
};
use tokio::time::Instant;

const REQUESTS: usize = 512;
/// The share of the bound that may go for what is known of requests.
const REQUESTS_SHARE: usize = 16;
/// The share of the bound that may go for what series were before.
const HISTORY_SHARE: usize = 4;
/// What the maps take for one trace, log or series: their slots and spare room.
pub(super) const SLOT: usize = 272;
/// What the order by time takes for one log.
pub(super) const TIME_SLOT: usize = 64;

/// A list of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Traces,
    Logs,
    Metrics,
}

#[derive(Debug, Default)]
pub(super) struct State {
    traces: HashMap<TraceId, Entry>,
    /// Every id, for those of which only the beginning is known.
    pub(super) ids: BTreeSet<TraceId>,
    pub(super) trace_ages: BTreeMap<Age, TraceId>,
    /// Every trace, by when it grew last.
    pub(super) grown: BTreeMap<Age, TraceId>,
    /// What came up to here is no more: it was cleared.
    pub(super) cleared: Age,
    /// What grew up to here may be gone, and nobody can be told.
    pub(super) gone: Age,
    loose_logs: BTreeMap<Age, (Arc<Log>, usize)>,
    /// All logs, in traces and outside.
    pub(super) logs_by_time: BTreeMap<(u64, Age), Arc<Log>>,
    series: HashMap<Series, Known>,
    series_ages: BTreeMap<Age, Series>,
    pub(super) series_by_name: BTreeMap<(Arc<str>, Series), Arc<Metric>>,
    /// How many records of each service are here.
    pub(super) services: BTreeMap<Arc<str>, usize>,
    pub(super) next_age: Age,
    /// How many requests were taken: a trace grows once in each.
    pub(super) round: u64,
    /// Whether nothing more is kept, and how many records were not.
    pub(super) paused: bool,
    pub(super) ignored: u64,
    used: usize,
    limit: usize,
    pub(super) stats: Stats,
    pub(super) requests: VecDeque<Received>,
    requests_weight: usize,
    history_weight: usize,
    pub(super) listeners: Vec<Weak<Touched>>,
    pub(super) forward: Option<Arc<ForwardCounts>>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) age: Age,
    grown: Age,
    round: u64,
    pub(super) spans: Vec<Arc<Span>>,
    /// With the ages that they have in the order by time.
    logs: Vec<(Age, Arc<Log>)>,
    weight: usize,
    pub(super) last_seen: Instant,
}

#[derive(Debug)]
struct Known {
    metric: Arc<Metric>,
    history: History,
    weight: usize,
    age: Age,
}

impl State {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    fn next_age(&mut self) -> Age {
        self.next_age += 1;
        self.next_age
    }

    /// The entry of a trace, made if it is new, and marked as touched now.
    fn touch(&mut self, id: TraceId, now: Instant) -> &mut Entry {
        let weight = size_of::<Entry>() + SLOT;
        let age = match self.traces.get(&id) {
            Some(entry) if entry.last_seen == now => None,
            Some(entry) => Some(entry.age),
            None => {
                let age = self.next_age();
                self.used += weight;
                self.ids.insert(id);
                self.trace_ages.insert(age, id);
                Some(age)
            }
        };
        if let Some(age) = age {
            self.listeners.retain(|listener| match listener.upgrade() {
                Some(touched) => {
                    touched.push(Seen { at: now, age, id });
                    true
                }
                None => false,
            });
        }
        let round = self.round;
        let entry = self.traces.entry(id).or_insert_with(|| Entry {
            age: age.unwrap_or_default(),
            grown: 0,
            round: 0,
            spans: Vec::new(),
            logs: Vec::new(),
            weight,
            last_seen: now,
        });
        entry.last_seen = now;
        if entry.grown == 0 || entry.round != round {
            self.next_age += 1;
            self.grown.remove(&entry.grown);
            self.grown.insert(self.next_age, id);
            (entry.grown, entry.round) = (self.next_age, round);
        }
        entry
    }

    fn serve(&mut self, service: &Arc<str>) {
        match self.services.get_mut(service) {
            Some(records) => *records += 1,
            None => {
                self.services.insert(Arc::clone(service), 1);
            }
        }
    }

    fn leave(&mut self, service: &Arc<str>) {
        if let Some(records) = self.services.get_mut(service) {
            *records -= 1;
            if *records == 0 {
                self.services.remove(service);
            }
        }
    }

    pub(super) fn add_span(&mut self, span: Span, share: usize, now: Instant) {
        let weight = 2 * size_of::<usize>() + share + span.heap();
        self.serve(span.origin().service_name());
        let entry = self.touch(span.trace_id(), now);
        entry.spans.push(Arc::new(span));
        entry.weight += weight;
        self.used += weight;
        self.stats.spans.accepted += 1;
    }

    pub(super) fn add_log(&mut self, log: Log, share: usize, now: Instant) {
        let mut weight = 4 * size_of::<usize>() + share + log.heap() + TIME_SLOT;
        let age = self.next_age();
        self.serve(log.origin().service_name());
        let log = Arc::new(log.with_seq(age));
        let time = log.time_unix_nano();
        self.logs_by_time.insert((time, age), Arc::clone(&log));
        if let Some(id) = log.trace_id() {
            let entry = self.touch(id, now);
            entry.logs.push((age, log));
            entry.weight += weight;
        } else {
            weight += SLOT;
            self.loose_logs.insert(age, (log, weight));
        }
        self.used += weight;
        self.stats.logs.accepted += 1;
    }

    pub(super) fn add_metric(&mut self, mut metric: Metric, share: usize) {
        self.stats.points.accepted += 1;
        let series = metric.series();
        let mut weight = SLOT + TIME_SLOT + share + metric.heap();
        let age = self.next_age();
        let mut history = History::default();
        if let Some(mut old) = self.series.remove(&series) {
            metric.updates += old.metric.updates;
            self.forget_series(series, &old);
            history = std::mem::take(&mut old.history);
        }
        let share = (self.limit / HISTORY_SHARE).saturating_sub(self.history_weight);
        history.push(&metric, share);
        weight += history.weight();
        self.history_weight += history.weight();
        self.used += weight;
        self.serve(metric.origin().service_name());
        let metric = Arc::new(metric);
        let name = Arc::clone(metric.shared_name());
        self.series_by_name
            .insert((name, series), Arc::clone(&metric));
        self.series_ages.insert(age, series);
        let known = Known {
            metric,
            history,
            weight,
            age,
        };
        self.series.insert(series, known);
    }

    fn forget_series(&mut self, series: Series, known: &Known) {
        self.used = self.used.saturating_sub(known.weight);
        self.history_weight = self.history_weight.saturating_sub(known.history.weight());
        self.series_ages.remove(&known.age);
        let name = Arc::clone(known.metric.shared_name());
        self.series_by_name.remove(&(name, series));
        self.leave(known.metric.origin().service_name());
    }

    pub(super) fn record(&mut self, received: Received) {
        self.stats.requests += 1;
        self.stats.wire_bytes += received.wire_bytes as u64;
        self.stats.decoded_bytes += received.decoded_bytes as u64;
        if matches!(received.outcome, Outcome::Refused(_)) {
            self.stats.refused += 1;
        }
        let weight = received.heap();
        self.requests.push_back(received);
        self.requests_weight += weight;
        self.used += weight;
        self.forget_requests(self.limit / REQUESTS_SHARE);
        self.evict();
    }

    pub(super) fn stats(&self) -> Stats {
        Stats {
            traces: self.traces.len(),
            store_bytes: self.used,
            store_limit: self.limit,
            forward: self
                .forward
                .as_ref()
                .map(|counts| counts.get())
                .unwrap_or_default(),
            ..self.stats
        }
    }

    pub(super) fn entry(&self, id: TraceId) -> Option<&Entry> {
        self.traces.get(&id)
    }

    pub(super) fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::Traces => self.traces.len(),
            Kind::Logs => self.logs_by_time.len(),
            Kind::Metrics => self.series.len(),
        }
    }

    /// When each trace was last touched, in the order in which they came.
    pub(super) fn last_seen(&self) -> Vec<Seen> {
        let mut seen: Vec<_> = (self.traces.iter())
            .map(|(id, entry)| Seen {
                at: entry.last_seen,
                age: entry.age,
                id: *id,
            })
            .collect();
        seen.sort_unstable();
        seen
    }

    pub(super) fn trace(&self, id: TraceId) -> Option<Trace> {
        self.traces.get(&id).map(|entry| entry.snapshot(id))
    }

    pub(super) fn series(&self, series: Series) -> Option<(Arc<Metric>, History)> {
        let known = self.series.get(&series)?;
        Some((Arc::clone(&known.metric), known.history.clone()))
    }

    pub(super) fn readings(&self, series: Series, most: usize) -> Vec<Reading> {
        let known = self.series.get(&series);
        known.map_or_else(Vec::new, |known| known.history.readings(most))
    }

    pub(super) fn entries(&self) -> impl DoubleEndedIterator<Item = (TraceId, &Entry)> {
        let ids = self.trace_ages.values();
        ids.filter_map(|id| Some((*id, self.traces.get(id)?)))
    }

    pub(super) fn spans(&self, wanted: impl Fn(&Span) -> bool) -> Vec<Arc<Span>> {
        self.entries()
            .flat_map(|(_, entry)| &entry.spans)
            .filter(|span| wanted(span))
            .cloned()
            .collect()
    }
}

impl Entry {
    pub(super) fn snapshot(&self, id: TraceId) -> Trace {
        Trace {
            id,
            spans: self.spans.clone(),
            logs: self.logs.iter().map(|(_, log)| Arc::clone(log)).collect(),
            grown: self.grown,
        }
    }
}
