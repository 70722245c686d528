//! The two sides of a call, which differ in what they are told and in what is an
//! error.

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
