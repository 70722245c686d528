//! The guard that a test holds.

use std::{
    future::{Future, poll_fn},
    task::Poll,
};

use opentelemetry::{
    Context, ContextGuard,
    context::{FutureExt as _, WithContext},
    trace::TracerProvider as _,
};
use opentelemetry_sdk::{
    Resource,
    logs::SdkLoggerProvider,
    trace::{Sampler, SdkTracerProvider, SpanLimits},
};
use otelier_core::{Conventions, Propagation, Providers, span_layer};
use tracing::{
    Dispatch, dispatcher,
    instrument::{WithDispatch, WithSubscriber as _},
    level_filters::LevelFilter,
    subscriber::DefaultGuard,
};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::{
    Log, Metric, MetricsSummary, Span, Tree,
    ids::Ids,
    metrics::Meters,
    sinks::{EventLayer, LogSink, SpanSink},
    store::Store,
};

/// A future that records to a capture, wherever it is polled.
pub type Scope<F> = WithDispatch<WithContext<F>>;

/// Captures the telemetry of the current thread until the value is dropped.
///
/// Every span is sampled unless its parent was not, and instrumentations know
/// that, as they do in a service that is set up by the environment; W3C Trace Context is
/// propagated, and attributes follow the stable conventions;
/// [`capture_with`] chooses otherwise.
#[must_use = "telemetry is captured while the value lives"]
pub fn capture() -> Telemetry {
    capture_with(
        Propagation::none().with_trace_context(),
        Conventions::default(),
    )
}

/// Captures like [`capture`], with other propagation or attribute names.
#[must_use = "telemetry is captured while the value lives"]
pub fn capture_with(propagation: Propagation, conventions: Conventions) -> Telemetry {
    let store = Store::default();
    // Everything is set by hand: the SDK's defaults read the environment.
    let tracers = SdkTracerProvider::builder()
        .with_id_generator(Ids::default())
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_span_limits(SpanLimits::default())
        .with_resource(Resource::builder_empty().build())
        .with_span_processor(SpanSink(store.clone()))
        .build();
    let loggers = SdkLoggerProvider::builder()
        .with_resource(Resource::builder_empty().build())
        .with_log_processor(LogSink(store.clone()))
        .build();
    let meters = Meters::new();

    // True of the sampler above; without it tests would not walk the way of an
    // unsampled caller that services do.
    let providers = Providers::new(tracers.clone(), meters.provider(), propagation, conventions)
        .with_parent_based_sampling()
        .with_loggers(loggers.clone());
    let context = providers.capture_in(&Context::new());
    let dispatch = Dispatch::new(
        tracing_subscriber::registry()
            .with(LevelFilter::INFO)
            .with(span_layer(tracers.tracer("tracing")))
            .with(EventLayer(store.clone())),
    );

    Telemetry {
        _subscriber: dispatcher::set_default(&dispatch),
        _attached: context.clone().attach(),
        dispatch,
        context,
        providers,
        tracers,
        meters,
        loggers,
        store,
    }
}

/// What a test recorded so far, and the guard that makes it record here.
///
/// Captures nest: dropping the inner one makes the outer one current again.
///
/// ```
/// let telemetry = otelier_testing::capture();
/// tracing::info_span!("bake").in_scope(|| tracing::info!(loaves = 3, "oven is hot"));
///
/// let span = telemetry.span("bake");
/// let logs = telemetry.logs();
/// assert_eq!(logs[0].span_id, Some(span.span_id));
/// ```
#[derive(Debug)]
pub struct Telemetry {
    _subscriber: DefaultGuard,
    _attached: ContextGuard,
    dispatch: Dispatch,
    context: Context,
    providers: Providers,
    tracers: SdkTracerProvider,
    meters: Meters,
    loggers: SdkLoggerProvider,
    store: Store,
}

impl Telemetry {
    /// Makes a future record here, whichever thread polls it.
    pub fn scope<F: Future>(&self, future: F) -> Scope<F> {
        future
            .with_context(self.context.clone())
            .with_subscriber(self.dispatch.clone())
    }

    /// Waits until at least `count` spans have ended.
    ///
    /// A client may see the end of a response before the server's span ends.
    ///
    /// # Cancellation
    /// Safe: nothing is lost. There is no time limit; put one around it where a
    /// test might hang.
    pub async fn ended(&self, count: usize) -> Vec<Span> {
        poll_fn(|cx| {
            if self.store.ended_at_least(count, cx.waker()) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        self.spans()
    }

    /// The spans that have ended, in the order of their start.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.store.spans()
    }

    /// The first span of this name.
    ///
    /// # Panics
    /// If there is none; the message draws what there is.
    #[track_caller]
    #[must_use]
    #[expect(clippy::panic, reason = "an assertion of the calling test")]
    pub fn span(&self, name: &str) -> Span {
        match self.spans().into_iter().find(|span| span.name == name) {
            Some(span) => span,
            None => panic!("no span is called {name:?}; captured:\n{}", self.tree()),
        }
    }

    /// The log records, in the order of their emission.
    #[must_use]
    pub fn logs(&self) -> Vec<Log> {
        self.store.logs()
    }

    /// The metrics as they stand, cumulative, in the order of their names.
    #[must_use]
    pub fn metrics(&self) -> Vec<Metric> {
        self.meters.collect()
    }

    /// The metric of this name.
    ///
    /// # Panics
    /// If there is none; the message lists what there is.
    #[track_caller]
    #[must_use]
    #[expect(clippy::panic, reason = "an assertion of the calling test")]
    pub fn metric(&self, name: &str) -> Metric {
        match self
            .metrics()
            .into_iter()
            .find(|metric| metric.name == name)
        {
            Some(metric) => metric,
            None => panic!(
                "no metric is called {name:?}; captured:\n{}",
                self.metrics_summary()
            ),
        }
    }

    /// Draws spans and logs, without ids and times.
    #[must_use]
    pub fn tree(&self) -> Tree {
        Tree::new(self.spans(), self.logs())
    }

    /// Lists every metric's points, without times and sums of seconds.
    #[must_use]
    pub fn metrics_summary(&self) -> MetricsSummary {
        MetricsSummary::new(self.metrics())
    }

    /// The providers that instrumentations record to.
    #[must_use]
    pub fn providers(&self) -> &Providers {
        &self.providers
    }

    /// The context that carries the providers, for threads of the test's own.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The tracer provider, for spans made by hand.
    #[must_use]
    pub fn tracer_provider(&self) -> &SdkTracerProvider {
        &self.tracers
    }

    /// The logger provider, for log bridges under test.
    #[must_use]
    pub fn logger_provider(&self) -> &SdkLoggerProvider {
        &self.loggers
    }
}
