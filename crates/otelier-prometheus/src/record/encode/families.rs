//! Metrics by the names that Prometheus knows them by.

use std::collections::{BTreeMap, HashSet, btree_map::Entry};

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData, ResourceMetrics};

use super::{LeftOut, name};

/// What a metric is to Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }

    /// What names of samples end in.
    const fn ends(self) -> &'static [&'static str] {
        match self {
            // The name alone is OpenMetrics' for the family.
            Self::Counter => &["", "_total", "_created"],
            Self::Gauge => &[""],
            Self::Histogram => &["", "_bucket", "_sum", "_count", "_created"],
        }
    }
}

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

/// What a metric is to Prometheus, and whether it is a gauge to OpenTelemetry.
fn kind(metric: &Metric) -> (Kind, bool) {
    match metric.data() {
        AggregatedMetrics::F64(data) => kind_of(data),
        AggregatedMetrics::U64(data) => kind_of(data),
        AggregatedMetrics::I64(data) => kind_of(data),
    }
}

fn kind_of<T>(data: &MetricData<T>) -> (Kind, bool) {
    match data {
        MetricData::Sum(sum) if sum.is_monotonic() => (Kind::Counter, false),
        MetricData::Sum(_) => (Kind::Gauge, false),
        MetricData::Gauge(_) => (Kind::Gauge, true),
        MetricData::Histogram(_) | MetricData::ExponentialHistogram(_) => (Kind::Histogram, false),
    }
}
