#![expect(missing_docs, reason = "documented once, in `on`")]

use axum::Router;
use tower_layer::Layer;

#[derive(Clone, Debug, Default)]
pub struct TraceLayer;

/// The service itself.
pub type Trace<S> = S;
/// The service's own future.
pub type ResponseFuture<F> = F;
/// The service's own body.
pub type TracedBody<B> = B;

impl TraceLayer {
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for TraceLayer {
    type Service = S;

    #[inline]
    fn layer(&self, inner: S) -> S {
        inner
    }
}

#[inline]
#[must_use]
pub fn layer() -> TraceLayer {
    TraceLayer
}

#[inline]
pub fn instrument<S>(router: Router<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    router
}

#[cfg(test)]
mod tests {
    use super::{Layer, TraceLayer, layer};

    const _: () = assert!(size_of::<TraceLayer>() == 0);

    #[test]
    fn a_layer_hands_the_service_back() {
        struct Service(u8);
        let Service(same) = layer().layer(Service(7));
        assert_eq!(same, 7);
    }
}
