//! The store behind its lock: what is kept, by what, and what goes first.

use super::{
    budget::Weigh,
    complete::Touched,
    log::Log,
    metric::{self, Metric, Series},
    origin::Origin,
    stats::Stats,
    trace::{Span, Trace},
};
use crate::{
    forward::ForwardCounts,
    id::TraceId,
    received::{Outcome, Received},
};
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::InstrumentationScope,
    resource::v1::Resource,
};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Weak},
};
use tokio::time::Instant;

const REQUESTS: usize = 512;
/// What the maps take for one trace, log or series: their slots and spare room.
const SLOT: usize = 224;

#[derive(Debug)]
pub(super) struct State {
    traces: HashMap<TraceId, Entry>,
    loose_logs: BTreeMap<u64, (Arc<Log>, usize)>,
    series: HashMap<Series, (Arc<Metric>, usize, u64)>,
    /// Everything kept by age; the first is evicted first.
    ages: BTreeMap<u64, Kept>,
    next_age: u64,
    used: usize,
    limit: usize,
    pub(super) stats: Stats,
    pub(super) requests: VecDeque<Received>,
    pub(super) listeners: Vec<Weak<Touched>>,
    pub(super) forward: Option<Arc<ForwardCounts>>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) spans: Vec<Arc<Span>>,
    logs: Vec<Arc<Log>>,
    weight: usize,
    pub(super) last_seen: Instant,
}

#[derive(Debug, Clone, Copy)]
enum Kept {
    Trace(TraceId),
    Log,
    Series(Series),
}

impl State {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            traces: HashMap::new(),
            loose_logs: BTreeMap::new(),
            series: HashMap::new(),
            ages: BTreeMap::new(),
            next_age: 0,
            used: 0,
            limit,
            stats: Stats::default(),
            requests: VecDeque::new(),
            listeners: Vec::new(),
            forward: None,
        }
    }

    fn keep(&mut self, kept: Kept) -> u64 {
        let age = self.next_age;
        self.next_age += 1;
        self.ages.insert(age, kept);
        age
    }

    /// The entry of a trace, made if it is new, and marked as touched now.
    fn touch(&mut self, id: TraceId, now: Instant) -> &mut Entry {
        let known = self.traces.get(&id).map(|entry| entry.last_seen);
        if known != Some(now) {
            self.listeners.retain(|listener| match listener.upgrade() {
                Some(touched) => {
                    touched.push(now, id);
                    true
                }
                None => false,
            });
        }
        let weight = size_of::<Entry>() + SLOT;
        if known.is_none() {
            self.used += weight;
            self.keep(Kept::Trace(id));
        }
        let entry = self.traces.entry(id).or_insert_with(|| Entry {
            spans: Vec::new(),
            logs: Vec::new(),
            weight,
            last_seen: now,
        });
        entry.last_seen = now;
        entry
    }

    fn evict(&mut self) {
        while self.used > self.limit {
            let Some((age, kept)) = self.ages.pop_first() else {
                return;
            };
            match kept {
                Kept::Trace(id) => {
                    if let Some(entry) = self.traces.remove(&id) {
                        self.used = self.used.saturating_sub(entry.weight);
                        self.stats.spans.evicted += entry.spans.len() as u64;
                        self.stats.logs.evicted += entry.logs.len() as u64;
                    }
                }
                Kept::Log => {
                    if let Some((_, weight)) = self.loose_logs.remove(&age) {
                        self.used = self.used.saturating_sub(weight);
                        self.stats.logs.evicted += 1;
                    }
                }
                Kept::Series(series) => {
                    if let Some((_, weight, _)) = self.series.remove(&series) {
                        self.used = self.used.saturating_sub(weight);
                        self.stats.points.evicted += 1;
                    }
                }
            }
        }
    }

    pub(super) fn record(&mut self, received: Received) {
        self.stats.requests += 1;
        self.stats.wire_bytes += received.wire_bytes as u64;
        self.stats.decoded_bytes += received.decoded_bytes as u64;
        if matches!(received.outcome, Outcome::Refused(_)) {
            self.stats.refused += 1;
        }
        if self.requests.len() == REQUESTS {
            self.requests.pop_front();
        }
        self.requests.push_back(received);
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

    pub(super) fn trace_count(&self) -> usize {
        self.traces.len()
    }

    /// When each trace was last touched, the oldest first.
    pub(super) fn last_seen(&self) -> Vec<(Instant, TraceId)> {
        let mut seen: Vec<_> = (self.traces.iter())
            .map(|(id, entry)| (entry.last_seen, *id))
            .collect();
        seen.sort_unstable();
        seen
    }

    pub(super) fn trace(&self, id: TraceId) -> Option<Trace> {
        self.traces.get(&id).map(|entry| entry.snapshot(id))
    }

    pub(super) fn traces(&self) -> Vec<Trace> {
        self.ages
            .values()
            .rev()
            .filter_map(|kept| match kept {
                Kept::Trace(id) => self.trace(*id).filter(|trace| !trace.spans.is_empty()),
                _ => None,
            })
            .collect()
    }

    pub(super) fn spans(&self, wanted: impl Fn(&Span) -> bool) -> Vec<Arc<Span>> {
        self.ages
            .values()
            .filter_map(|kept| match kept {
                Kept::Trace(id) => self.traces.get(id),
                _ => None,
            })
            .flat_map(|entry| &entry.spans)
            .filter(|span| wanted(span))
            .cloned()
            .collect()
    }

    pub(super) fn logs(&self) -> Vec<Arc<Log>> {
        let loose = self.loose_logs.values().map(|(log, _)| log);
        let traced = self.traces.values().flat_map(|entry| &entry.logs);
        let mut logs: Vec<_> = loose.chain(traced).cloned().collect();
        logs.sort_by_key(|log| log.time_unix_nano());
        logs
    }

    pub(super) fn metrics(&self) -> Vec<Arc<Metric>> {
        let mut metrics: Vec<_> = self
            .series
            .iter()
            .map(|(series, (metric, ..))| (Arc::clone(metric), *series))
            .collect();
        metrics.sort_by(|(a, x), (b, y)| (a.name(), x).cmp(&(b.name(), y)));
        metrics.into_iter().map(|(metric, _)| metric).collect()
    }

    pub(super) fn services(&self) -> Vec<String> {
        let mut services = std::collections::BTreeSet::new();
        for entry in self.traces.values() {
            services.extend(entry.spans.iter().map(|span| span.service()));
            services.extend(entry.logs.iter().map(|log| log.service()));
        }
        services.extend(self.loose_logs.values().map(|(log, _)| log.service()));
        services.extend(self.series.values().map(|(metric, ..)| metric.service()));
        services.into_iter().map(Into::into).collect()
    }
}

impl Entry {
    fn snapshot(&self, id: TraceId) -> Trace {
        Trace {
            id,
            spans: self.spans.clone(),
            logs: self.logs.clone(),
        }
    }
}

/// An origin, and the share of its weight that each of its `records` carries.
fn origin(
    resource: &Arc<Resource>,
    scope: Option<InstrumentationScope>,
    records: usize,
) -> (Arc<Origin>, usize) {
    let origin = Origin::new(resource, scope);
    let share = (size_of::<Origin>() + origin.heap()).div_ceil(records.max(1));
    (origin, share)
}

pub(super) fn insert_spans(state: &mut State, message: ExportTraceServiceRequest, now: Instant) {
    for group in message.resource_spans {
        let resource = Arc::new(group.resource.unwrap_or_default());
        for group in group.scope_spans {
            let (origin, share) = origin(&resource, group.scope, group.spans.len());
            for span in group.spans {
                let Some(span) = Span::new(&origin, span) else {
                    continue;
                };
                let weight = size_of::<usize>() + share + span.heap();
                let entry = state.touch(span.trace_id(), now);
                entry.spans.push(Arc::new(span));
                entry.weight += weight;
                state.used += weight;
                state.stats.spans.accepted += 1;
            }
            state.evict();
        }
    }
}

pub(super) fn insert_logs(state: &mut State, message: ExportLogsServiceRequest, now: Instant) {
    for group in message.resource_logs {
        let resource = Arc::new(group.resource.unwrap_or_default());
        for group in group.scope_logs {
            let (origin, share) = origin(&resource, group.scope, group.log_records.len());
            for log in group.log_records {
                let log = Log::new(&origin, log);
                let mut weight = size_of::<usize>() + share + log.heap();
                if let Some(id) = log.trace_id() {
                    let entry = state.touch(id, now);
                    entry.logs.push(Arc::new(log));
                    entry.weight += weight;
                } else {
                    weight += SLOT;
                    let age = state.keep(Kept::Log);
                    state.loose_logs.insert(age, (Arc::new(log), weight));
                }
                state.used += weight;
                state.stats.logs.accepted += 1;
            }
            state.evict();
        }
    }
}

pub(super) fn insert_metrics(state: &mut State, message: ExportMetricsServiceRequest) {
    for group in message.resource_metrics {
        let resource = Arc::new(group.resource.unwrap_or_default());
        for group in group.scope_metrics {
            let (origin, share) = origin(&resource, group.scope, group.metrics.len());
            for metric in group.metrics {
                let points = metric::split(&origin, metric);
                for mut metric in points {
                    state.stats.points.accepted += 1;
                    let series = metric.series();
                    let weight = SLOT + share + metric.heap();
                    let age = state.keep(Kept::Series(series));
                    if let Some((old, weight, age)) = state.series.remove(&series) {
                        metric.updates += old.updates;
                        state.used = state.used.saturating_sub(weight);
                        state.ages.remove(&age);
                    }
                    state.used += weight;
                    state.series.insert(series, (Arc::new(metric), weight, age));
                }
            }
            state.evict();
        }
    }
}
