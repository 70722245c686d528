mod endpoints;
mod identity;
mod names;
mod rules;
mod switch;
mod values;

use std::collections::HashMap;

use super::Config;
use crate::Setup;

const ON: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317");

impl Config {
    fn attribute(&self, key: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(name, _)| name == key)?;
        Some(value)
    }
}

/// Code that says nothing.
pub(crate) fn nameless() -> Setup {
    Setup::new("", "")
}

/// Reads exactly these variables.
fn read(variables: &[(&str, &str)]) -> Config {
    read_with(variables, &nameless())
}

fn read_with(variables: &[(&str, &str)], setup: &Setup) -> Config {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    Config::from_env(
        &|name| variables.get(name).map(|value| (*value).to_owned()),
        setup,
    )
}

/// Reads these variables with an endpoint set for all signals.
fn read_on(variables: &[(&str, &str)]) -> Config {
    let mut all = vec![ON];
    all.extend_from_slice(variables);
    read(&all)
}

/// The variables with problems, in order.
fn problems(config: &Config) -> Vec<&str> {
    config
        .problems
        .iter()
        .map(|problem| problem.variable)
        .collect()
}

/// What is said, a line for each problem.
fn said(config: &Config) -> String {
    let lines: Vec<_> = config.problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}
