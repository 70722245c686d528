//! What a layer makes of a service.

/// What a layer makes of a service: the wrapper `W`; where telemetry is compiled
/// out, the service itself. Made by [`layered`].
pub type Layered<S, W> = <W as Wrap<S>>::Layered;

/// Puts a wrapper around a service, unless telemetry is compiled out: then the
/// service comes back as it is.
///
/// ```
/// use otelier_core::edge::{Layered, layered};
///
/// struct Trace<S>(S);
///
/// struct TraceLayer;
///
/// impl TraceLayer {
///     fn layer<S>(&self, inner: S) -> Layered<S, Trace<S>> {
///         layered(inner, Trace)
///     }
/// }
/// ```
#[inline]
pub fn layered<S, W>(inner: S, wrap: impl FnOnce(S) -> W) -> Layered<S, W> {
    W::wrap(inner, wrap)
}

/// Of which of two types a layer's service is.
pub trait Wrap<S>: Sized {
    /// The wrapper.
    type Layered;

    /// Wraps a service.
    fn wrap(inner: S, wrap: impl FnOnce(S) -> Self) -> Self::Layered;
}

impl<S, W> Wrap<S> for W {
    type Layered = W;

    #[inline]
    fn wrap(inner: S, wrap: impl FnOnce(S) -> W) -> W {
        wrap(inner)
    }
}
