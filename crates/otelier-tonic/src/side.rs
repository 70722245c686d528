//! The two sides of a call, which differ in what they are told and in what is an
//! error.

/// The side that answers calls.
#[derive(Clone, Copy, Debug)]
pub enum Server {}

/// The side that makes calls.
#[derive(Clone, Copy, Debug)]
pub enum Client {}
