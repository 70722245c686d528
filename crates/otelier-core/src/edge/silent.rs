//! What stands for what records where telemetry is compiled out.
//!
//! An edge's stand-in names these as what they stand for, and has functions of its
//! own only for what is left:
//!
//! ```
//! struct Config;
//!
//! mod silent {
//!     use otelier_core::edge::{Never, silent::Silent};
//!     pub(crate) use otelier_core::edge::silent::{ignore_two as end, nothing_of_two as begin};
//!
//!     pub(crate) type Telemetry = Silent<super::Config>;
//!     pub(crate) type Operation = Never;
//! }
//!
//! # fn main() {
//! let telemetry = silent::Telemetry::new(Config);
//! assert_eq!(size_of_val(&telemetry), 0);
//! let operation: Option<silent::Operation> = silent::begin(&telemetry, "GET");
//! silent::end(operation, Ok::<_, ()>(200));
//! # }
//! ```
use std::marker::PhantomData;

use super::Never;

/// What an object of an edge records with, where that is nothing. It forgets what
/// its user chose, a `K`.
///
/// See the [example of the module](crate::edge::silent).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silent<K>(PhantomData<fn() -> K>);

impl<K> Silent<K> {
    /// Forgets it.
    #[must_use]
    pub fn new(_: K) -> Self {
        Self(PhantomData)
    }

    /// Forgets another choice, too.
    #[must_use]
    pub fn edit(self, _: impl FnOnce(&mut K)) -> Self {
        self
    }

    /// Nothing was chosen.
    #[must_use]
    pub fn get_mut(&mut self) -> Option<&mut K> {
        None
    }

    /// There is nothing to do, ever.
    #[must_use]
    pub fn is_off(&self) -> bool {
        true
    }

    /// There is nothing to do for now.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        true
    }

    /// Begins nothing.
    #[must_use]
    pub fn begin<A, T>(&self, _: A) -> Option<T> {
        None
    }

    /// Nothing is to be done.
    #[must_use]
    pub fn way(&self) -> Option<Never> {
        None
    }
}

impl<K> Default for Silent<K> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

/// Nothing, of any type that has it.
#[must_use]
pub fn nothing<T: Default>() -> T {
    T::default()
}

/// Nothing, whatever it is made of.
#[must_use]
pub fn nothing_of<A, T: Default>(_: A) -> T {
    T::default()
}

/// Nothing, whatever the two are that it is made of.
#[must_use]
pub fn nothing_of_two<A, B, T: Default>(_: A, _: B) -> T {
    T::default()
}

/// Nothing, whatever the three are that it is made of.
#[must_use]
pub fn nothing_of_three<A, B, C, T: Default>(_: A, _: B, _: C) -> T {
    T::default()
}

/// Does nothing with it.
pub fn ignore<A>(_: A) {}

/// Does nothing with either.
pub fn ignore_two<A, B>(_: A, _: B) {}

/// Hands the first through.
pub fn first_of_three<A, B, C>(first: A, _: B, _: C) -> A {
    first
}

/// Hands the first through.
pub fn first_of_two<A, B>(first: A, _: B) -> A {
    first
}

/// Runs the second, as it is.
pub fn run_second<A, T>(_: A, second: impl FnOnce() -> T) -> T {
    second()
}
