//! What starts the spans of one instrumentation.

use std::time::SystemTime;

use opentelemetry::{
    Context, InstrumentationScope,
    global::BoxedTracer,
    trace::{Span, SpanBuilder, Status, TraceContextExt as _, Tracer, TracerProvider},
};

use crate::{context, exemplars::Sampled};

/// Starts spans where they are to end: in a context.
///
/// ```
/// use opentelemetry::{Context, trace::{SpanBuilder, TraceContextExt as _}};
/// use otelier_core::{installed, scope};
///
/// if let Some(providers) = installed() {
///     let starter = providers.span_starter(scope("bakery", "1.0.0"));
///     let cx = starter.start(SpanBuilder::from_name("bake"), &Context::current());
///     cx.span().end();
/// }
/// ```
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

crate::shown!(SpanStarter);

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

/// A tracer provider, whatever its tracers are.
pub(crate) trait Tracers: Send + Sync {
    fn boxed(&self, scope: InstrumentationScope) -> BoxedTracer;
    fn starter(&self, scope: InstrumentationScope) -> SpanStarter;
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

    fn starter(&self, scope: InstrumentationScope) -> SpanStarter {
        SpanStarter(Box::new(self.tracer_with_scope(scope)))
    }
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
    use crate::{Conventions, Propagation, Providers};

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
