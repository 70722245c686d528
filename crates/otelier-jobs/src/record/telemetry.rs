//! What is made once per process: instruments and names.

use std::sync::Arc;

use opentelemetry::{
    Key, KeyValue, StringValue,
    metrics::{Counter, Histogram},
};
use otelier_core::{
    Providers, Source,
    edge::{Known, Shared},
};

use super::{
    instruments::{Instruments, Recorder},
    series::Series,
};
use crate::quantity::Quantity;

/// Series beyond that are bound anew by each job.
const MAX_SERIES: usize = 1024;
/// Metrics of the service's own; a program has no more names than it says.
const MAX_OWN: usize = 1024;

static TELEMETRY: Shared<Telemetry> = Shared::new();

#[derive(Debug)]
pub(super) struct Telemetry {
    pub(super) recorder: Arc<Recorder>,
    pub(super) names: Names,
    /// By kind, queue and system.
    series: Known<[StringValue; 3], Series>,
    counters: Known<&'static str, Counter<u64>>,
    histograms: Known<&'static str, Histogram<f64>>,
}

impl Telemetry {
    /// The telemetry of the current context, else of the process, or `None`
    /// while it is off.
    pub(super) fn current() -> Option<Arc<Self>> {
        TELEMETRY.current(Self::new)
    }

    /// The same for a source.
    pub(super) fn of(source: &Source) -> Option<Arc<Self>> {
        TELEMETRY.of(source, Self::new)
    }

    fn new(providers: &Providers) -> Self {
        let namespace = providers.conventions().namespace.as_deref();
        Self {
            recorder: Recorder::of(providers),
            names: Names::new(namespace.unwrap_or_default()),
            series: Known::new(MAX_SERIES),
            counters: Known::new(MAX_OWN),
            histograms: Known::new(MAX_OWN),
        }
    }

    /// What is known of jobs of a kind, queue and system.
    pub(super) fn series(&self, key: &[StringValue; 3]) -> Arc<Series> {
        let make = || Series::new(Arc::clone(&self.recorder), key);
        self.series.get(key, make)
    }

    pub(super) fn count(&self, what: Quantity, n: u64, labels: &[KeyValue]) {
        let Quantity { name, unit } = what;
        let Instruments { meter, .. } = &self.recorder.instruments;
        let make = || meter.u64_counter(self.names.full(name)).with_unit(unit);
        let own = self.counters.get(&name, || make().build());
        own.add(n, labels);
    }

    pub(super) fn measure(&self, what: Quantity, value: f64, labels: &[KeyValue]) {
        let Quantity { name, unit } = what;
        let Instruments { meter, .. } = &self.recorder.instruments;
        let make = || meter.f64_histogram(self.names.full(name)).with_unit(unit);
        let own = self.histograms.get(&name, || make().build());
        own.record(value, labels);
    }
}

/// Names under the namespace of the service.
#[derive(Clone, Debug)]
pub(super) struct Names {
    namespace: Box<str>,
    pub(super) id: Key,
    pub(super) kind: Key,
    pub(super) attempt: Key,
    pub(super) wait: Key,
}

impl Names {
    pub(super) fn new(namespace: &str) -> Self {
        let namespace = namespace.trim_matches('.');
        let key = |name| Key::from(Arc::<str>::from(join(namespace, name)));
        Self {
            id: key("job.id"),
            kind: key("job.kind"),
            attempt: key("job.attempt"),
            wait: key("job.wait"),
            namespace: namespace.into(),
        }
    }

    pub(super) fn full(&self, name: &str) -> String {
        join(&self.namespace, name)
    }
}

fn join(namespace: &str, name: &str) -> String {
    if namespace.is_empty() {
        name.to_owned()
    } else {
        [namespace, name].join(".")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use opentelemetry::Context;
    use otelier_core::edge::{Clock, Span};

    use super::*;

    #[test]
    fn a_kind_is_kept_and_kinds_without_end_are_counted_all_the_same() {
        let captured = otelier_testing::capture();
        let telemetry = Telemetry::new(captured.providers());
        let get = |kind: String| telemetry.series(&[kind.into(), "ovens".into(), "jobs".into()]);
        let span = Span::none(Context::new(), Clock::now());
        let bake = || get("bake".to_owned());
        assert!(Arc::ptr_eq(&bake(), &bake()));

        for kind in (0..MAX_SERIES + 10).chain(0..MAX_SERIES + 10) {
            let series = get(kind.to_string());
            series.started(Some(1.0), &span);
            series.ended("ok", None, (Duration::ZERO, &span));
        }
        assert_eq!(telemetry.series.len(), MAX_SERIES);
        let jobs = 2 * (MAX_SERIES + 10);
        assert_eq!(captured.metric("otelier.jobs.ended").total(), jobs as f64);
        assert_eq!(captured.metric("otelier.jobs.active").total(), 0.0);
        for histogram in ["otelier.jobs.wait", "messaging.process.duration"] {
            assert_eq!(captured.metric(histogram).count(), jobs as u64);
        }
    }
}
