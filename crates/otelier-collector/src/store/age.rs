//! The order in which things came.

/// When something came, as a number: a later one is greater.
pub(crate) type Age = u64;
