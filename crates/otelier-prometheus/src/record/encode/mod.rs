//! Metrics as Prometheus' text.

mod exponential;
mod families;
mod kind;
mod label;
mod left_out;
mod name;
mod number;
mod points;
mod text;
mod tokens;
mod unit;

use std::collections::HashSet;

use opentelemetry_sdk::metrics::data::ResourceMetrics;

use self::{
    families::{Family, families},
    kind::Kind,
    label::Labels,
    left_out::LeftOut,
    points::{Points, points},
    text::Writer,
};
use super::{accept::Format, shelf::Shelf};

/// A page, and what is not on it.
pub(super) struct Written {
    pub(super) text: String,
    /// The first of it, in words.
    pub(super) left_out: Option<String>,
}

/// Writes all metrics, sorted by their names. Linear in what is written.
pub(super) fn encode(
    metrics: &ResourceMetrics,
    mut shelf: Option<&mut Shelf>,
    format: Format,
) -> Written {
    if let Some(shelf) = &mut shelf {
        shelf.begin();
    }
    let mut out = Writer::new(format);
    let mut labels = Labels::default();
    let mut left_out = LeftOut::default();
    let target = labels.of_resource(metrics.resource());
    if !target.is_empty() {
        out.info("target", "What all of these are of.", &target);
    }
    for (name, family) in families(metrics, &mut left_out) {
        write(
            &mut out,
            &name,
            &family,
            &mut labels,
            shelf.as_deref_mut(),
            &mut left_out,
        );
    }
    if let Some(shelf) = shelf {
        shelf.end();
    }
    Written {
        text: out.end(),
        left_out: left_out.told(),
    }
}

fn write(
    out: &mut Writer,
    name: &str,
    family: &Family<'_>,
    labels: &mut Labels,
    mut shelf: Option<&mut Shelf>,
    left_out: &mut LeftOut,
) {
    out.head(name, family);
    let mut known = HashSet::new();
    for (scope, metric) in &family.metrics {
        let of_scope = labels.of_scope(scope);
        let exemplars = shelf
            .as_mut()
            .and_then(|shelf| shelf.of(scope, metric.name()));
        let is_histogram = family.kind == Kind::Histogram;
        let mut series = |attributes: &mut dyn Iterator<Item = _>| {
            let labels = labels.of_point(&of_scope, attributes, is_histogram);
            let is_new = known.insert(labels.clone());
            if !is_new {
                left_out.add(|| format!("a series of {}: another has its labels", metric.name()));
            }
            is_new.then_some(labels)
        };
        points(
            &mut Points {
                out,
                name,
                exemplars,
            },
            metric,
            &mut series,
        );
    }
}
