//! Metrics by the names that Prometheus knows them by.

use std::collections::{BTreeMap, HashSet, btree_map::Entry};

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::metrics::data::{Metric, ResourceMetrics};

use super::{
    kind::{Kind, kind},
    left_out::LeftOut,
    name,
};

/// Metrics of one name, of different scopes.
#[derive(Debug)]
pub(super) struct Family<'a> {
    pub(super) kind: Kind,
    pub(super) unit: Option<String>,
    pub(super) help: &'a str,
    pub(super) metrics: Vec<(&'a InstrumentationScope, &'a Metric)>,
}

/// All of them, sorted by name. Where two clash the first stays.
pub(super) fn families<'a>(
    metrics: &'a ResourceMetrics,
    left_out: &mut LeftOut,
) -> BTreeMap<String, Family<'a>> {
    let mut families: BTreeMap<String, Family<'a>> = BTreeMap::new();
    let mut taken: HashSet<String> = ["target", "target_info"].map(str::to_owned).into();
    for scope in metrics.scope_metrics() {
        for metric in scope.metrics() {
            let (kind, is_gauge) = kind(metric);
            let (base, unit) = name::base(metric.name(), metric.unit(), kind, is_gauge);
            let clashes = || {
                let name = metric.name();
                format!(
                    "{name}: another metric has its name, and is no {}",
                    kind.as_str()
                )
            };
            match families.entry(base) {
                Entry::Occupied(mut known) => {
                    let family = known.get_mut();
                    if family.kind != kind {
                        left_out.add(clashes);
                        continue;
                    }
                    if family.help.is_empty() {
                        family.help = metric.description();
                    }
                    family.metrics.push((scope.scope(), metric));
                }
                Entry::Vacant(place) => {
                    let ends = kind.ends().iter();
                    let names: Vec<_> = ends.map(|end| format!("{}{end}", place.key())).collect();
                    if names.iter().any(|name| taken.contains(name)) {
                        left_out.add(clashes);
                        continue;
                    }
                    taken.extend(names);
                    place.insert(Family {
                        kind,
                        unit,
                        help: metric.description(),
                        metrics: vec![(scope.scope(), metric)],
                    });
                }
            }
        }
    }
    families
}
