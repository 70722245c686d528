//! Exemplars in the points that they belong to.

use opentelemetry::{InstrumentationScope, KeyValue, metrics::MeterProvider as _};
use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    metrics::v1::{self, exemplar::Value, metric::Data},
};
use opentelemetry_sdk::metrics::{Temporality, data::ResourceMetrics};
use otelier_otlp::{Encoder, Exemplar, Exemplars, Protocol, Request, Signal, Tally};
use prost::Message as _;

use super::{
    Open,
    metrics::{collected_as, metrics},
};

fn exemplar(number: u8) -> Exemplar {
    Exemplar {
        value: f64::from(number) / 8.0,
        nanos: u64::from(number) * 1_000,
        trace_id: [number; 16],
        span_id: [number; 8],
    }
}

fn scope(name: &'static str) -> InstrumentationScope {
    InstrumentationScope::builder(name)
        .with_version("1")
        .build()
}

fn labels(method: &'static str) -> [KeyValue; 2] {
    [KeyValue::new("method", method), KeyValue::new("code", 200)]
}

/// Two histograms of two series each, in each of two scopes.
fn collection(temporality: Temporality) -> ResourceMetrics {
    collected_as(temporality, |provider| {
        for name in ["one", "other"] {
            let meter = provider.meter_with_scope(scope(name));
            for histogram in ["h", "e"] {
                let histogram = meter.f64_histogram(histogram).build();
                for method in ["GET", "PUT"] {
                    histogram.record(1.0, &labels(method));
                }
            }
        }
    })
}

/// One of each kind, and those that have no point.
fn exemplars() -> Exemplars {
    let mut exemplars = Exemplars::default();
    let [method, code] = labels("GET");
    let mut add = |scope: &InstrumentationScope, name, attributes: &[KeyValue], number| {
        exemplars.add(scope, name, attributes, exemplar(number));
    };
    // In another order than the SDK has them.
    add(&scope("one"), "h", &[method.clone(), code.clone()], 1);
    add(&scope("one"), "e", &[code.clone(), method.clone()], 3);
    add(&scope("one"), "h", &[method.clone(), code.clone()], 2);
    add(&scope("nobody's"), "h", &labels("GET"), 9);
    add(&scope("one"), "renamed", &labels("GET"), 9);
    add(&scope("one"), "h", &[method], 9);
    add(&scope("one"), "h", &[], 9);
    exemplars
}

fn encode(
    encoder: &mut Encoder<Open>,
    metrics: &ResourceMetrics,
    exemplars: &Exemplars,
) -> (Vec<Vec<u8>>, Tally) {
    let mut requests = Vec::new();
    let tally = encoder.metrics_with(metrics, exemplars, |request| {
        requests.push(request.as_slice().to_vec());
    });
    (requests, tally)
}

/// Scope, metric, value of `method`, and the exemplars of each point that has any.
fn found(
    request: &ExportMetricsServiceRequest,
) -> Vec<(String, String, String, Vec<v1::Exemplar>)> {
    let mut found = Vec::new();
    for scope in request
        .resource_metrics
        .iter()
        .flat_map(|it| &it.scope_metrics)
    {
        let name = &scope.scope.as_ref().unwrap().name;
        for metric in &scope.metrics {
            let points: Vec<_> = match metric.data.as_ref().unwrap() {
                Data::Histogram(of) => {
                    let points = of.data_points.iter();
                    points.map(|it| (&it.attributes, &it.exemplars)).collect()
                }
                Data::ExponentialHistogram(of) => {
                    let points = of.data_points.iter();
                    points.map(|it| (&it.attributes, &it.exemplars)).collect()
                }
                _ => Vec::new(),
            };
            for (attributes, exemplars) in points {
                let method = attributes.iter().find(|it| it.key == "method").unwrap();
                if !exemplars.is_empty() {
                    found.push((
                        name.clone(),
                        metric.name.clone(),
                        format!("{:?}", method.value),
                        exemplars.clone(),
                    ));
                }
            }
        }
    }
    found
}

fn expected(number: u8) -> v1::Exemplar {
    let exemplar = exemplar(number);
    v1::Exemplar {
        filtered_attributes: Vec::new(),
        time_unix_nano: exemplar.nanos,
        span_id: exemplar.span_id.to_vec(),
        trace_id: exemplar.trace_id.to_vec(),
        value: Some(Value::AsDouble(exemplar.value)),
    }
}

fn assert_found(request: &ExportMetricsServiceRequest) {
    let mut found = found(request);
    found.sort_by(|one, other| one.1.cmp(&other.1));
    assert_eq!(found.len(), 2, "{found:?}");
    let numbers: [&[u8]; 2] = [&[3], &[1, 2]];
    for ((scope, metric, method, exemplars), (name, numbers)) in
        found.into_iter().zip(["e", "h"].into_iter().zip(numbers))
    {
        assert_eq!((&*scope, &*metric), ("one", name));
        assert!(method.contains("GET"), "{method}");
        let numbers = numbers.iter().map(|number| expected(*number));
        assert_eq!(exemplars, numbers.collect::<Vec<_>>());
    }
}

#[test]
fn exemplars_stand_in_the_points_of_their_scope_name_and_labels() {
    for temporality in [Temporality::Cumulative, Temporality::Delta] {
        let metrics = collection(temporality);
        let (binary, _) = encode(&mut Encoder::new(Open), &metrics, &exemplars());
        let decoded = ExportMetricsServiceRequest::decode(&*binary[0]).unwrap();
        assert_found(&decoded);
        // The order of fields is that of prost.
        assert!(decoded.encode_to_vec() == binary[0]);
        let mut json = Encoder::new(Open).with_json();
        let (json, _) = encode(&mut json, &metrics, &exemplars());
        assert_found(&serde_json::from_slice(&json[0]).unwrap());
    }
}

#[test]
fn points_without_exemplars_are_the_bytes_that_they_were() {
    let metrics = collection(Temporality::Cumulative);
    let mut others = Exemplars::default();
    others.add(&scope("one"), "h", &labels("POST"), exemplar(1));
    for json in [false, true] {
        let encoder = || match json {
            true => Encoder::new(Open).with_json(),
            false => Encoder::new(Open),
        };
        let mut bare = Vec::new();
        encoder().metrics(&metrics, |request| bare.push(request.as_slice().to_vec()));
        assert!(encode(&mut encoder(), &metrics, &Exemplars::default()).0 == bare);
        assert!(encode(&mut encoder(), &metrics, &others).0 == bare);
    }
}

#[test]
fn exemplars_count_for_the_limit_and_go_with_their_points_into_halves() {
    let metrics = collected_as(Temporality::Cumulative, |provider| {
        let meter = provider.meter_with_scope(scope("one"));
        let histogram = meter.f64_histogram("h").build();
        for number in 0..200 {
            histogram.record(1.0, &[KeyValue::new("method", number)]);
        }
    });
    let mut exemplars = Exemplars::default();
    for number in 0..200 {
        let attributes = [KeyValue::new("method", number)];
        let exemplar = exemplar(u8::try_from(number).unwrap());
        exemplars.add(&scope("one"), "h", &attributes, exemplar);
    }
    let whole = |requests: &[Vec<u8>], json: bool| {
        let mut all = Vec::new();
        for request in requests {
            let request: ExportMetricsServiceRequest = match json {
                true => serde_json::from_slice(request).unwrap(),
                false => ExportMetricsServiceRequest::decode(&**request).unwrap(),
            };
            assert_eq!(metrics_of(&request), found(&request).len());
            for (.., method, exemplars) in found(&request) {
                let number = exemplars[0].time_unix_nano / 1_000;
                assert!(method.contains(&format!("IntValue({number})")), "{method}");
                all.push(number);
            }
        }
        all.sort_unstable();
        assert_eq!(all, Vec::from_iter(0..200));
    };
    for json in [false, true] {
        let encoder = |limit| match json {
            true => Encoder::new(Open).with_json().with_limit(limit),
            false => Encoder::new(Open).with_limit(limit),
        };
        let (split, tally) = encode(&mut encoder(2_000), &metrics, &exemplars);
        assert_eq!(tally, Tally::default());
        assert!(split.len() > 10 && split.iter().all(|request| request.len() <= 2_000));
        whole(&split, json);

        let (mut one, _) = encode(&mut encoder(1 << 20), &metrics, &exemplars);
        let protocol = match json {
            true => Protocol::HttpJson,
            false => Protocol::HttpProtobuf,
        };
        let mut halves = Vec::new();
        let lost =
            Request::of(&mut one[0], 200).split(protocol, Signal::Metrics, 2_000, &mut |half| {
                halves.push(half.as_slice().to_vec());
            });
        assert_eq!(lost, 0);
        whole(&halves, json);
    }
}

/// How many points there are.
fn metrics_of(request: &ExportMetricsServiceRequest) -> usize {
    metrics(request).map(super::metrics::points).sum()
}
