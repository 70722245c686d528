//! What an edge has in the place of what it records with, where telemetry is
//! compiled out.

use std::marker::PhantomData;

use super::Never;

/// What an object of an edge records with where that is nothing: it forgets what
/// its user chose, `K`.
///
/// ```
/// use otelier_core::edge::Silent;
///
/// #[derive(Clone, Debug, Default)]
/// struct Config(u64);
///
/// let telemetry = Silent::new(Config(7));
/// assert!(telemetry.way().is_none());
/// assert_eq!(size_of_val(&telemetry), 0);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent<K>(PhantomData<K>);

impl<K> Silent<K> {
    /// Forgets it.
    #[inline]
    #[must_use]
    pub fn new(_: K) -> Self {
        Self(PhantomData)
    }

    /// Nothing is to be done.
    #[inline]
    #[must_use]
    pub fn way(&self) -> Option<Never> {
        None
    }
}
