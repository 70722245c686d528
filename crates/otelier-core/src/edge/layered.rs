//! The service that a layer makes.

/// The service that a layer makes of an `S` where it records: `W`.
///
/// An edge names this one in what records, and [`Unlayered`] as `Layered` in its
/// stand-in:
///
/// ```
/// mod record {
///     pub(crate) use otelier_core::edge::{Layered, layered};
/// }
/// mod silent {
///     pub(crate) use otelier_core::edge::{Unlayered as Layered, unlayered as layered};
/// }
///
/// struct Trace<S>(S);
///
/// fn recorded<S>(inner: S) -> record::Layered<S, Trace<S>> {
///     record::layered(inner, Trace)
/// }
///
/// fn bare<S>(inner: S) -> silent::Layered<S, Trace<S>> {
///     silent::layered(inner, Trace)
/// }
///
/// assert_eq!((recorded(7).0, bare(7)), (7, 7));
/// ```
pub type Layered<S, W> = <W as Around<S>>::Layered;

/// The same where it records nothing: the `S` itself.
pub type Unlayered<S, W> = <W as Around<S>>::Unlayered;

/// What a layer may make of a service; every type has it.
///
/// See the example of [`Layered`].
pub trait Around<S> {
    /// The type itself.
    type Layered;
    /// The service.
    type Unlayered;
}

impl<S, W> Around<S> for W {
    type Layered = W;
    type Unlayered = S;
}

/// Wraps a service.
#[inline]
#[must_use]
pub fn layered<S, W>(inner: S, wrap: impl FnOnce(S) -> W) -> Layered<S, W> {
    wrap(inner)
}

/// Hands a service through.
#[inline]
#[must_use]
pub fn unlayered<S, W>(inner: S, _: impl FnOnce(S) -> W) -> Unlayered<S, W> {
    inner
}
