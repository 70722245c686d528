//! Requests in protobuf: two messages one after the other are one message with the
//! lists of both.

use bytes::Bytes;

use crate::{
    Signal,
    wire::{Fields, Value, varint_to},
};

/// The fields that lead to the records of a request, from the outside in.
fn path(signal: Signal) -> &'static [&'static [u32]] {
    match signal {
        // Resource, scope, record.
        Signal::Traces | Signal::Logs => &[&[1], &[2], &[2]],
        // Resource, scope, metric, its kind, data point.
        Signal::Metrics => &[&[1], &[2], &[2], &[5, 7, 9, 10, 11], &[1]],
    }
}

/// Whether it is a request as a whole: nothing but a list of resources.
fn is_request(body: &[u8]) -> bool {
    let mut fields = Fields(body);
    let is_list = fields.all(|(number, value)| number == 1 && matches!(value, Value::Bytes(_)));
    is_list && fields.0.is_empty() && !body.is_empty()
}

pub(super) fn gather(bodies: &[Bytes]) -> Option<Vec<u8>> {
    let are_requests = bodies.iter().all(|body| is_request(body));
    are_requests.then(|| bodies.concat())
}

pub(super) fn divide(body: &[u8], signal: Signal, mut keep: usize) -> Option<(Vec<u8>, Vec<u8>)> {
    if !is_request(body) {
        return None;
    }
    let [near, far] = cut(body, path(signal), &mut keep);
    Some((near?, far?))
}

/// Both sides of one message, `None` where no record is in it.
fn cut(message: &[u8], path: &[&[u32]], keep: &mut usize) -> [Option<Vec<u8>>; 2] {
    let Some((list, below)) = path.split_first() else {
        // A record goes as it is.
        return if *keep == 0 {
            [None, Some(message.to_vec())]
        } else {
            *keep -= 1;
            [Some(message.to_vec()), None]
        };
    };
    let mut sides = [Vec::new(), Vec::new()];
    let mut has_records = [false; 2];
    let mut fields = Fields(message);
    let mut before = message;
    while let Some((number, value)) = fields.next() {
        let whole = before.len() - fields.0.len();
        let raw = before.get(..whole).unwrap_or_default();
        before = fields.0;
        let inner = match value {
            Value::Bytes(inner) if list.contains(&number) => inner,
            _ => {
                sides
                    .iter_mut()
                    .for_each(|side| side.extend_from_slice(raw));
                continue;
            }
        };
        for (at, part) in cut(inner, below, keep).into_iter().enumerate() {
            if let (Some(part), Some(side), Some(has)) =
                (part, sides.get_mut(at), has_records.get_mut(at))
            {
                *has = true;
                varint_to(side, u64::from(number) << 3 | 2);
                varint_to(side, part.len() as u64);
                side.extend_from_slice(&part);
            }
        }
    }
    let [near, far] = sides;
    let [in_near, in_far] = has_records;
    [in_near.then_some(near), in_far.then_some(far)]
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::{
        collector::{
            logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
            trace::v1::ExportTraceServiceRequest,
        },
        common::v1::InstrumentationScope,
        metrics::v1::{
            Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics,
            Sum, metric::Data,
        },
        resource::v1::Resource,
        trace::v1::{ResourceSpans, ScopeSpans, Span},
    };
    use proptest::prelude::*;
    use prost::Message as _;

    use super::*;

    /// A resource for each list, a scope for each number, so many spans in it.
    fn request(resources: &[Vec<usize>]) -> ExportTraceServiceRequest {
        let mut names = (0..).map(|number| format!("span {number}"));
        let mut scope = |spans: usize| ScopeSpans {
            scope: Some(InstrumentationScope {
                name: format!("of {spans}"),
                ..InstrumentationScope::default()
            }),
            spans: names
                .by_ref()
                .take(spans)
                .map(|name| Span {
                    name,
                    ..Span::default()
                })
                .collect(),
            schema_url: "scope".to_owned(),
        };
        let resource_spans = resources.iter().map(|scopes| ResourceSpans {
            resource: Some(Resource::default()),
            scope_spans: scopes.iter().map(|spans| scope(*spans)).collect(),
            schema_url: "resource".to_owned(),
        });
        ExportTraceServiceRequest {
            resource_spans: resource_spans.collect(),
        }
    }

    fn names(request: &ExportTraceServiceRequest) -> Vec<&str> {
        let resources = request.resource_spans.iter();
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        let spans = scopes.flat_map(|scope| &scope.spans);
        spans.map(|span| span.name.as_str()).collect()
    }

    proptest! {
        #[test]
        fn each_record_goes_to_one_side_and_what_is_around_it_to_both(
            resources: Vec<Vec<u8>>,
            keep in 0_usize..50,
        ) {
            let resources: Vec<Vec<usize>> = resources
                .iter()
                .take(4)
                .map(|scopes| scopes.iter().take(4).map(|spans| usize::from(spans % 5)).collect())
                .collect();
            let whole = request(&resources);
            let all = names(&whole);
            match divide(&whole.encode_to_vec(), Signal::Traces, keep) {
                None => prop_assert!(keep == 0 || keep >= all.len()),
                Some((near, far)) => {
                    let near = ExportTraceServiceRequest::decode(&near[..]).unwrap();
                    let far = ExportTraceServiceRequest::decode(&far[..]).unwrap();
                    prop_assert_eq!(&[names(&near), names(&far)].concat(), &all);
                    prop_assert_eq!(names(&near).len(), keep);
                    for side in [near, far] {
                        for resource in side.resource_spans {
                            prop_assert_eq!(&resource.schema_url, "resource");
                            prop_assert!(resource.resource.is_some());
                            for scope in resource.scope_spans {
                                prop_assert_eq!(&scope.schema_url, "scope");
                                prop_assert!(scope.scope.is_some() && !scope.spans.is_empty());
                            }
                        }
                    }
                }
            }
        }

        #[test]
        fn what_is_no_request_is_neither_put_together_nor_cut(body: Vec<u8>, keep in 0_usize..9) {
            if let Some((near, far)) = divide(&body, Signal::Logs, keep) {
                prop_assert!(is_request(&near) && is_request(&far));
                let whole = ExportLogsServiceRequest::decode(&body[..]);
                prop_assert!(whole.is_err() || is_request(&body));
            }
        }

        #[test]
        fn two_requests_one_after_the_other_are_one(one in 1_usize..9, other in 1_usize..9) {
            let (one, other) = (request(&[vec![one]]), request(&[vec![other], vec![1]]));
            let both = [one.encode_to_vec(), other.encode_to_vec()].concat();
            prop_assert!(is_request(&both));
            let both = ExportTraceServiceRequest::decode(&both[..]).unwrap();
            prop_assert_eq!(names(&both), [names(&one), names(&other)].concat());
        }
    }

    #[test]
    fn data_points_are_cut_within_a_metric() {
        let sum = Data::Sum(Sum {
            data_points: vec![NumberDataPoint::default(); 3],
            aggregation_temporality: 1,
            is_monotonic: true,
        });
        let histogram = Data::Histogram(Histogram {
            data_points: vec![HistogramDataPoint::default(); 2],
            aggregation_temporality: 1,
        });
        let metrics = [("sum", sum), ("histogram", histogram)].map(|(name, data)| Metric {
            name: name.to_owned(),
            data: Some(data),
            ..Metric::default()
        });
        let request = ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                scope_metrics: vec![ScopeMetrics {
                    metrics: metrics.into(),
                    ..ScopeMetrics::default()
                }],
                ..ResourceMetrics::default()
            }],
        };
        let (near, far) = divide(&request.encode_to_vec(), Signal::Metrics, 4).unwrap();
        let points = |body: &[u8]| {
            let request = ExportMetricsServiceRequest::decode(body).unwrap();
            let metrics = &request.resource_metrics[0].scope_metrics[0].metrics;
            let points = metrics.iter().map(|metric| match metric.data.as_ref() {
                Some(Data::Sum(sum)) if sum.is_monotonic => sum.data_points.len(),
                Some(Data::Histogram(histogram)) if histogram.aggregation_temporality == 1 => {
                    histogram.data_points.len()
                }
                _ => 0,
            });
            points.collect::<Vec<_>>()
        };
        assert_eq!((points(&near), points(&far)), (vec![3, 1], vec![1]));
    }
}
