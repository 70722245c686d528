//! Splits encoded metrics requests that are too large to be received.
//!
//! The SDK hands out metrics by reference, in types that only it can build, so
//! they cannot be split before they are encoded. A request within the limit
//! passes through untouched.

use bytes::Bytes;
use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    metrics::v1::{Metric, ResourceMetrics, ScopeMetrics, metric::Data},
};
use otelier_otlp::Protocol;
use prost::Message as _;

use super::json;

/// Requests to send in the place of one.
#[derive(Debug)]
pub(crate) struct Parts {
    /// Encoded requests, each with the number of its data points; 0 where it
    /// was not counted because it is the only one.
    pub(crate) bodies: Vec<(Bytes, usize)>,
    /// Data points too large to be sent at all.
    pub(crate) oversized: usize,
}

impl Parts {
    pub(crate) fn whole(body: Bytes) -> Self {
        Self {
            bodies: vec![(body, 0)],
            oversized: 0,
        }
    }
}

/// Splits a metrics request, which is protobuf, into parts of at most `most` bytes
/// in the encoding of `protocol`.
pub(crate) fn metrics(body: Bytes, protocol: Protocol, most: usize) -> Parts {
    if body.len() <= most && protocol != Protocol::HttpJson {
        return Parts::whole(body);
    }
    let mut parts = Parts {
        bodies: Vec::new(),
        oversized: 0,
    };
    match ExportMetricsServiceRequest::decode(&*body) {
        Ok(request) => halve(request, protocol, most, &mut parts),
        Err(_) => return Parts::whole(body),
    }
    parts
}

fn halve(request: ExportMetricsServiceRequest, protocol: Protocol, most: usize, parts: &mut Parts) {
    let points = request_points(&request);
    let body = encode(&request, protocol);
    if body.len() <= most {
        parts.bodies.push((body.into(), points));
    } else if points <= 1 {
        parts.oversized += points;
    } else {
        let (first, second) = divide(request, points / 2);
        halve(first, protocol, most, parts);
        halve(second, protocol, most, parts);
    }
}

fn encode(request: &ExportMetricsServiceRequest, protocol: Protocol) -> Vec<u8> {
    match protocol {
        Protocol::HttpJson => json::of_metrics(request.clone()).unwrap_or_default(),
        Protocol::Grpc | Protocol::HttpProtobuf => request.encode_to_vec(),
    }
}

/// Cuts after `keep` data points. Resource, scope and metric go to both sides.
fn divide(
    request: ExportMetricsServiceRequest,
    mut keep: usize,
) -> (ExportMetricsServiceRequest, ExportMetricsServiceRequest) {
    let mut first = ExportMetricsServiceRequest::default();
    let mut second = ExportMetricsServiceRequest::default();
    for resource in request.resource_metrics {
        let mut near = Vec::new();
        let mut far = Vec::new();
        for scope in resource.scope_metrics {
            let (kept, rest) = divide_scope(scope.metrics, &mut keep);
            for (side, metrics) in [(&mut near, kept), (&mut far, rest)] {
                if !metrics.is_empty() {
                    side.push(ScopeMetrics {
                        scope: scope.scope.clone(),
                        metrics,
                        schema_url: scope.schema_url.clone(),
                    });
                }
            }
        }
        for (side, scope_metrics) in [(&mut first, near), (&mut second, far)] {
            if !scope_metrics.is_empty() {
                side.resource_metrics.push(ResourceMetrics {
                    resource: resource.resource.clone(),
                    scope_metrics,
                    schema_url: resource.schema_url.clone(),
                });
            }
        }
    }
    (first, second)
}

fn divide_scope(metrics: Vec<Metric>, keep: &mut usize) -> (Vec<Metric>, Vec<Metric>) {
    let mut kept = Vec::new();
    let mut rest = Vec::new();
    for mut metric in metrics {
        let points = metric.data.as_ref().map_or(0, data_points);
        if points <= *keep {
            *keep -= points;
            kept.push(metric);
        } else if *keep == 0 {
            rest.push(metric);
        } else {
            let tail = metric.data.as_mut().map(|data| split_off(data, *keep));
            *keep = 0;
            rest.push(Metric {
                data: tail,
                ..metric.clone()
            });
            kept.push(metric);
        }
    }
    (kept, rest)
}

/// Takes the points after the first `at`; kind and temporality go with them.
fn split_off(data: &mut Data, at: usize) -> Data {
    let mut tail = data.clone();
    match (data, &mut tail) {
        (Data::Gauge(head), Data::Gauge(tail)) => tail.data_points = head.data_points.split_off(at),
        (Data::Sum(head), Data::Sum(tail)) => tail.data_points = head.data_points.split_off(at),
        (Data::Histogram(head), Data::Histogram(tail)) => {
            tail.data_points = head.data_points.split_off(at);
        }
        (Data::ExponentialHistogram(head), Data::ExponentialHistogram(tail)) => {
            tail.data_points = head.data_points.split_off(at);
        }
        (Data::Summary(head), Data::Summary(tail)) => {
            tail.data_points = head.data_points.split_off(at);
        }
        _ => {}
    }
    tail
}

fn request_points(request: &ExportMetricsServiceRequest) -> usize {
    let resources = request.resource_metrics.iter();
    resources
        .flat_map(|resource| &resource.scope_metrics)
        .flat_map(|scope| &scope.metrics)
        .map(|metric| metric.data.as_ref().map_or(0, data_points))
        .sum()
}

fn data_points(data: &Data) -> usize {
    match data {
        Data::Gauge(gauge) => gauge.data_points.len(),
        Data::Sum(sum) => sum.data_points.len(),
        Data::Histogram(histogram) => histogram.data_points.len(),
        Data::ExponentialHistogram(histogram) => histogram.data_points.len(),
        Data::Summary(summary) => summary.data_points.len(),
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::{
        common::v1::{AnyValue, KeyValue, any_value::Value},
        metrics::v1::{NumberDataPoint, Sum},
    };
    use otelier_otlp::MAX_REQUEST;

    use super::*;

    fn request(points: usize, bytes: usize) -> ExportMetricsServiceRequest {
        let point = |n: usize| NumberDataPoint {
            attributes: vec![KeyValue {
                key: "n".to_owned(),
                value: Some(AnyValue {
                    value: Some(Value::StringValue(format!("{n}{}", "x".repeat(bytes)))),
                }),
                ..KeyValue::default()
            }],
            ..NumberDataPoint::default()
        };
        let metric = |name: &str| Metric {
            name: name.to_owned(),
            data: Some(Data::Sum(Sum {
                data_points: (0..points).map(point).collect(),
                aggregation_temporality: 2,
                is_monotonic: true,
            })),
            ..Metric::default()
        };
        ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                scope_metrics: vec![ScopeMetrics {
                    metrics: vec![metric("a"), metric("b")],
                    ..ScopeMetrics::default()
                }],
                ..ResourceMetrics::default()
            }],
        }
    }

    #[test]
    fn a_request_within_the_limit_passes_untouched() {
        let body = Bytes::from(request(3, 10).encode_to_vec());
        let parts = metrics(body.clone(), Protocol::Grpc, MAX_REQUEST);
        assert_eq!(parts.bodies, [(body, 0)]);
    }

    #[test]
    fn a_request_above_the_limit_is_split_and_loses_nothing() {
        for protocol in [Protocol::HttpProtobuf, Protocol::HttpJson] {
            let whole = request(700, 10_000);
            let body = whole.encode_to_vec();
            assert!(body.len() > 3 * MAX_REQUEST);
            let parts = metrics(body.into(), protocol, MAX_REQUEST);
            assert!(parts.bodies.len() >= 4 && parts.oversized == 0);
            assert!(
                parts
                    .bodies
                    .iter()
                    .all(|(body, _)| body.len() <= MAX_REQUEST)
            );
            let points: usize = parts.bodies.iter().map(|(_, points)| points).sum();
            assert_eq!(points, 1400);
        }
    }

    #[test]
    fn a_point_above_the_limit_is_dropped_alone() {
        let whole = request(1, MAX_REQUEST + 1);
        let parts = metrics(whole.encode_to_vec().into(), Protocol::Grpc, MAX_REQUEST);
        assert_eq!((parts.bodies.len(), parts.oversized), (0, 2));
    }
}
