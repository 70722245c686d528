//! Doors for the fuzz targets of this project. They are no part of the API.

use otelier_core::Propagation;

use super::{
    config::{Config, Propagator},
    propagators,
};
use crate::Setup;

/// Reads the environment that `lookup` tells: what is said about it, and all
/// that came of it.
#[must_use]
pub fn environment(lookup: &dyn Fn(&str) -> Option<String>) -> (Vec<String>, String) {
    let config = Config::from_env(lookup, &Setup::new("", ""));
    let problems = config.problems.iter().map(ToString::to_string).collect();
    (problems, format!("{config:?}"))
}

/// The formats of W3C, each of B3, and all at once.
pub fn propagations() -> [Propagation; 4] {
    use Propagator::{B3, B3Multi, Baggage, TraceContext};
    [
        propagators::propagation(&[TraceContext, Baggage]),
        propagators::propagation(&[B3]),
        propagators::propagation(&[B3Multi]),
        propagators::propagation(&[TraceContext, Baggage, B3, B3Multi]),
    ]
}
