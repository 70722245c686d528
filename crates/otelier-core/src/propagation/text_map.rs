//! The same for those who ask OpenTelemetry's global propagator.

use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator, text_map_propagator::FieldIter},
};

use super::Propagation;

/// A [`Propagation`] as a propagator of the OpenTelemetry API, for carriers of
/// any kind.
///
/// ```
/// use otelier_core::{Propagation, TextMap};
///
/// let propagation = Propagation::none().with_trace_context();
/// opentelemetry::global::set_text_map_propagator(TextMap::from(propagation));
/// ```
#[derive(Clone, Debug)]
pub struct TextMap {
    propagation: Propagation,
    fields: Vec<String>,
}

impl From<Propagation> for TextMap {
    fn from(propagation: Propagation) -> Self {
        let fields = propagation.fields();
        Self {
            fields: fields.into_iter().map(str::to_owned).collect(),
            propagation,
        }
    }
}

impl TextMapPropagator for TextMap {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        self.propagation.inject_text(cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        self.propagation.extract_text(extractor, cx)
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}
