//! The two sides of a call, which differ in what they are told and in what is an
//! error.

use std::error::Error;

use crate::record::{self, Scope};

/// The side that answers calls.
///
/// See the [example of the crate](crate).
#[derive(Clone, Copy, Debug)]
pub enum Server {}

/// The side that makes calls.
///
/// See the [example of the crate](crate).
#[derive(Clone, Copy, Debug)]
pub enum Client {}

/// What the two sides do otherwise than each other.
pub trait Side<E> {
    /// Whether requests come in, or go out.
    const RECEIVES: bool;

    /// The error of a call, where it says how the call ended.
    fn tells(error: &E) -> Option<&(dyn Error + 'static)>;
}

impl<E> Side<E> for Server {
    const RECEIVES: bool = true;

    fn tells(_: &E) -> Option<&(dyn Error + 'static)> {
        None
    }
}

impl<E: Error + 'static> Side<E> for Client {
    const RECEIVES: bool = false;

    fn tells(error: &E) -> Option<&(dyn Error + 'static)> {
        Some(error)
    }
}

/// Ends a call with an error, or with a name for it where it says nothing.
pub(crate) fn failed<K: Side<E>, E>(scope: Option<Box<Scope>>, error: &E, name: &'static str) {
    match K::tells(error) {
        Some(error) => record::failed(scope, error),
        None => record::broke(scope, name),
    }
}
