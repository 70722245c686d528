//! Where instrumentations record to: the process's providers, or a test's own.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::SystemTime,
};

use opentelemetry::{
    Context, InstrumentationScope,
    global::BoxedTracer,
    logs::LoggerProvider,
    metrics::{Meter, MeterProvider, noop::NoopMeterProvider},
    trace::{
        Span, SpanBuilder, Status, TraceContextExt as _, Tracer, TracerProvider,
        noop::NoopTracerProvider,
    },
};

use crate::{
    ContentCapture, Propagation, context,
    event::{Events, Loggers},
    exemplars::{Exemplars, Sampled},
};

static INSTALLED: OnceLock<Providers> = OnceLock::new();
static STAYS_OFF: AtomicBool = AtomicBool::new(false);

/// The tracer and meter providers that instrumentations record to, and how
/// they are to record. Cheap to clone.
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

/// What the environment says about the attributes of instrumentations.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Conventions {
    /// Adds the old HTTP attribute names beside the stable ones
    /// (`OTEL_SEMCONV_STABILITY_OPT_IN=http/dup`).
    pub old_http_names: bool,
    /// Adds the old names of database metrics beside the present ones
    /// (`OTEL_SEMCONV_STABILITY_OPT_IN=database/dup`).
    pub old_database_names: bool,
    /// Adds the old names of remote procedure calls beside the stable ones
    /// (`OTEL_SEMCONV_STABILITY_OPT_IN=rpc/dup`).
    pub old_rpc_names: bool,
    /// Adds the metrics of calls to language models as they were named before the
    /// conventions had a version of their own
    /// (`OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai/dup`).
    pub old_gen_ai_names: bool,
    /// Records what was asked of language models, and what they answered
    /// (`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`).
    pub gen_ai_content: ContentCapture,
    /// Replaces the known request methods
    /// (`OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`).
    pub known_methods: Option<Vec<String>>,
    /// Replaces the paths whose requests leave no span
    /// (`OTELIER_HTTP_EXCLUDED_URLS`); a `*` at the end stands for any rest.
    pub excluded_paths: Option<Vec<String>>,
    /// Names the only paths whose requests leave a span
    /// (`OTELIER_HTTP_INCLUDED_URLS`); what is excluded leaves none all the same.
    pub included_paths: Option<Vec<String>>,
    /// Has a line logged for each request that is over
    /// (`OTELIER_ACCESS_LOG`).
    pub access_log: bool,
    /// What the names of a service's own attributes start with: `lettuce`
    /// makes `lettuce.job.id`. The namespace of the service, or its name.
    pub namespace: Option<String>,
    /// Where [durations](crate::edge::Durations) keep the traces that they were
    /// measured in, if they do (`OTEL_METRICS_EXEMPLAR_FILTER`).
    pub exemplars: Option<Exemplars>,
}

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
    /// A [`Source`] of these has no [`providers`](Source::providers).
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
        SpanStarter(self.inner.tracers.starter(scope))
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
    #[must_use]
    pub fn propagation(&self) -> &Propagation {
        &self.inner.propagation
    }

    /// How attributes are named.
    #[must_use]
    pub fn conventions(&self) -> &Conventions {
        &self.inner.conventions
    }

    /// Returns `cx` with these providers in it: every [`Source`] taken while it
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

/// Starts spans where they are to end: in a context.
///
/// # Cost
/// One allocation less than a [`BoxedTracer`], whose spans a context boxes again.
pub struct SpanStarter(Box<dyn Start>);

impl SpanStarter {
    /// Starts a span below `parent`, and returns the context that holds it.
    #[must_use]
    pub fn start(&self, span: SpanBuilder, parent: &Context) -> Context {
        self.0.start(span, parent)
    }

    /// Records a span below `parent` that is over already, as nobody had to know of it while it
    /// lasted. The request whose entries it gets is the one that `parent`
    /// [carries](context::carried), whoever is served meanwhile. Returns it for what
    /// was measured in it, if it is sampled.
    ///
    /// # Cost
    /// The span is never boxed.
    #[expect(
        clippy::must_use_candidate,
        reason = "not everything that ends was measured"
    )]
    pub fn record(
        &self,
        span: SpanBuilder,
        parent: &Context,
        status: Status,
        ended: SystemTime,
    ) -> Option<Sampled> {
        self.0.record(span, parent, status, ended)
    }
}

impl fmt::Debug for SpanStarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanStarter").finish_non_exhaustive()
    }
}

trait Start: Send + Sync {
    fn start(&self, span: SpanBuilder, parent: &Context) -> Context;
    fn record(
        &self,
        span: SpanBuilder,
        parent: &Context,
        status: Status,
        ended: SystemTime,
    ) -> Option<Sampled>;
}

impl<T> Start for T
where
    T: Tracer + Send + Sync,
    T::Span: Span + Send + Sync + 'static,
{
    fn start(&self, span: SpanBuilder, parent: &Context) -> Context {
        parent.with_span(self.build_with_context(span, parent))
    }

    fn record(
        &self,
        span: SpanBuilder,
        parent: &Context,
        status: Status,
        ended: SystemTime,
    ) -> Option<Sampled> {
        let started = span.start_time.unwrap_or(ended);
        let mut span = context::apart(|| self.build_with_context(span, parent));
        if !matches!(status, Status::Unset) {
            span.set_status(status);
        }
        span.end_with_timestamp(ended);
        Sampled::of(span.span_context(), started)
    }
}

trait Tracers: Send + Sync {
    fn boxed(&self, scope: InstrumentationScope) -> BoxedTracer;
    fn starter(&self, scope: InstrumentationScope) -> Box<dyn Start>;
}

impl<P> Tracers for P
where
    P: TracerProvider + Send + Sync,
    P::Tracer: Send + Sync + 'static,
    <P::Tracer as Tracer>::Span: Send + Sync + 'static,
{
    fn boxed(&self, scope: InstrumentationScope) -> BoxedTracer {
        BoxedTracer::new(Box::new(self.tracer_with_scope(scope)))
    }

    fn starter(&self, scope: InstrumentationScope) -> Box<dyn Start> {
        Box::new(self.tracer_with_scope(scope))
    }
}

/// Which providers an instrumentation records to. Taken when a layer, pool or
/// client is made, asked on every request.
///
/// # Cost
/// [`Source::providers`] is one atomic load and a branch.
#[derive(Clone, Debug, Default)]
pub struct Source(Option<Providers>);

impl Source {
    /// The providers that the current context carries, else the process's,
    /// which may also be installed later.
    #[must_use]
    pub fn current() -> Self {
        Self(Context::map_current(|cx| cx.get::<Providers>().cloned()))
    }

    /// The providers to record to, or `None` while telemetry is off.
    #[must_use]
    #[inline]
    pub fn providers(&self) -> Option<&Providers> {
        self.any().filter(|providers| !providers.passes_only)
    }

    /// How context of others passes through while telemetry is off, `None` where
    /// it does not, and while it is on.
    #[must_use]
    #[inline]
    pub fn passing(&self) -> Option<&Propagation> {
        let providers = self.any().filter(|providers| providers.passes_only)?;
        Some(providers.propagation())
    }

    /// Whether nothing is recorded and nothing passes through for now.
    #[must_use]
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.any().is_none()
    }

    /// Whether nothing is recorded and nothing passes through, now and later: no
    /// providers are installed, and [`stay_off`] said that none will be.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.is_idle() && STAYS_OFF.load(Relaxed)
    }

    #[inline]
    fn any(&self) -> Option<&Providers> {
        self.0.as_ref().or_else(|| INSTALLED.get())
    }
}

/// The process has providers already; they stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadyInstalled;

impl fmt::Display for AlreadyInstalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("telemetry providers are already installed")
    }
}

impl std::error::Error for AlreadyInstalled {}

/// Turns telemetry on for the whole process, once, or has context pass through
/// it.
///
/// # Errors
/// [`AlreadyInstalled`] if it is on; nothing changes then.
pub fn install(providers: Providers) -> Result<(), AlreadyInstalled> {
    INSTALLED.set(providers).map_err(|_| AlreadyInstalled)?;
    let waiting = std::mem::take(&mut *waiting());
    if let Some(providers) = installed() {
        waiting.into_iter().for_each(|act| act(providers));
    }
    Ok(())
}

/// Calls `act` with the providers of the process as soon as there are any, which
/// may be at once or never: for what is observed without being called.
pub fn when_installed(act: impl FnOnce(&Providers) + Send + 'static) {
    let mut waiting = waiting();
    // Asked under the lock: whoever installs takes the list after that.
    match INSTALLED.get() {
        None => waiting.push(Box::new(act)),
        Some(_) => {
            drop(waiting);
            if let Some(providers) = installed() {
                act(providers);
            }
        }
    }
}

type Act = Box<dyn FnOnce(&Providers) + Send>;

fn waiting() -> MutexGuard<'static, Vec<Act>> {
    static WAITING: Mutex<Vec<Act>> = Mutex::new(Vec::new());
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells that the process was asked, and will install nothing: what is made from
/// here on need not wait for providers, see [`Source::is_off`].
pub fn stay_off() {
    STAYS_OFF.store(true, Relaxed);
}

/// The providers of the process, or `None` while telemetry is off.
#[must_use]
pub fn installed() -> Option<&'static Providers> {
    INSTALLED.get().filter(|providers| !providers.passes_only)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
    use opentelemetry_sdk::{
        metrics::SdkMeterProvider,
        trace::{InMemorySpanExporter, SdkTracerProvider},
    };

    use super::*;

    #[test]
    fn a_source_is_off_only_where_nothing_will_be_installed() {
        let providers = || {
            Providers::new(
                NoopTracerProvider::new(),
                NoopMeterProvider::new(),
                Propagation::none(),
                Conventions::default(),
            )
        };
        let mut sources = vec![Source::default(), Source(Some(providers()))];
        sources.push(Source(Some(Providers::passing(Propagation::none()))));
        let are_off = || Vec::from_iter(sources.iter().map(Source::is_off));
        assert_eq!(are_off(), [false; 3]);
        stay_off();
        assert_eq!(are_off(), [true, false, false]);
    }

    #[test]
    fn what_is_made_once_may_be_made_of_another() {
        let providers = Providers::passing(Propagation::none());
        let shared = crate::edge::Shared::<u8>::new();
        let source = Source(Some(providers.clone()));
        let make = |providers: &Providers| 1 + *providers.once(|_| 1_u16) as u8;
        assert_eq!(shared.of(&source, make), None, "these pass only");
        let made = [providers.once(make), providers.once(|_| 9)];
        assert_eq!(made.map(|made| *made), [2, 2]);
    }

    #[test]
    fn what_is_recorded_when_it_is_over_says_when_it_was_and_below_what() {
        let exporter = InMemorySpanExporter::default();
        let tracers = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let providers = Providers::new(
            tracers,
            SdkMeterProvider::default(),
            Propagation::none(),
            Conventions::default(),
        );
        let starter = providers.span_starter(InstrumentationScope::builder("test").build());
        let state = TraceState::from_key_value([("shop", "7")]).unwrap();
        let above = SpanContext::new(
            TraceId::from(1),
            SpanId::from(2),
            TraceFlags::SAMPLED,
            true,
            state.clone(),
        );
        let parent = Context::new().with_remote_span_context(above);
        let started = SystemTime::UNIX_EPOCH + Duration::from_secs(60);
        let ended = started + Duration::from_secs(1);
        for status in [Status::Unset, Status::error("")] {
            let span = SpanBuilder::from_name("over").with_start_time(started);
            starter.record(span, &parent, status, ended);
        }

        let spans = exporter.get_finished_spans().unwrap();
        let statuses: Vec<_> = spans.iter().map(|span| span.status.clone()).collect();
        assert_eq!(statuses, [Status::Unset, Status::error("")]);
        for span in spans {
            assert_eq!((span.start_time, span.end_time), (started, ended));
            assert_eq!(span.span_context.trace_id(), TraceId::from(1));
            assert_eq!(span.parent_span_id, SpanId::from(2));
            assert!(span.parent_span_is_remote);
            assert_eq!(span.span_context.trace_state(), &state);
        }
    }
}
