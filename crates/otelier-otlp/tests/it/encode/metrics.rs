//! Collections of metrics beside prost, and what becomes of large ones.

use std::sync::{Arc, Weak};
use std::time::Duration;

use opentelemetry::{InstrumentationScope, KeyValue, metrics::MeterProvider as _};
use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    metrics::v1::{Metric, NumberDataPoint, metric::Data, number_data_point::Value as Number},
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    metrics::{
        Aggregation, Instrument, InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Stream,
        Temporality, data::ResourceMetrics, reader::MetricReader,
    },
};
use otelier_otlp::{Encoder, Policy, Tally};
use prost::Message as _;

use super::{Masking, Open, random::Random};

#[derive(Clone, Debug)]
pub(super) struct Reader(Arc<ManualReader>);

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

impl Reader {
    fn new(temporality: Temporality) -> Self {
        let reader = ManualReader::builder().with_temporality(temporality);
        Self(Arc::new(reader.build()))
    }

    fn read(&self) -> ResourceMetrics {
        let mut metrics = ResourceMetrics::default();
        self.collect(&mut metrics).unwrap();
        metrics
    }
}

/// Histograms whose names begin with `e` are exponential.
fn view(instrument: &Instrument) -> Option<Stream> {
    let aggregation = Aggregation::Base2ExponentialHistogram {
        max_size: 160,
        max_scale: 20,
        record_min_max: true,
    };
    let stream = Stream::builder().with_aggregation(aggregation);
    instrument
        .name()
        .starts_with('e')
        .then(|| stream.build().unwrap())
}

/// Two collections in a row of random instruments: of a delta, the second has less.
pub(super) fn collections(random: &mut Random) -> [ResourceMetrics; 2] {
    let temporality = random.pick(&[
        Temporality::Cumulative,
        Temporality::Delta,
        Temporality::LowMemory,
    ]);
    let reader = Reader::new(temporality);
    let provider = SdkMeterProvider::builder()
        .with_resource(random.resource())
        .with_reader(reader.clone())
        .with_view(view)
        .build();
    let scopes = random.scopes();
    let instruments: Vec<_> = (0..1 + random.below(12))
        .map(|number| {
            let meter = provider.meter_with_scope(random.pick(&scopes));
            (meter, random.below(10), number)
        })
        .collect();
    [(); 2].map(|()| {
        for (meter, kind, number) in &instruments {
            let unit = random.pick(&["", "s", "{request}"]);
            let description = random.pick(&["", "What it measures.", "é√🦀"]);
            macro_rules! record {
                ($build:ident, $name:literal, $record:ident, $value:expr) => {{
                    let builder = meter.$build(format!(concat!($name, "{}"), number));
                    let builder = builder.with_unit(unit).with_description(description);
                    let instrument = builder.build();
                    for _ in 0..random.below(8) {
                        let value = $value(random);
                        instrument.$record(value, &random.pairs(5));
                    }
                }};
            }
            let small = |random: &mut Random| random.next() % (1 << 40);
            match kind {
                0 => record!(u64_counter, "a", add, small),
                1 => record!(f64_counter, "b", add, Random::double),
                2 => record!(i64_up_down_counter, "c", add, |random: &mut Random| random
                    .int()
                    >> 8),
                3 => record!(f64_up_down_counter, "d", add, Random::double),
                4 => record!(u64_gauge, "g", record, Random::next),
                5 => record!(i64_gauge, "g", record, Random::int),
                6 => record!(f64_gauge, "g", record, Random::double),
                7 => record!(f64_histogram, "h", record, Random::double),
                8 => record!(u64_histogram, "h", record, small),
                _ => record!(f64_histogram, "e", record, Random::double),
            }
        }
        reader.read()
    })
}

/// Without what has no data points.
pub(super) fn by_prost(metrics: &ResourceMetrics) -> ExportMetricsServiceRequest {
    let mut request = ExportMetricsServiceRequest::from(metrics);
    for resource in &mut request.resource_metrics {
        for scope in &mut resource.scope_metrics {
            super::once_in_scope(&mut scope.scope);
            scope.metrics.iter_mut().for_each(once);
            scope.metrics.retain(|metric| points(metric) > 0);
        }
        resource
            .scope_metrics
            .retain(|scope| !scope.metrics.is_empty());
    }
    request
        .resource_metrics
        .retain(|resource| !resource.scope_metrics.is_empty());
    request
}

/// The SDK keeps what comes twice.
fn once(metric: &mut Metric) {
    macro_rules! each {
        ($data:ident) => {
            for point in &mut $data.data_points {
                super::once(&mut point.attributes, |pair| &pair.key);
            }
        };
    }
    match metric.data.as_mut().unwrap() {
        Data::Gauge(data) => each!(data),
        Data::Sum(data) => each!(data),
        Data::Histogram(data) => each!(data),
        Data::ExponentialHistogram(data) => each!(data),
        Data::Summary(data) => each!(data),
    }
}

pub(super) fn points(metric: &Metric) -> usize {
    match metric.data.as_ref().unwrap() {
        Data::Gauge(data) => data.data_points.len(),
        Data::Sum(data) => data.data_points.len(),
        Data::Histogram(data) => data.data_points.len(),
        Data::ExponentialHistogram(data) => data.data_points.len(),
        Data::Summary(data) => data.data_points.len(),
    }
}

pub(super) fn metrics(request: &ExportMetricsServiceRequest) -> impl Iterator<Item = &Metric> {
    let resources = request.resource_metrics.iter();
    let scopes = resources.flat_map(|resource| &resource.scope_metrics);
    scopes.flat_map(|scope| &scope.metrics)
}

fn encode<P: Policy>(
    encoder: &mut Encoder<P>,
    metrics: &ResourceMetrics,
) -> (Vec<(Vec<u8>, usize)>, Tally) {
    let mut requests = Vec::new();
    let tally = encoder.metrics(metrics, |request| {
        requests.push((request.as_slice().to_vec(), request.items()));
    });
    (requests, tally)
}

#[test]
fn metrics_are_the_bytes_that_prost_writes() {
    let mut encoder = Encoder::new(Open).with_limit(usize::MAX);
    let (mut total, mut kinds) = (0, [0; 5]);
    for seed in 0..200 {
        let mut random = Random::new(seed);
        for metrics in collections(&mut random) {
            let expected = by_prost(&metrics);
            let (requests, tally) = encode(&mut encoder, &metrics);
            assert_eq!(tally, Tally::default());
            let count = self::metrics(&expected).map(points).sum::<usize>();
            match &requests[..] {
                [] => assert_eq!(count, 0),
                [(ours, items)] => {
                    assert_eq!(*items, count);
                    assert!(*ours == expected.encode_to_vec(), "seed {seed}");
                }
                _ => panic!("{} requests of seed {seed}", requests.len()),
            }
            total += count;
            for metric in self::metrics(&expected) {
                let kind = match metric.data.as_ref().unwrap() {
                    Data::Gauge(_) => 0,
                    Data::Sum(_) => 1,
                    Data::Histogram(_) => 2,
                    Data::ExponentialHistogram(_) => 3,
                    Data::Summary(_) => 4,
                };
                kinds[kind] += 1;
            }
        }
    }
    assert!(total > 4_000, "{total}");
    assert!(kinds[..4].iter().all(|count| *count > 100), "{kinds:?}");
}

/// What one instrument of `Random`'s measures, collected once.
fn collected(record: impl FnOnce(&SdkMeterProvider)) -> ResourceMetrics {
    collected_as(Temporality::Cumulative, record)
}

pub(super) fn collected_as(
    temporality: Temporality,
    record: impl FnOnce(&SdkMeterProvider),
) -> ResourceMetrics {
    let reader = Reader::new(temporality);
    let provider = SdkMeterProvider::builder()
        .with_resource(Resource::builder_empty().build())
        .with_reader(reader.clone())
        .with_view(view)
        .build();
    record(&provider);
    reader.read()
}

#[test]
fn a_histogram_of_160_buckets_and_one_of_none_are_the_bytes_that_prost_writes() {
    let mut encoder = Encoder::new(Open);
    let wide = collected(|provider| {
        let histogram = provider.meter("m").f64_histogram("e").build();
        for power in 0..160 {
            let value = 2.0_f64.powf(f64::from(power) / 8.0);
            histogram.record(value, &[]);
            histogram.record(-value, &[KeyValue::new("sign", "-")]);
        }
    });
    let empty = collected(|provider| {
        let meter = provider.meter("m");
        // What an exponential histogram does not take leaves it empty.
        meter.f64_histogram("e").build().record(f64::NAN, &[]);
        meter.f64_histogram("e0").build().record(0.0, &[]);
    });
    for metrics in [&wide, &empty] {
        let (requests, _) = encode(&mut encoder, metrics);
        let expected = by_prost(metrics);
        assert_eq!(requests.len(), expected.resource_metrics.len());
        assert!(
            requests
                .iter()
                .all(|(ours, _)| *ours == expected.encode_to_vec())
        );
    }
    let expected = by_prost(&wide);
    let Some(Data::ExponentialHistogram(wide)) = &metrics(&expected).next().unwrap().data else {
        panic!()
    };
    let buckets =
        |point: &opentelemetry_proto::tonic::metrics::v1::ExponentialHistogramDataPoint| {
            let of = |side: &Option<_>| {
                let side: &opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets =
                side.as_ref().unwrap();
                side.bucket_counts.len()
            };
            of(&point.positive).max(of(&point.negative))
        };
    assert!(wide.data_points.iter().any(|point| buckets(point) > 150));
}

fn numbered(points: i64) -> ResourceMetrics {
    collected(|provider| {
        let scope = InstrumentationScope::builder("m")
            .with_schema_url("https://s/1")
            .build();
        let meter = provider.meter_with_scope(scope);
        for name in ["first", "second"] {
            let counter = meter.u64_counter(name).with_unit("{thing}").build();
            for number in 0..points / 2 {
                counter.add(1, &[KeyValue::new("number", number)]);
            }
        }
    })
}

#[test]
fn a_collection_of_10_000_points_is_split_before_it_passes_the_limit_and_loses_none() {
    // The SDK keeps 2,000 series of an instrument unless a view says otherwise.
    let reader = Reader::new(Temporality::Cumulative);
    let provider = SdkMeterProvider::builder()
        .with_reader(reader.clone())
        .with_view(|_: &Instrument| {
            Some(
                Stream::builder()
                    .with_cardinality_limit(20_000)
                    .build()
                    .unwrap(),
            )
        })
        .build();
    let counter = provider.meter("m").u64_counter("all").build();
    for number in 0..10_000 {
        counter.add(1, &[KeyValue::new("number", number)]);
    }
    let metrics = reader.read();
    let (whole, _) = encode(&mut Encoder::new(Open), &metrics);
    assert_eq!(whole.len(), 1);
    assert!(whole[0].0 == by_prost(&metrics).encode_to_vec());
    for limit in [1_000, 10_000, 100_000] {
        let mut encoder = Encoder::new(Open).with_limit(limit);
        let (requests, tally) = encode(&mut encoder, &metrics);
        assert_eq!(tally, Tally::default());
        assert!(requests.iter().all(|(request, _)| request.len() <= limit));
        assert!(
            requests.len() <= 2 * whole[0].0.len() / limit + 20,
            "{}",
            requests.len()
        );
        let mut numbers = Vec::new();
        for (request, items) in &requests {
            let decoded = ExportMetricsServiceRequest::decode(request.as_slice()).unwrap();
            let before = numbers.len();
            for metric in self::metrics(&decoded) {
                let Some(Data::Sum(sum)) = &metric.data else {
                    panic!()
                };
                assert_eq!((sum.aggregation_temporality, sum.is_monotonic), (2, true));
                let number = |point: &NumberDataPoint| format!("{:?}", point.attributes[0].value);
                numbers.extend(sum.data_points.iter().map(number));
            }
            assert_eq!(numbers.len() - before, *items);
        }
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), 10_000);
    }
}

#[test]
fn what_stands_around_points_is_in_each_request_that_a_collection_is_split_into() {
    let metrics = numbered(200);
    for json in [false, true] {
        for limit in 400..700 {
            let encoder = Encoder::new(Open).with_limit(limit);
            let mut encoder = if json { encoder.with_json() } else { encoder };
            let (requests, tally) = encode(&mut encoder, &metrics);
            let sent: usize = requests.iter().map(|(_, items)| items).sum();
            assert_eq!(sent + tally.oversized, 200);
            for (request, items) in &requests {
                assert!(request.len() <= limit, "{} > {limit}", request.len());
                let decoded: ExportMetricsServiceRequest = if json {
                    serde_json::from_slice(request).unwrap()
                } else {
                    ExportMetricsServiceRequest::decode(request.as_slice()).unwrap()
                };
                assert_eq!(
                    decoded.resource_metrics[0].scope_metrics[0].schema_url,
                    "https://s/1"
                );
                let metrics: Vec<_> = self::metrics(&decoded).collect();
                assert!(metrics.iter().all(|metric| metric.unit == "{thing}"));
                assert!(metrics.iter().all(|metric| points(metric) > 0));
                assert_eq!(
                    metrics.iter().map(|metric| points(metric)).sum::<usize>(),
                    *items
                );
            }
        }
    }
}

#[test]
fn a_point_that_is_too_large_is_left_out_alone_and_uncut() {
    let metrics = collected(|provider| {
        let counter = provider.meter("m").u64_counter("c").build();
        counter.add(1, &[KeyValue::new("label", "x".repeat(5_000))]);
        counter.add(2, &[KeyValue::new("label", "short")]);
    });
    let mut encoder = Encoder::new(Open).with_limit(4_000);
    let (requests, tally) = encode(&mut encoder, &metrics);
    assert_eq!((requests.len(), tally.oversized), (1, 1));
    let decoded = ExportMetricsServiceRequest::decode(requests[0].0.as_slice()).unwrap();
    let Some(Data::Sum(sum)) = &self::metrics(&decoded).next().unwrap().data else {
        panic!()
    };
    assert_eq!(sum.data_points[0].value, Some(Number::AsInt(2)));
    assert_eq!(sum.data_points.len(), 1);
}

#[test]
fn labels_go_through_the_policy_in_both_encodings() {
    let metrics = collected(|provider| {
        let scope = InstrumentationScope::builder("m")
            .with_attributes([KeyValue::new("secret", "of the scope")])
            .build();
        let meter = provider.meter_with_scope(scope);
        let labels = [
            KeyValue::new("secret", "hidden"),
            KeyValue::new("text", "a hidden word"),
            KeyValue::new("closed", "open"),
        ];
        meter.u64_counter("c").build().add(1, &labels);
        meter.f64_gauge("g").build().record(1.0, &labels);
        meter.f64_histogram("h").build().record(1.0, &labels);
        meter.f64_histogram("e").build().record(1.0, &labels);
    });
    for encoder in [Encoder::new(Masking), Encoder::new(Masking).with_json()] {
        let mut encoder = encoder;
        let (requests, tally) = encode(&mut encoder, &metrics);
        assert_eq!(tally.redacted, 1 + 4 * 2);
        let text = String::from_utf8_lossy(&requests[0].0).into_owned();
        assert!(
            !text.contains("hidden") && !text.contains("of the scope"),
            "{text}"
        );
        assert_eq!(text.matches("[REDACTED]").count(), 5);
        assert_eq!(text.matches("a *** word").count(), 4);
    }
}

#[test]
fn the_sdk_s_types_have_the_fields_that_are_written() {
    let metrics = collected(|provider| {
        let meter = provider.meter("m");
        meter.u64_counter("c").build().add(1, &[]);
        meter.f64_gauge("g").build().record(1.0, &[]);
        meter.f64_histogram("h").build().record(1.0, &[]);
        meter.f64_histogram("e").build().record(1.0, &[]);
    });
    let shown = format!("{metrics:?}");
    let names = |of: &str| {
        let start = shown.find(&format!("{of} {{")).unwrap();
        super::fields(&shown[start..])
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(names("Metric"), ["name", "description", "unit", "data"]);
    assert_eq!(names("SumDataPoint"), ["attributes", "value", "exemplars"]);
    assert_eq!(
        names("GaugeDataPoint"),
        ["attributes", "value", "exemplars"]
    );
    assert_eq!(
        names("HistogramDataPoint"),
        [
            "attributes",
            "count",
            "bounds",
            "bucket_counts",
            "min",
            "max",
            "sum",
            "exemplars"
        ]
    );
    assert_eq!(
        names("ExponentialHistogramDataPoint"),
        [
            "attributes",
            "count",
            "min",
            "max",
            "sum",
            "scale",
            "zero_count",
            "positive_bucket",
            "negative_bucket",
            "zero_threshold",
            "exemplars"
        ]
    );
}
