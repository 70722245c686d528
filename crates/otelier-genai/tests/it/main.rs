//! What is recorded of calls to models: of guards, and of what passes by over real
//! sockets.
#![cfg(test)]

mod content;
mod conversations;
mod errors;
mod guards;
mod hostile;
mod layers;
mod mcp;
mod passing;
mod registry;
mod streams;

use std::collections::BTreeMap;

use opentelemetry::{Array, Value};
use otelier_testing::{Metric, Span, Telemetry};

/// An attribute of a span as text, or `-`.
fn text(span: &Span, key: &str) -> String {
    span.get(key).map_or("-".to_owned(), |value| match value {
        Value::Array(Array::String(texts)) => {
            let texts: Vec<_> = texts.iter().map(ToString::to_string).collect();
            texts.join(",")
        }
        value => value.to_string(),
    })
}

/// What a counter or histogram counted, by the values of some labels.
fn by(metric: &Metric, keys: &[&str]) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for point in &metric.points {
        let of = |key: &&str| {
            point
                .attributes
                .get(key)
                .map_or("-".to_owned(), |value| value.to_string())
        };
        let label = keys.iter().map(of).collect::<Vec<_>>().join(" ");
        *sums.entry(label).or_default() += point.value;
    }
    sums
}

/// The tokens that were counted: input and output, by modality.
fn tokens(telemetry: &Telemetry) -> [BTreeMap<String, f64>; 2] {
    ["input_tokens", "output_tokens"].map(|kind| {
        let name = format!("gen_ai.client.inference.usage.{kind}");
        by(&telemetry.metric(&name), &["gen_ai.token.modality"])
    })
}
