//! How what we gathered of a span gets into tracing-opentelemetry's data.

use std::{borrow::Cow, cell::Cell, sync::Arc};

use opentelemetry::{
    Context as OtelContext, KeyValue,
    trace::{SpanBuilder, SpanKind, Tracer},
};

/// What a span starts with.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) name: Cow<'static, str>,
    pub(super) kind: Option<SpanKind>,
    pub(super) attributes: Vec<KeyValue>,
}

thread_local! {
    static START: Cell<Option<Start>> = const { Cell::new(None) };
}

impl Start {
    /// Runs a function that makes a builder of [`Prepared`], which has all of it then.
    ///
    /// A sampler that is asked meanwhile may make spans itself, so that these nest, and
    /// it may panic, after which no other span is to have this one's start.
    pub(super) fn with(self, run: impl FnOnce()) {
        let _around = Around(START.replace(Some(self)));
        run();
    }
}

/// What there was before, put back when it is dropped.
struct Around(Option<Start>);

impl Drop for Around {
    fn drop(&mut self) {
        START.set(self.0.take());
    }
}

/// A tracer whose builders have what was gathered.
#[derive(Debug)]
pub(super) struct Prepared<T>(Arc<T>);

impl<T> Prepared<T> {
    pub(super) fn new(tracer: T) -> Self {
        Self(Arc::new(tracer))
    }
}

impl<T> Clone for Prepared<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Tracer> Tracer for Prepared<T> {
    type Span = T::Span;

    fn span_builder<N>(&self, name: N) -> SpanBuilder
    where
        N: Into<Cow<'static, str>>,
    {
        match START.take() {
            Some(start) => SpanBuilder {
                name: start.name,
                span_kind: start.kind,
                attributes: Some(start.attributes),
                ..SpanBuilder::default()
            },
            None => self.0.span_builder(name),
        }
    }

    fn build_with_context(&self, builder: SpanBuilder, parent: &OtelContext) -> Self::Span {
        self.0.build_with_context(builder, parent)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::noop::NoopTracer;

    use super::*;

    fn start(name: &'static str) -> Start {
        Start {
            name: Cow::Borrowed(name),
            kind: None,
            attributes: vec![KeyValue::new("is", name)],
        }
    }

    #[test]
    fn what_was_gathered_is_that_of_the_span_that_is_being_made() {
        let tracer = Prepared::new(NoopTracer::new());
        let name = |tracer: &Prepared<NoopTracer>| tracer.span_builder("own").name;
        start("outer").with(|| {
            // As by a sampler that makes spans itself.
            start("inner").with(|| assert_eq!(name(&tracer), "inner"));
            start("refused").with(|| ());
            assert_eq!(name(&tracer), "outer");
            assert_eq!(name(&tracer), "own");
        });
        assert_eq!(name(&tracer), "own");
        let panics = || start("panics").with(|| std::panic::resume_unwind(Box::new(())));
        start("outer").with(|| {
            assert!(std::panic::catch_unwind(panics).is_err());
            assert_eq!(name(&tracer), "outer");
        });
        assert!(std::panic::catch_unwind(panics).is_err());
        assert_eq!(name(&tracer), "own");
    }
}
