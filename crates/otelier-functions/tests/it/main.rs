//! What is recorded of functions that say so.
#![cfg(test)]

mod attributes;
mod endings;
mod forms;
mod futures;

// As a service finds them in the facade.
extern crate self as otelier;

/// What the facade has under this name.
mod functions {
    pub(crate) use otelier_functions::*;
}

use std::fmt;

#[derive(Debug, PartialEq)]
struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the oven is cold, password=hunter2")
    }
}

impl std::error::Error for Failed {}

/// What its spans say, one a line.
fn drawn(telemetry: &otelier_testing::Telemetry) -> String {
    let spans = telemetry.spans();
    let lines = spans
        .iter()
        .map(|span| format!("{}: {}", span.name, span.attributes));
    lines.collect::<Vec<_>>().join("\n")
}
