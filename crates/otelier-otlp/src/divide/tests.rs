use opentelemetry_proto::tonic::{
    collector::{metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::InstrumentationScope,
    metrics::v1::{
        Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
        metric::Data,
    },
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};
use proptest::prelude::*;
use prost::Message;
use serde::{Serialize, de::DeserializeOwned};

use super::*;

const ENCODINGS: [Protocol; 2] = [Protocol::HttpProtobuf, Protocol::HttpJson];
/// What a reader of JSON could take for the end of something.
const ODD: &str = "\\\"]},{[";

fn encoded(request: &(impl Message + Serialize), protocol: Protocol) -> Bytes {
    match protocol {
        Protocol::HttpJson => serde_json::to_vec(request).unwrap().into(),
        Protocol::Grpc | Protocol::HttpProtobuf => request.encode_to_vec().into(),
    }
}

fn decoded<T: Message + Default + DeserializeOwned>(body: &[u8], protocol: Protocol) -> T {
    match protocol {
        Protocol::HttpJson => serde_json::from_slice(body).unwrap(),
        Protocol::Grpc | Protocol::HttpProtobuf => T::decode(body).unwrap(),
    }
}

/// A resource for each list, a scope for each number, so many spans in it.
fn request(resources: &[Vec<usize>]) -> ExportTraceServiceRequest {
    let mut names = (0..).map(|number| format!("span {number} {ODD}"));
    let mut scope = |spans: usize| ScopeSpans {
        scope: Some(InstrumentationScope {
            name: ODD.to_owned(),
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

/// The names of the spans; what is around them has to be there.
fn names(request: &ExportTraceServiceRequest) -> Vec<&str> {
    let resources = request.resource_spans.iter();
    let scopes = resources.flat_map(|of| {
        assert_eq!(
            (&*of.schema_url, &of.resource),
            ("resource", &Some(Resource::default()))
        );
        &of.scope_spans
    });
    let spans = scopes.flat_map(|of| {
        assert_eq!(
            (&*of.schema_url, &*of.scope.as_ref().unwrap().name),
            ("scope", ODD)
        );
        &of.spans
    });
    spans.map(|span| span.name.as_str()).collect()
}

proptest! {
    #[test]
    fn each_record_goes_to_one_side_and_what_is_around_it_to_both(
        resources: Vec<Vec<u8>>,
        keep in 0_usize..50,
    ) {
        let scopes = |scopes: &Vec<u8>| scopes.iter().take(4).map(|it| usize::from(it % 5)).collect();
        let whole = request(&resources.iter().take(4).map(scopes).collect::<Vec<_>>());
        let all = names(&whole);
        for protocol in ENCODINGS {
            let body = encoded(&whole, protocol);
            let Some((near, far)) = divide(&body, protocol, Signal::Traces, keep) else {
                prop_assert!(keep == 0 || keep >= all.len());
                continue;
            };
            let [one, other]: [ExportTraceServiceRequest; 2] =
                [&near, &far].map(|side| decoded(side, protocol));
            prop_assert_eq!(names(&one), &all[..keep]);
            prop_assert_eq!(names(&other), &all[keep..]);
            let again = gather(&[near.into(), far.into()], protocol, Signal::Traces).unwrap();
            let again: ExportTraceServiceRequest = decoded(&again, protocol);
            prop_assert_eq!(names(&again), &all[..]);
        }
    }

    #[test]
    fn what_is_no_request_is_neither_put_together_nor_cut(
        body: Vec<u8>,
        text: String,
        keep in 0_usize..9,
    ) {
        for body in [body, text.into_bytes()] {
            let _ = divide(&body, Protocol::HttpJson, Signal::Metrics, keep);
            prop_assert_eq!(gather(&[body.clone().into()], Protocol::HttpJson, Signal::Logs), None);
            if let Some((near, far)) = divide(&body, Protocol::Grpc, Signal::Logs, keep) {
                prop_assert!(gather(&[near.into(), far.into()], Protocol::Grpc, Signal::Logs).is_some());
            }
        }
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
    for protocol in ENCODINGS {
        let body = encoded(&request, protocol);
        let (near, far) = divide(&body, protocol, Signal::Metrics, 4).unwrap();
        let points = |body: &[u8]| {
            let request: ExportMetricsServiceRequest = decoded(body, protocol);
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
