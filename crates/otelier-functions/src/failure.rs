//! What a call ends with that does not end well.

use std::{fmt::Display, marker::PhantomData};

use crate::record;

/// Why a call's output counts as a failure.
///
/// ```
/// use otelier_functions::{Failure, Function};
///
/// static BAKE: Function = Function::new("bakery::ovens::bake");
///
/// fn bake(cakes: &str) -> Result<u32, std::num::ParseIntError> {
///     let call = BAKE.call(|_| {});
///     call.run(|| cakes.parse(), |baked| baked.as_ref().err().map(Failure::of))
/// }
/// assert!(bake("three").is_err());
/// ```
#[derive(Debug)]
#[must_use]
pub struct Failure(pub(crate) record::Failed);

impl Failure {
    /// An error that says something, under the name of its type.
    pub fn of<E: Display>(error: &E) -> Self {
        Self(record::failed(error))
    }

    /// The same for one that borrows nothing: in a `Box<dyn Error>`, and with the feature
    /// `anyhow` in an `anyhow::Error`, it has the name of what is inside, if that is one
    /// of the standard library or one that `otelier::name_error` was called for. Else it
    /// is `_OTHER`.
    pub fn of_boxed<E: Display + 'static>(error: &E) -> Self {
        Self(record::failed_in_box(error))
    }

    /// The name of an error's type alone.
    pub fn by_type<E>() -> Self {
        Self(record::failed_by_type(PhantomData::<E>))
    }
}
