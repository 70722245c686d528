//! The providers of the signals that instrumentations make.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use opentelemetry::{
    Context, InstrumentationScope,
    global::BoxedTracer,
    logs::LoggerProvider,
    metrics::{Meter, MeterProvider, noop::NoopMeterProvider},
    trace::{Tracer, TracerProvider, noop::NoopTracerProvider},
};

use crate::{
    Conventions, Propagation,
    event::{Events, Loggers},
    starter::{SpanStarter, Tracers},
};

/// The tracer and meter providers that instrumentations record to, and how
/// they are to record. Cheap to clone.
///
/// ```
/// use opentelemetry::{
///     Context,
///     metrics::noop::NoopMeterProvider,
///     trace::noop::NoopTracerProvider,
/// };
/// use otelier_core::{Conventions, Propagation, Providers, Source, install, scope};
///
/// let mut conventions = Conventions::default();
/// conventions.old_http_names = true;
/// let providers = Providers::new(
///     NoopTracerProvider::new(),
///     NoopMeterProvider::new(),
///     Propagation::none().with_trace_context(),
///     conventions,
/// );
///
/// // A test's own: for what is made while the context is current.
/// let _attached = providers.capture_in(&Context::current()).attach();
/// let source = Source::current();
/// assert!(source.providers().is_some_and(|providers| providers.conventions().old_http_names));
/// let starter = providers.span_starter(scope("bakery", "1.0.0"));
///
/// // The process's own: once.
/// install(providers).unwrap();
/// # drop(starter);
/// ```
#[derive(Clone)]
pub struct Providers {
    inner: Arc<Inner>,
    loggers: Option<Arc<dyn Loggers>>,
    parent_based: bool,
    passes_only: bool,
}

struct Inner {
    tracers: Box<dyn Tracers>,
    meters: Box<dyn MeterProvider + Send + Sync>,
    propagation: Propagation,
    conventions: Conventions,
    once: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    ends: Mutex<Vec<End>>,
}

type End = Arc<dyn Fn() + Send + Sync>;

impl Providers {
    /// Joins the providers of the two signals that instrumentations make.
    pub fn new<P>(
        tracers: P,
        meters: impl MeterProvider + Send + Sync + 'static,
        propagation: Propagation,
        conventions: Conventions,
    ) -> Self
    where
        P: TracerProvider + Send + Sync + 'static,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        Self {
            inner: Arc::new(Inner {
                tracers: Box::new(tracers),
                meters: Box::new(meters),
                propagation,
                conventions,
                once: Mutex::default(),
                ends: Mutex::default(),
            }),
            loggers: None,
            parent_based: false,
            passes_only: false,
        }
    }

    /// Providers of a process that records nothing, but through which context
    /// of others passes: it is disabled, or has nowhere to export to, and was
    /// told how context travels.
    ///
    /// A [`Source`](crate::Source) of these has no [`providers`](crate::Source::providers).
    #[must_use]
    pub fn passing(propagation: Propagation) -> Self {
        let providers = Self::new(
            NoopTracerProvider::new(),
            NoopMeterProvider::new(),
            propagation,
            Conventions::default(),
        );
        Self {
            passes_only: true,
            ..providers
        }
    }

    /// Whether they record nothing, see [`passing`](Self::passing).
    #[must_use]
    #[inline]
    pub fn is_passing(&self) -> bool {
        self.passes_only
    }

    /// Tells that the sampler drops every span whose parent is not sampled, so
    /// that instrumentations need not ask it.
    #[must_use]
    pub fn with_parent_based_sampling(mut self) -> Self {
        self.parent_based = true;
        self
    }

    /// Adds the loggers that the events of instrumentations go to.
    #[must_use]
    pub fn with_loggers<P>(mut self, loggers: P) -> Self
    where
        P: LoggerProvider + Send + Sync + 'static,
        P::Logger: Send + Sync + 'static,
    {
        self.loggers = Some(Arc::new(loggers));
        self
    }

    /// What emits the events of one instrumentation, `None` where no log records are
    /// recorded.
    #[must_use]
    pub fn events(&self, scope: InstrumentationScope) -> Option<Events> {
        let loggers = self.loggers.as_ref()?;
        Some(loggers.events(scope))
    }

    /// Whether every span whose parent is not sampled is dropped.
    #[must_use]
    pub fn is_parent_based(&self) -> bool {
        self.parent_based
    }

    /// Makes what starts the spans of one instrumentation, at less cost than
    /// [`tracer`](Self::tracer).
    #[must_use]
    pub fn span_starter(&self, scope: InstrumentationScope) -> SpanStarter {
        self.inner.tracers.starter(scope)
    }

    /// Makes a tracer for one instrumentation.
    #[must_use]
    pub fn tracer(&self, scope: InstrumentationScope) -> BoxedTracer {
        self.inner.tracers.boxed(scope)
    }

    /// Makes a meter for one instrumentation.
    #[must_use]
    pub fn meter(&self, scope: InstrumentationScope) -> Meter {
        self.inner.meters.meter_with_scope(scope)
    }

    /// What an instrumentation makes once for all its objects, such as the
    /// instruments that observe them: each type is made at the first call.
    ///
    /// `make` may ask for another type.
    pub fn once<T: Any + Send + Sync>(&self, make: impl FnOnce(&Self) -> T) -> Arc<T> {
        let known = self.cell::<T>();
        Arc::clone(known.get_or_init(|| Arc::new(make(self))))
    }

    fn cell<T: Any + Send + Sync>(&self) -> Arc<OnceLock<Arc<T>>> {
        let once = self.inner.once.lock();
        let mut once = once.unwrap_or_else(PoisonError::into_inner);
        let key = TypeId::of::<T>();
        let known = once.get(&key).map(Arc::clone).map(Arc::downcast);
        if let Some(Ok(known)) = known {
            return known;
        }
        let cell = Arc::default();
        once.insert(key, Arc::clone(&cell) as _);
        cell
    }

    /// Calls `act` before the last is sent, at [`end`](Self::end): for what is
    /// still under way then, and would not be told of. Not to be called again for
    /// each object: what was added stays.
    pub fn at_end(&self, act: impl Fn() + Send + Sync + 'static) {
        self.ends().push(Arc::new(act));
    }

    /// Tells that the last is about to be sent.
    pub fn end(&self) {
        let ends = self.ends().clone();
        ends.iter().for_each(|act| act());
    }

    fn ends(&self) -> MutexGuard<'_, Vec<End>> {
        let ends = self.inner.ends.lock();
        ends.unwrap_or_else(PoisonError::into_inner)
    }

    /// How context enters and leaves the process.
    pub fn propagation(&self) -> &Propagation {
        &self.inner.propagation
    }

    /// How attributes are named.
    #[must_use]
    pub fn conventions(&self) -> &Conventions {
        &self.inner.conventions
    }

    /// Returns `cx` with these providers in it: every [`Source`](crate::Source) taken while it
    /// is current records to them, whatever the process has installed.
    #[must_use]
    pub fn capture_in(&self, cx: &Context) -> Context {
        cx.with_value(self.clone())
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Providers")
            .field("propagation", &self.inner.propagation)
            .field("conventions", &self.inner.conventions)
            .finish_non_exhaustive()
    }
}
