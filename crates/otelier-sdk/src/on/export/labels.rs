//! Labels of metrics whose key names a secret.
//!
//! The SDK hands out metrics by reference, in types that only it can build, so
//! they are looked at once more after they were encoded. That is once a minute.

use bytes::Bytes;
use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value::Value},
    metrics::v1::{Exemplar, metric::Data},
};
use otelier_core::{REDACTED, is_secret};
use prost::Message as _;

/// Replaces the values of secret labels; returns how many they were. A request
/// without any passes through untouched. Points that differed in such a value
/// alone look the same afterwards.
pub(crate) fn redact(body: Bytes) -> (Bytes, u64) {
    let Ok(mut request) = ExportMetricsServiceRequest::decode(&*body) else {
        return (body, 0);
    };
    match in_request(&mut request) {
        0 => (body, 0),
        redacted => (request.encode_to_vec().into(), redacted),
    }
}

fn in_request(request: &mut ExportMetricsServiceRequest) -> u64 {
    let resources = request.resource_metrics.iter_mut();
    resources
        .flat_map(|resource| &mut resource.scope_metrics)
        .flat_map(|scope| &mut scope.metrics)
        .filter_map(|metric| metric.data.as_mut())
        .map(in_points)
        .sum()
}

fn in_points(data: &mut Data) -> u64 {
    macro_rules! both {
        ($points:expr) => {
            $points
                .iter_mut()
                .map(|point| pairs(&mut point.attributes) + in_exemplars(&mut point.exemplars))
                .sum()
        };
    }
    match data {
        Data::Gauge(gauge) => both!(gauge.data_points),
        Data::Sum(sum) => both!(sum.data_points),
        Data::Histogram(histogram) => both!(histogram.data_points),
        Data::ExponentialHistogram(histogram) => both!(histogram.data_points),
        Data::Summary(summary) => {
            let points = summary.data_points.iter_mut();
            points.map(|point| pairs(&mut point.attributes)).sum()
        }
    }
}

fn in_exemplars(exemplars: &mut [Exemplar]) -> u64 {
    let exemplars = exemplars.iter_mut();
    exemplars
        .map(|exemplar| pairs(&mut exemplar.filtered_attributes))
        .sum()
}

fn pairs(attributes: &mut [KeyValue]) -> u64 {
    let mut redacted = 0;
    for attribute in attributes {
        if is_secret(&attribute.key) {
            attribute.value = Some(AnyValue {
                value: Some(Value::StringValue(REDACTED.to_owned())),
            });
            redacted += 1;
        }
    }
    redacted
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::metrics::v1::{
        Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
    };

    use super::*;

    fn label(key: &str) -> KeyValue {
        KeyValue {
            key: key.to_owned(),
            value: Some(AnyValue {
                value: Some(Value::StringValue("s3cr3t".to_owned())),
            }),
            ..KeyValue::default()
        }
    }

    fn request(key: &str) -> ExportMetricsServiceRequest {
        let sum = Data::Sum(Sum {
            data_points: vec![NumberDataPoint {
                attributes: vec![label(key), label("job")],
                exemplars: vec![Exemplar {
                    filtered_attributes: vec![label(key)],
                    ..Exemplar::default()
                }],
                ..NumberDataPoint::default()
            }],
            ..Sum::default()
        });
        let histogram = Data::Histogram(Histogram {
            data_points: vec![HistogramDataPoint {
                attributes: vec![label(key)],
                ..HistogramDataPoint::default()
            }],
            ..Histogram::default()
        });
        let metrics = [sum, histogram].map(|data| Metric {
            data: Some(data),
            ..Metric::default()
        });
        ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                scope_metrics: vec![ScopeMetrics {
                    metrics: metrics.into(),
                    ..ScopeMetrics::default()
                }],
                ..ResourceMetrics::default()
            }],
        }
    }

    #[test]
    fn labels_whose_key_names_a_secret_lose_their_value_and_others_keep_it() {
        let body = Bytes::from(request("api_key").encode_to_vec());
        let (body, redacted) = redact(body);
        assert_eq!(redacted, 3);
        let request = ExportMetricsServiceRequest::decode(&*body).unwrap();
        let text = format!("{request:?}");
        assert_eq!(text.matches("s3cr3t").count(), 1, "{text}");
        assert_eq!(text.matches(REDACTED).count(), 3, "{text}");
    }

    #[test]
    fn a_request_without_secret_labels_passes_untouched() {
        let body = Bytes::from(request("user.kind").encode_to_vec());
        assert_eq!(redact(body.clone()), (body, 0));
    }
}
