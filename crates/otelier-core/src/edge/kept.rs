//! What is kept only where something is recorded.

/// What a builder keeps only where something is recorded: an empty pointer while
/// telemetry is off, and where it is compiled out.
///
/// ```
/// use otelier_core::edge::Kept;
///
/// struct Pool {
///     name: Kept<String>,
/// }
///
/// let pool = Pool { name: Kept::new(|| Some("orders".to_owned())) };
/// assert_eq!(pool.name.get().map(String::as_str), Some("orders"));
/// ```
#[derive(Clone, Debug)]
pub struct Kept<T>(Option<Box<T>>);

impl<T> Kept<T> {
    /// Keeps what `make` returns.
    #[inline]
    #[must_use]
    pub fn new(make: impl FnOnce() -> Option<T>) -> Self {
        Self(if cfg!(feature = "otel") {
            make().map(Box::new)
        } else {
            None
        })
    }

    /// What is kept.
    #[inline]
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        self.0.as_deref()
    }

    /// What is kept, to be changed.
    #[inline]
    #[must_use]
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.0.as_deref_mut()
    }

    /// Changes what is kept.
    #[inline]
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut T)) -> Self {
        if let Some(kept) = self.get_mut() {
            change(kept);
        }
        self
    }

    /// Takes out what is kept.
    #[inline]
    #[must_use]
    pub fn take(self) -> Option<Box<T>> {
        self.0
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(None)
    }
}
