//! Where instrumentations record to: the process's providers, or a test's own.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use opentelemetry::{
    Context, InstrumentationScope,
    global::{BoxedTracer, ObjectSafeTracerProvider},
    metrics::{Meter, MeterProvider},
};

use crate::Propagation;

static INSTALLED: OnceLock<Providers> = OnceLock::new();

/// The tracer and meter providers that instrumentations record to, and how
/// they are to record. Cheap to clone.
#[derive(Clone)]
pub struct Providers(Arc<Inner>);

struct Inner {
    tracers: Box<dyn ObjectSafeTracerProvider + Send + Sync>,
    meters: Box<dyn MeterProvider + Send + Sync>,
    propagation: Propagation,
    conventions: Conventions,
}

/// What the environment says about the attributes of instrumentations.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Conventions {
    /// Adds the old HTTP attribute names beside the stable ones
    /// (`OTEL_SEMCONV_STABILITY_OPT_IN=http/dup`).
    pub old_http_names: bool,
    /// Replaces the known request methods
    /// (`OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`).
    pub known_methods: Option<Vec<String>>,
}

impl Providers {
    /// Joins the providers of the two signals that instrumentations make.
    pub fn new(
        tracers: impl ObjectSafeTracerProvider + Send + Sync + 'static,
        meters: impl MeterProvider + Send + Sync + 'static,
        propagation: Propagation,
        conventions: Conventions,
    ) -> Self {
        Self(Arc::new(Inner {
            tracers: Box::new(tracers),
            meters: Box::new(meters),
            propagation,
            conventions,
        }))
    }

    /// Makes a tracer for one instrumentation.
    #[must_use]
    pub fn tracer(&self, scope: InstrumentationScope) -> BoxedTracer {
        BoxedTracer::new(self.0.tracers.boxed_tracer(scope))
    }

    /// Makes a meter for one instrumentation.
    #[must_use]
    pub fn meter(&self, scope: InstrumentationScope) -> Meter {
        self.0.meters.meter_with_scope(scope)
    }

    /// How context enters and leaves the process.
    #[must_use]
    pub fn propagation(&self) -> &Propagation {
        &self.0.propagation
    }

    /// How attributes are named.
    #[must_use]
    pub fn conventions(&self) -> &Conventions {
        &self.0.conventions
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
            .field("propagation", &self.0.propagation)
            .field("conventions", &self.0.conventions)
            .finish_non_exhaustive()
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

/// Turns telemetry on for the whole process, once.
///
/// # Errors
/// [`AlreadyInstalled`] if it is on; nothing changes then.
pub fn install(providers: Providers) -> Result<(), AlreadyInstalled> {
    INSTALLED.set(providers).map_err(|_| AlreadyInstalled)
}

/// The providers of the process, or `None` while telemetry is off.
#[must_use]
pub fn installed() -> Option<&'static Providers> {
    INSTALLED.get()
}
