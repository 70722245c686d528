//! The error of who comes second.

use std::{error::Error, fmt};

/// The program has another recorder of the `metrics` facade. There is one for a
/// process: let `metrics_util`'s `FanoutBuilder` give to several.
///
/// See the [example of the crate](crate).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken;

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the metrics facade has another recorder")
    }
}

impl Error for Taken {}
