//! What goes when there is no room for all.

use super::{REQUESTS, State};
use crate::store::{age::Age, budget::Weigh as _, log::Log};

impl State {
    /// Removes what is oldest until the rest is within the bound.
    pub(in crate::store) fn evict(&mut self) {
        self.evict_to(self.limit);
    }

    fn evict_to(&mut self, limit: usize) {
        while self.used > limit {
            let first = |ages: Option<&Age>| ages.copied().unwrap_or(Age::MAX);
            let trace = first(self.trace_ages.keys().next());
            let log = first(self.loose_logs.keys().next());
            let series = first(self.series_ages.keys().next());
            let oldest = trace.min(log).min(series);
            if oldest == Age::MAX {
                return self.forget_requests(0);
            }
            if oldest == trace {
                self.evict_trace();
            } else if oldest == log {
                if let Some((age, (log, weight))) = self.loose_logs.pop_first() {
                    self.used = self.used.saturating_sub(weight);
                    self.forget_log(age, &log);
                }
            } else if let Some((_, series)) = self.series_ages.pop_first()
                && let Some(known) = self.series.remove(&series)
            {
                self.forget_series(series, &known);
                self.stats.points.evicted += 1;
            }
        }
    }

    /// Removes everything, as if it had been evicted.
    pub(in crate::store) fn clear(&mut self) {
        self.evict_to(0);
        self.next_age += 1;
        self.cleared = self.next_age;
    }

    fn evict_trace(&mut self) {
        let Some((_, id)) = self.trace_ages.pop_first() else {
            return;
        };
        self.ids.remove(&id);
        if let Some(entry) = self.traces.remove(&id) {
            self.grown.remove(&entry.grown);
            self.gone = self.gone.max(entry.grown);
            self.used = self.used.saturating_sub(entry.weight);
            for span in &entry.spans {
                self.leave(span.origin().service_name());
            }
            self.stats.spans.evicted += entry.spans.len() as u64;
            for (age, log) in &entry.logs {
                self.forget_log(*age, log);
            }
        }
    }

    fn forget_log(&mut self, age: Age, log: &Log) {
        self.logs_by_time.remove(&(log.time_unix_nano(), age));
        self.leave(log.origin().service_name());
        self.stats.logs.evicted += 1;
    }

    /// Forgets the oldest requests until the rest weighs no more than this.
    pub(super) fn forget_requests(&mut self, weight: usize) {
        while self.requests.len() > REQUESTS || self.requests_weight > weight {
            let Some(received) = self.requests.pop_front() else {
                return;
            };
            let weight = received.heap();
            self.requests_weight = self.requests_weight.saturating_sub(weight);
            self.used = self.used.saturating_sub(weight);
        }
    }
}
