//! The reader of metrics that is asked when somebody scrapes.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{
        InstrumentKind, ManualReader, Pipeline, Temporality, data::ResourceMetrics,
        reader::MetricReader,
    },
};
use otelier_core::edge;

use super::{accept::Format, encode::encode, shelf::Shelf, turns::Turns};
use crate::page::{Page, Unread};

/// Between two warnings of what is left out.
const PAUSE: Duration = Duration::from_secs(60);

/// The reader that the process's [`page`](crate::page()) asks.
static INSTALLED: OnceLock<Reader> = OnceLock::new();

pub(super) fn installed() -> Option<&'static Reader> {
    INSTALLED.get()
}

/// A reader of metrics, for an SDK's meter provider, which is asked for pages.
/// Cumulative, whatever an exporter beside it asks for. Cheap to clone.
///
/// ```
/// use opentelemetry::metrics::MeterProvider as _;
/// use opentelemetry_sdk::metrics::SdkMeterProvider;
/// use otelier_prometheus::Reader;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let reader = Reader::new();
/// let provider = SdkMeterProvider::builder().with_reader(reader.clone()).build();
/// provider.meter("bakery").u64_counter("cakes").build().add(2, &[]);
///
/// let page = reader.page("text/plain").await.unwrap();
/// let text = str::from_utf8(&page.body).unwrap();
/// assert!(text.contains("cakes_total{otel_scope_name=\"bakery\"} 2\n"));
/// # }
/// ```
#[derive(Clone)]
pub struct Reader(Arc<Inner>);

struct Inner {
    reader: ManualReader,
    has_ended: AtomicBool,
    shelf: Option<Arc<Mutex<Shelf>>>,
    warn: Option<fn(&str)>,
    warned: Mutex<Option<Instant>>,
    turns: Turns,
}

impl Reader {
    /// A reader without exemplars.
    #[must_use]
    pub fn new() -> Self {
        Self::with(None, None)
    }

    /// A reader that takes exemplars, if there are any, and tells what it has to
    /// leave out, at most once a minute.
    #[must_use]
    pub fn with(exemplars: Option<edge::Exemplars>, warn: Option<fn(&str)>) -> Self {
        let shelf = exemplars.map(|exemplars| Arc::new(Mutex::new(Shelf::new(exemplars))));
        Self(Arc::new(Inner {
            reader: ManualReader::builder().build(),
            has_ended: AtomicBool::new(false),
            shelf,
            warn,
            warned: Mutex::default(),
            turns: Turns::new(),
        }))
    }

    /// Its exemplars for the one exporter beside it, which gets each of them once. To be
    /// asked for before anything is recorded.
    #[must_use]
    pub fn share(&self) -> Option<Shared> {
        let shelf = self.0.shelf.as_ref()?;
        lock(shelf).share();
        Some(Shared(Arc::clone(shelf)))
    }

    /// Makes it the process's. The first one stays.
    pub fn install(&self) {
        INSTALLED.set(self.clone()).ok();
    }

    /// What is measured at this moment, in the form that an `Accept` header asks for.
    ///
    /// # Errors
    /// There is nothing to read any more, or too many read at this moment.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    ///
    /// # Cancellation
    /// Dropping the future does not stop a reading that has begun.
    pub async fn page(&self, accept: &str) -> Result<Page, Unread> {
        let format = Format::of(accept);
        let inner = Arc::clone(&self.0);
        self.0.turns.page(format, move || inner.read(format)).await
    }
}

impl Inner {
    fn read(&self, format: Format) -> Result<Page, Unread> {
        // What callbacks do is no part of what they tell.
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        let mut metrics = ResourceMetrics::default();
        let read = self.reader.collect(&mut metrics);
        // Where it has not ended, a callback panicked once, and left the SDK's locks so.
        read.map_err(|_| match self.has_ended.load(Relaxed) {
            true => Unread::Ended,
            false => Unread::Failed,
        })?;
        let mut shelf = self.shelf.as_deref().map(lock);
        if let Some(shelf) = &mut shelf {
            shelf.fill();
        }
        let written = encode(&metrics, shelf.as_deref_mut(), format);
        drop(shelf);
        if let Some(left_out) = written.left_out {
            self.warn(&left_out);
        }
        Ok(Page {
            content_type: format.content_type(),
            body: written.text.into(),
        })
    }

    fn warn(&self, left_out: &str) {
        let Some(warn) = self.warn else { return };
        let mut warned = lock(&self.warned);
        if warned.is_none_or(|last| last.elapsed() >= PAUSE) {
            *warned = Some(Instant::now());
            drop(warned);
            warn(left_out);
        }
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

otelier_core::shown!(Reader);

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.reader.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.reader.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.reader.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.has_ended.store(true, Relaxed);
        self.0.reader.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.reader.temporality(kind)
    }
}

/// The exemplars of a [`Reader`], for the exporter beside it.
///
/// See the example of [`Reader`].
#[derive(Clone)]
pub struct Shared(Arc<Mutex<Shelf>>);

impl Shared {
    /// As [`edge::Exemplars::take`], of which no scrape has any lost.
    pub fn take(&self, each: impl FnMut(&InstrumentationScope, &str, &[KeyValue], edge::Exemplar)) {
        lock(&self.0).take(each);
    }
}

otelier_core::shown!(Shared);

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
