//! What is made once per process: instruments and names.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use opentelemetry::{
    InstrumentationScope, Key, KeyValue,
    metrics::{Counter, Histogram, Meter},
};
use otelier_core::{Providers, Source, SpanStarter, installed};

use super::series::AllSeries;
use crate::Quantity;

/// Why a span is linked: [`super::job`] has the values.
pub(super) const LINK_REASON: &str = "otelier.link.reason";

pub(super) const DEPTH: &str = "otelier.jobs.queue.depth";

static OF_THE_PROCESS: OnceLock<Arc<Telemetry>> = OnceLock::new();

pub(super) struct Telemetry {
    pub(super) providers: Providers,
    pub(super) spans: SpanStarter,
    pub(super) meter: Meter,
    pub(super) names: Names,
    pub(super) series: AllSeries,
    counters: Made<Counter<u64>>,
    histograms: Made<Histogram<f64>>,
}

/// The scope of all that is recorded here.
pub(super) fn scope() -> InstrumentationScope {
    otelier_core::scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
}

/// The instruments of a service's own throughput, by name.
type Made<I> = RwLock<HashMap<&'static str, I>>;

impl Telemetry {
    /// The telemetry of the current context, else of the process, or `None`
    /// while it is off.
    pub(super) fn current() -> Option<Arc<Self>> {
        Self::of(&Source::current())
    }

    /// The same for a source.
    pub(super) fn of(source: &Source) -> Option<Arc<Self>> {
        // Only tests put providers into a context; the SDK joins instruments
        // of the same name.
        let providers = source.providers()?;
        if installed().is_some_and(|installed| std::ptr::eq(installed, providers)) {
            let made = OF_THE_PROCESS.get_or_init(|| Arc::new(Self::new(providers.clone())));
            return Some(Arc::clone(made));
        }
        Some(Arc::new(Self::new(providers.clone())))
    }

    fn new(providers: Providers) -> Self {
        let scope = scope();
        let meter = providers.meter(scope.clone());
        let namespace = providers.conventions().namespace.as_deref();
        Self {
            spans: providers.span_starter(scope),
            names: Names::new(namespace.unwrap_or_default()),
            series: AllSeries::new(&meter),
            counters: Made::default(),
            histograms: Made::default(),
            meter,
            providers,
        }
    }

    pub(super) fn count(&self, what: Quantity, n: u64, labels: &[KeyValue]) {
        let make = |full| self.meter.u64_counter(full).with_unit(what.unit).build();
        self.own(&self.counters, what.name, make, |own| own.add(n, labels));
    }

    pub(super) fn measure(&self, what: Quantity, value: f64, labels: &[KeyValue]) {
        let make = |full| self.meter.f64_histogram(full).with_unit(what.unit).build();
        self.own(&self.histograms, what.name, make, |own| {
            own.record(value, labels);
        });
    }

    fn own<I>(
        &self,
        made: &Made<I>,
        name: &'static str,
        make: impl FnOnce(String) -> I,
        record: impl FnOnce(&I),
    ) {
        let known = made.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = known.get(name) {
            return record(own);
        }
        drop(known);
        let mut known = made.write().unwrap_or_else(PoisonError::into_inner);
        let own = known
            .entry(name)
            .or_insert_with(|| make(self.names.full(name)));
        record(own);
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("providers", &self.providers)
            .finish_non_exhaustive()
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
