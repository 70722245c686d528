//! Labels of metrics that hold a secret.
//!
//! The SDK hands out metrics by reference, in types that only it can build, so
//! they are looked at once more after they were encoded. That is once a minute.

use std::borrow::Cow;

use bytes::Bytes;
use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value::Value},
    metrics::v1::metric::Data,
};
use otelier_core::{REDACTED, Treatment, redact_text, treatment};
use prost::Message as _;

use super::redact::once;

/// What became of labels.
#[derive(Default)]
struct Changes {
    redacted: u64,
    doubles: u64,
}

/// Replaces secret values of labels, and leaves each label once, the last of
/// equals; returns how many were replaced. A request without either passes
/// through untouched. Points that differed in such a value alone look the same
/// afterwards.
pub(crate) fn redact(body: Bytes) -> (Bytes, u64) {
    let Ok(mut request) = ExportMetricsServiceRequest::decode(&*body) else {
        return (body, 0);
    };
    let mut changes = Changes::default();
    let resources = request.resource_metrics.iter_mut();
    let scopes = resources.flat_map(|resource| &mut resource.scope_metrics);
    for scope in scopes {
        if let Some(scope) = &mut scope.scope {
            pairs(&mut scope.attributes, &mut changes);
        }
        for data in scope
            .metrics
            .iter_mut()
            .filter_map(|metric| metric.data.as_mut())
        {
            in_points(data, &mut changes);
        }
    }
    match changes {
        Changes {
            redacted: 0,
            doubles: 0,
        } => (body, 0),
        Changes { redacted, .. } => (request.encode_to_vec().into(), redacted),
    }
}

fn in_points(data: &mut Data, changes: &mut Changes) {
    macro_rules! both {
        ($points:expr) => {
            for point in $points {
                pairs(&mut point.attributes, changes);
                for exemplar in &mut point.exemplars {
                    pairs(&mut exemplar.filtered_attributes, changes);
                }
            }
        };
    }
    match data {
        Data::Gauge(gauge) => both!(&mut gauge.data_points),
        Data::Sum(sum) => both!(&mut sum.data_points),
        Data::Histogram(histogram) => both!(&mut histogram.data_points),
        Data::ExponentialHistogram(histogram) => both!(&mut histogram.data_points),
        Data::Summary(summary) => {
            for point in &mut summary.data_points {
                pairs(&mut point.attributes, changes);
            }
        }
    }
}

fn pairs(attributes: &mut Vec<KeyValue>, changes: &mut Changes) {
    changes.doubles += once(attributes, |pair| pair.key.clone());
    for KeyValue { key, value, .. } in attributes {
        let Some(AnyValue { value: Some(value) }) = value else {
            continue;
        };
        changes.redacted += match treatment(key) {
            Treatment::Keep => 0,
            Treatment::Search => texts(value),
            Treatment::Hide => {
                hide(value);
                1
            }
        };
    }
}

/// An array stays one.
fn hide(value: &mut Value) {
    match value {
        Value::ArrayValue(array) => {
            array.values.truncate(1);
            array
                .values
                .iter_mut()
                .flat_map(|item| &mut item.value)
                .for_each(hide);
        }
        value => *value = Value::StringValue(REDACTED.to_owned()),
    }
}

fn texts(value: &mut Value) -> u64 {
    match value {
        Value::StringValue(text) => {
            let Cow::Owned(shown) = redact_text(text) else {
                return 0;
            };
            *text = shown;
            1
        }
        Value::ArrayValue(array) => {
            let items = array.values.iter_mut().flat_map(|item| &mut item.value);
            items.map(texts).sum()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::metrics::v1::{
        Exemplar, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
        ScopeMetrics, Sum,
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
    fn a_label_that_comes_twice_stays_once_and_its_text_is_searched() {
        let mut request = request("url");
        let data = request.resource_metrics[0].scope_metrics[0].metrics[0]
            .data
            .as_mut();
        let Some(Data::Sum(sum)) = data else { panic!() };
        let mut last = label("url");
        last.value.as_mut().unwrap().value =
            Some(Value::StringValue("https://ann:s3cr3t@h/".to_owned()));
        sum.data_points[0].attributes.push(last);
        let (body, redacted) = redact(request.encode_to_vec().into());
        assert_eq!(redacted, 1);
        let shown = ExportMetricsServiceRequest::decode(&*body).unwrap();
        let data = shown.resource_metrics[0].scope_metrics[0].metrics[0]
            .data
            .as_ref();
        let Some(Data::Sum(sum)) = data else { panic!() };
        let keys: Vec<_> = sum.data_points[0]
            .attributes
            .iter()
            .map(|pair| &pair.key)
            .collect();
        assert_eq!(keys, ["job", "url"]);
        assert!(format!("{sum:?}").contains("https://REDACTED:REDACTED@h/"));
    }

    #[test]
    fn a_request_without_secret_labels_passes_untouched() {
        let body = Bytes::from(request("user.kind").encode_to_vec());
        assert_eq!(redact(body.clone()), (body, 0));
    }
}
