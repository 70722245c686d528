//! What the facade asks for.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock},
};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use opentelemetry::{
    InstrumentationScope,
    metrics::{AsyncInstrumentBuilder, HistogramBuilder, Meter},
};
use otelier_core::{Providers, Source, when_installed};

use super::{
    family::{Family, Read, lock},
    labels,
    value::{Count, Level, Samples},
};

/// Descriptions of so many names are kept until these are used.
const MAX_DESCRIBED: usize = 2048;

/// Records what is counted with the facade.
pub(super) struct Bridge {
    source: Source,
    counters: Family<Count>,
    gauges: Family<Level>,
    histograms: Family<Samples>,
    /// By name: of one name there is one histogram.
    made: Mutex<HashMap<String, Arc<OnceLock<opentelemetry::metrics::Histogram<f64>>>>>,
    described: Mutex<HashMap<String, Described>>,
}

#[derive(Clone, Default)]
struct Described {
    text: String,
    unit: Option<Unit>,
}

impl Bridge {
    pub(super) fn new() -> Self {
        Self {
            source: Source::current(),
            counters: Family::new(),
            gauges: Family::new(),
            histograms: Family::new(),
            made: Mutex::default(),
            described: Mutex::default(),
        }
    }

    fn describe(&self, key: &KeyName, unit: Option<Unit>, text: SharedString) {
        let mut described = lock(&self.described);
        if described.len() < MAX_DESCRIBED {
            let text = text.into_owned();
            described.insert(labels::name(key.as_str()), Described { text, unit });
        }
    }

    fn described(&self, name: &str) -> Described {
        lock(&self.described).get(name).cloned().unwrap_or_default()
    }

    /// Makes an instrument, now or as soon as there is telemetry.
    fn make(&self, make: impl FnOnce(&Meter) + Send + 'static) {
        let with = |providers: &Providers| {
            // What is counted is not ours, and neither are the names.
            let scope = InstrumentationScope::builder("metrics").build();
            make(&providers.meter(scope));
        };
        match self.source.providers() {
            Some(providers) => with(providers),
            None => when_installed(with),
        }
    }
}

impl Described {
    fn on<I, M>(
        self,
        builder: AsyncInstrumentBuilder<'_, I, M>,
    ) -> AsyncInstrumentBuilder<'_, I, M> {
        let builder = match self.unit {
            Some(unit) => builder.with_unit(labels::unit(unit)),
            None => builder,
        };
        builder.with_description(self.text)
    }

    fn on_histogram(
        self,
        builder: HistogramBuilder<'_, opentelemetry::metrics::Histogram<f64>>,
    ) -> HistogramBuilder<'_, opentelemetry::metrics::Histogram<f64>> {
        let builder = match self.unit {
            Some(unit) => builder.with_unit(labels::unit(unit)),
            None => builder,
        };
        builder.with_description(self.text)
    }
}

impl Recorder for Bridge {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.describe(&key, unit, text);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.describe(&key, unit, text);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.describe(&key, unit, text);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let begin = |name: String, read: &Read<Count>| {
            let (described, read) = (self.described(&name), Arc::clone(read));
            self.make(move |meter| {
                // The instrument lives in the meter; the handle is not needed.
                let _counter = described
                    .on(meter.u64_observable_counter(name))
                    .with_callback(move |counter| {
                        for series in lock(&read).iter() {
                            counter.observe(series.value.get(), &series.labels);
                        }
                    })
                    .build();
            });
        };
        let count = self.counters.get(key, |_, _| Count::default(), begin);
        count.map_or_else(Counter::noop, Counter::from_arc)
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        let begin = |name: String, read: &Read<Level>| {
            let (described, read) = (self.described(&name), Arc::clone(read));
            self.make(move |meter| {
                let _gauge = described
                    .on(meter.f64_observable_gauge(name))
                    .with_callback(move |gauge| {
                        for series in lock(&read).iter() {
                            if let Some(level) = series.value.get() {
                                gauge.observe(level, &series.labels);
                            }
                        }
                    })
                    .build();
            });
        };
        let level = self.gauges.get(key, |_, _| Level::default(), begin);
        level.map_or_else(Gauge::noop, Gauge::from_arc)
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let make = |name: &str, labels| {
            let mut made = lock(&self.made);
            let histogram = made.entry(name.to_owned()).or_default();
            Samples {
                labels,
                histogram: Arc::clone(histogram),
            }
        };
        let begin = |name: String, _: &Read<Samples>| {
            let described = self.described(&name);
            let histogram = lock(&self.made).get(&name).cloned();
            self.make(move |meter| {
                if let Some(histogram) = histogram {
                    let builder = described.on_histogram(meter.f64_histogram(name));
                    histogram.get_or_init(|| builder.build());
                }
            });
        };
        let samples = self.histograms.get(key, make, begin);
        samples.map_or_else(Histogram::noop, Histogram::from_arc)
    }
}

#[cfg(test)]
mod tests {
    use metrics::{
        Unit, counter, describe_counter, describe_histogram, gauge, histogram, with_local_recorder,
    };
    use otelier_testing::{MetricKind, capture};

    use super::Bridge;

    #[test]
    fn what_is_counted_with_the_facade_arrives() {
        let telemetry = capture();
        with_local_recorder(&Bridge::new(), || {
            describe_counter!("cache_hits_total", Unit::Count, "Hits.");
            describe_histogram!("wait", Unit::Seconds, "Waits.");
            counter!("cache_hits_total", "cache" => "users").increment(2);
            counter!("cache_hits_total", "cache" => "users").increment(1);
            counter!("cache_hits_total", "cache" => "orders").absolute(7);
            counter!("cache_hits_total", "cache" => "orders").absolute(5);
            let connections = gauge!("connections");
            connections.increment(3);
            connections.decrement(1.5);
            let _silent = gauge!("silent");
            histogram!("wait", "queue" => "mail").record(0.25);
            histogram!("wait", "queue" => "mail").record_many(0.5, 2);
        });
        insta::assert_snapshot!(telemetry.metrics_summary(), @r"
        cache_hits_total{cache=orders} 7
        cache_hits_total{cache=users} 3
        connections{} 1.5
        wait{queue=mail} count=3
        ");
        let hits = telemetry.metric("cache_hits_total");
        assert_eq!((hits.kind, hits.unit.as_str()), (MetricKind::Counter, "1"));
        let wait = telemetry.metric("wait");
        assert_eq!((wait.unit.as_str(), wait.total()), ("s", 1.25));
        assert_eq!(telemetry.metric("connections").kind, MetricKind::Gauge);
    }

    #[test]
    fn labels_and_names_are_bounded() {
        let telemetry = capture();
        with_local_recorder(&Bridge::new(), || {
            for user in 0..1_500 {
                counter!("requests", "user" => user.to_string()).increment(1);
            }
            for name in 0..600 {
                counter!(format!("name {name}")).increment(1);
            }
        });
        let requests = telemetry.metric("requests");
        assert_eq!(requests.points.len(), 1_001);
        let overflow = requests.points.iter().find(|point| {
            let overflow = point.attributes.get("otel.metric.overflow");
            overflow == Some(true.into())
        });
        assert_eq!(overflow.unwrap().value, 500.0);
        assert_eq!(telemetry.metrics().len(), 512);
    }

    #[test]
    fn without_telemetry_nothing_is_kept_but_numbers() {
        with_local_recorder(&Bridge::new(), || {
            counter!("requests").increment(1);
            histogram!("wait").record(1);
        });
    }
}
