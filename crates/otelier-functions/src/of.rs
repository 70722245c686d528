//! A value, to be looked at by what its type can do.

/// A value, to be looked at by what its type can do; see [`kinds`](crate::kinds).
///
/// See the [example of the module](crate::kinds).
#[derive(Debug)]
pub struct Of<'a, T: ?Sized>(pub &'a T);

impl<T: ?Sized> Clone for Of<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Of<'_, T> {}
