//! The value of a parameter.

use std::fmt::{Debug, Display};

use crate::record::{self, Kept};

/// What is kept of a value: a truth value, a number, or at most 1 KiB of text.
///
/// What a value writes is stopped there, if it heeds the error; one that panics
/// meanwhile leaves nothing.
///
/// See the [example of the crate](crate).
#[derive(Debug)]
pub struct Value(pub(crate) Kept);

impl Value {
    /// As it is displayed.
    #[must_use]
    pub fn displayed<T: Display + ?Sized>(value: &T) -> Option<Self> {
        Self::made(record::shown(format_args!("{value}")))
    }

    /// As it is debugged.
    #[must_use]
    pub fn debugged<T: Debug + ?Sized>(value: &T) -> Option<Self> {
        Self::made(record::shown(format_args!("{value:?}")))
    }

    fn made(kept: Option<Kept>) -> Option<Self> {
        kept.map(Self)
    }

    pub(crate) fn text(text: &str) -> Option<Self> {
        Self::made(record::text(text))
    }

    pub(crate) fn truth(value: bool) -> Option<Self> {
        Self::made(record::truth(value))
    }

    pub(crate) fn whole(value: i64) -> Option<Self> {
        Self::made(record::whole(value))
    }

    pub(crate) fn fraction(value: f64) -> Option<Self> {
        Self::made(record::fraction(value))
    }
}
