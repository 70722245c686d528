//! What starts spans, and the instruments beside it.

use std::sync::Arc;

use opentelemetry::{
    Context, InstrumentationScope,
    metrics::Meter,
    trace::{SpanBuilder, Status, TraceContextExt as _},
};

use super::{Clock, Span, durations::Durations};
use crate::{Conventions, Events, Propagation, Providers, SpanStarter, exemplars::Sampled};

/// The instruments of an edge. A type of its own for each edge: it is made once
/// for each set of providers.
///
/// ```
/// use opentelemetry::{InstrumentationScope, metrics::{Counter, Meter}};
/// use otelier_core::{Conventions, edge::Instruments, scope};
///
/// struct Cakes {
///     baked: Counter<u64>,
/// }
///
/// impl Instruments for Cakes {
///     fn scope() -> InstrumentationScope {
///         scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
///     }
///
///     fn new(meter: &Meter, _: &Conventions) -> Self {
///         Self { baked: meter.u64_counter("cakes.baked").build() }
///     }
/// }
/// ```
pub trait Instruments: Send + Sync + Sized + 'static {
    /// Who records, see [`scope`](crate::scope).
    fn scope() -> InstrumentationScope;

    /// Makes the instruments.
    fn new(meter: &Meter, conventions: &Conventions) -> Self;

    /// Makes durations in seconds, by bounds of their histogram.
    #[must_use]
    fn seconds(
        meter: &Meter,
        conventions: &Conventions,
        name: &'static str,
        description: &'static str,
        bounds: &[f64],
    ) -> Durations {
        let histogram = meter
            .f64_histogram(name)
            .with_description(description)
            .with_unit("s")
            .with_boundaries(bounds.to_vec());
        Durations::new(histogram, Self::scope(), conventions)
    }
}

/// Starts the spans of an edge, and holds its instruments.
///
/// ```
/// use opentelemetry::{KeyValue, trace::SpanBuilder};
/// use otelier_core::edge::{Clock, Recorder, Span};
///
/// fn begin<I>(recorder: &Recorder<I>) -> Span {
///     recorder.begin(Clock::now(), || {
///         // What samplers see; not asked for where none would say yes.
///         SpanBuilder::from_name("GET").with_attributes([KeyValue::new("db.system.name", "cache")])
///     })
/// }
/// ```
pub struct Recorder<I> {
    /// The instruments.
    pub instruments: I,
    spans: SpanStarter,
    events: Option<Events>,
    propagation: Propagation,
    conventions: Conventions,
    is_parent_based: bool,
}

impl<I: Instruments> Recorder<I> {
    /// The recorder of these providers, made at the first call.
    #[must_use]
    pub fn of(providers: &Providers) -> Arc<Self> {
        // It must not hold the providers, which hold it.
        providers.once(|providers| {
            let scope = I::scope();
            let conventions = providers.conventions();
            Self {
                instruments: I::new(&providers.meter(scope.clone()), conventions),
                events: providers.events(scope.clone()),
                spans: providers.span_starter(scope),
                propagation: providers.propagation().clone(),
                conventions: conventions.clone(),
                is_parent_based: providers.is_parent_based(),
            }
        })
    }
}

impl<I> Recorder<I> {
    /// Tells whether no span below this parent would be sampled, so that the
    /// sampler need not be asked.
    #[inline]
    #[must_use]
    pub fn never_samples(&self, parent: &Context) -> bool {
        self.is_parent_based && {
            let above = parent.span();
            let above = above.span_context();
            above.is_valid() && !above.is_sampled()
        }
    }

    /// Whether the sampler drops every span whose parent is not sampled.
    #[inline]
    #[must_use]
    pub fn is_parent_based(&self) -> bool {
        self.is_parent_based
    }

    /// Starts the span of an operation below the current context, if one could be
    /// sampled there.
    #[inline]
    pub fn begin(&self, clock: Clock, describe: impl FnOnce() -> SpanBuilder) -> Span {
        let parent = Context::current();
        if self.never_samples(&parent) {
            return Span::none(parent, clock);
        }
        self.start(describe(), &parent, clock)
    }

    /// Starts a span.
    #[inline]
    pub fn start(&self, mut span: SpanBuilder, parent: &Context, clock: Clock) -> Span {
        span.start_time = Some(clock.wall);
        Span::started(self.spans.start(span, parent), clock.wall)
    }

    /// Records a span that is over, see [`SpanStarter::record`].
    #[inline]
    pub fn record(
        &self,
        span: SpanBuilder,
        parent: &Context,
        status: Status,
        ended: std::time::SystemTime,
    ) -> Option<Sampled> {
        self.spans.record(span, parent, status, ended)
    }

    /// How context enters and leaves the process.
    pub fn propagation(&self) -> &Propagation {
        &self.propagation
    }

    /// What emits events, `None` where no log records are recorded.
    #[must_use]
    pub fn events(&self) -> Option<&Events> {
        self.events.as_ref()
    }

    /// How attributes are named.
    #[must_use]
    pub fn conventions(&self) -> &Conventions {
        &self.conventions
    }
}

crate::shown!([I] Recorder<I>: propagation, conventions);
