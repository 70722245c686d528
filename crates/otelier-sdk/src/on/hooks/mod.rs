//! What code adds to the SDK: processors, readers, a sampler, views, detectors.

mod theirs;

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use opentelemetry::KeyValue;
use opentelemetry_sdk::{
    logs::LogProcessor,
    metrics::{Instrument, Stream, reader::MetricReader},
    resource::ResourceDetector,
    trace::{Sampler, ShouldSample, SpanProcessor},
};

use self::theirs::panicked;
pub(crate) use self::theirs::{Enrich, Sample, Theirs};
use super::notice;

/// Says which stream an instrument becomes.
pub(crate) type View = Arc<Theirs<dyn Fn(&Instrument) -> Option<Stream> + Send + Sync>>;

/// What a program adds to the SDK that telemetry is made with.
///
/// Nothing of it runs while telemetry is off. What panics loses its own part
/// alone and is told of, once a minute at most; what blocks in a flush or in the
/// shutdown is given a quarter of the bound. What blocks when a span ends or a
/// record is made blocks the program.
///
/// Processors and readers see values before secrets are taken out of them.
///
/// ```
/// use otelier_sdk::{Hooks, Setup, opentelemetry_sdk::trace::Sampler};
///
/// let hooks = Hooks::new().with_sampler(Sampler::TraceIdRatioBased(0.1));
/// let setup = Setup::new("shop", "1.2.0").with_hooks(hooks);
/// # drop(setup);
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Hooks(Arc<Mutex<Added>>);

#[derive(Default)]
pub(crate) struct Added {
    spans: Vec<Box<dyn SpanProcessor>>,
    logs: Vec<Box<dyn LogProcessor>>,
    readers: Vec<Box<dyn MetricReader>>,
    sampler: Option<Arc<dyn ShouldSample>>,
    pub(crate) views: Vec<View>,
    detectors: Vec<Box<dyn ResourceDetector + Send>>,
}

impl Hooks {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a processor of spans, behind ours: what is exported does not depend
    /// on it, but for what it sets on a span that starts.
    pub fn with_span_processor(self, processor: impl SpanProcessor + 'static) -> Self {
        self.add(|added| added.spans.push(Box::new(processor)))
    }

    /// Adds a processor of log records, before ours: what it adds to a record is
    /// exported.
    pub fn with_log_processor(self, processor: impl LogProcessor + 'static) -> Self {
        self.add(|added| added.logs.push(Box::new(processor)))
    }

    /// Adds a reader of metrics, beside ours.
    pub fn with_metric_reader(self, reader: impl MetricReader) -> Self {
        self.add(|added| added.readers.push(Box::new(reader)))
    }

    /// Decides which spans are kept. `OTEL_TRACES_SAMPLER` wins. It is asked for
    /// each span, also for those with a parent.
    pub fn with_sampler(self, sampler: impl ShouldSample + 'static) -> Self {
        self.add(|added| added.sampler = Some(Arc::new(sampler)))
    }

    /// Adds a view of instruments. What it gives a stream for has that of
    /// `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION` no more.
    pub fn with_view(
        self,
        view: impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static,
    ) -> Self {
        let theirs = Theirs::new("view", Arc::new(view) as Arc<_>, Duration::ZERO);
        self.add(|added| added.views.push(Arc::new(theirs)))
    }

    /// Adds attributes to the resource, above what we detect and below what code
    /// and variables name.
    pub fn with_detector(self, detector: impl ResourceDetector + Send + 'static) -> Self {
        self.add(|added| added.detectors.push(Box::new(detector)))
    }

    fn add(self, add: impl FnOnce(&mut Added)) -> Self {
        add(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
        self
    }

    /// What was added, for the start that comes first.
    pub(crate) fn take(&self) -> Added {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Added {
    pub(crate) fn spans(&mut self, bound: Duration) -> Vec<Theirs<dyn SpanProcessor>> {
        let spans = mem::take(&mut self.spans).into_iter();
        spans
            .map(|it| Theirs::new("span processor", it.into(), bound / 4))
            .collect()
    }

    pub(crate) fn logs(&mut self, bound: Duration) -> Vec<Theirs<dyn LogProcessor>> {
        let logs = mem::take(&mut self.logs).into_iter();
        logs.map(|it| Theirs::new("log processor", it.into(), bound / 4))
            .collect()
    }

    pub(crate) fn readers(&mut self, bound: Duration) -> Vec<Theirs<dyn MetricReader>> {
        let readers = mem::take(&mut self.readers).into_iter();
        readers
            .map(|it| Theirs::new("metric reader", it.into(), bound / 4))
            .collect()
    }

    /// Theirs, and `otherwise` where it panics.
    pub(crate) fn sampler(&self, otherwise: &Sampler) -> Option<Sample> {
        let sampler = Arc::clone(self.sampler.as_ref()?);
        let theirs = Theirs::new("sampler", sampler, Duration::ZERO);
        Some(Sample::new(theirs, otherwise.clone()))
    }

    pub(crate) fn detect(&self) -> Vec<KeyValue> {
        let found = self.detectors.iter().filter_map(|detector| {
            let found = catch_unwind(AssertUnwindSafe(|| detector.detect()));
            if found.is_err() {
                notice::warn(format_args!("{}", panicked("resource detector")));
            }
            found.ok()
        });
        let pairs = found.flat_map(|resource| {
            let pairs = resource.iter();
            let pairs = pairs.map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
            pairs.collect::<Vec<_>>()
        });
        pairs.collect()
    }
}

/// What one of their views makes of an instrument.
pub(crate) fn viewed(view: &View, instrument: &Instrument) -> Option<Stream> {
    view.call(|view| view(instrument)).flatten()
}

otelier_core::shown!(Hooks);
