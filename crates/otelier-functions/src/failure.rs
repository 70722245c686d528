//! What a call ends with that does not end well.

use std::{fmt::Display, marker::PhantomData};

use crate::record;

/// Why a call's output counts as a failure.
#[derive(Debug)]
pub struct Failure(pub(crate) record::Failed);

impl Failure {
    /// An error that says something, under the name of its type.
    #[must_use]
    pub fn of<E: Display>(error: &E) -> Self {
        Self(record::failed(error))
    }

    /// The name of an error's type alone.
    #[must_use]
    pub fn by_type<E>() -> Self {
        Self(record::failed_by_type(PhantomData::<E>))
    }
}
