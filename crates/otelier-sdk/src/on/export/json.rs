//! OTLP/JSON.
//!
//! serde_json writes `null` for numbers that JSON has not; protobuf's mapping
//! writes texts for them, and receivers refuse a whole request for a `null`. A
//! number of that kind is exchanged for one that nobody measures, which is
//! written as the text.

use std::io;

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::{AnyValue, KeyValue, any_value::Value},
    metrics::v1::{
        Exemplar, HistogramDataPoint, NumberDataPoint, exemplar, metric::Data, number_data_point,
    },
    resource::v1::Resource,
};
use otelier_otlp::Signal;
use prost::Message as _;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

/// Numbers of 10 to the power of -310 and their texts. They are no special ones.
const STAND_INS: [(u64, &str); 3] = [
    (0x0000_17d5_9a4f_3c61, "\"NaN\""),
    (0x0000_17d5_9a4f_3c67, "\"Infinity\""),
    (0x0000_17d5_9a4f_3c6b, "\"-Infinity\""),
];

/// A request as JSON on one line, from protobuf; `None` if it is none.
pub(crate) fn of(body: &[u8], signal: Signal) -> Option<Vec<u8>> {
    match signal {
        Signal::Traces => {
            let mut request = ExportTraceServiceRequest::decode(body).ok()?;
            spans(&mut request);
            write(&request)
        }
        Signal::Logs => {
            let mut request = ExportLogsServiceRequest::decode(body).ok()?;
            logs(&mut request);
            write(&request)
        }
        Signal::Metrics => {
            let request = ExportMetricsServiceRequest::decode(body).ok()?;
            of_metrics(request)
        }
    }
}

/// The same of metrics that are decoded already.
pub(crate) fn of_metrics(mut request: ExportMetricsServiceRequest) -> Option<Vec<u8>> {
    for of in &mut request.resource_metrics {
        resource(of.resource.as_mut());
        for scope in &mut of.scope_metrics {
            let attributes = scope.scope.as_mut().map(|scope| &mut scope.attributes);
            attributes.into_iter().for_each(|its| pairs(its));
            let data = scope.metrics.iter_mut();
            data.filter_map(|metric| metric.data.as_mut())
                .for_each(points);
        }
    }
    write(&request)
}

fn write(request: &impl Serialize) -> Option<Vec<u8>> {
    let mut json = Vec::new();
    let mut to = Serializer::with_formatter(&mut json, Otlp);
    request.serialize(&mut to).ok().map(|()| json)
}

struct Otlp;

impl Formatter for Otlp {
    fn write_f64<W: io::Write + ?Sized>(&mut self, to: &mut W, value: f64) -> io::Result<()> {
        let known = STAND_INS.iter().find(|(bits, _)| *bits == value.to_bits());
        match known {
            Some((_, text)) => to.write_all(text.as_bytes()),
            None => CompactFormatter.write_f64(to, value),
        }
    }
}

fn number(value: &mut f64) {
    let [nan, above, below] = STAND_INS.map(|(bits, _)| f64::from_bits(bits));
    if value.is_nan() {
        *value = nan;
    } else if value.is_infinite() {
        *value = if *value > 0.0 { above } else { below };
    }
}

fn resource(resource: Option<&mut Resource>) {
    if let Some(resource) = resource {
        pairs(&mut resource.attributes);
    }
}

fn pairs(pairs: &mut [KeyValue]) {
    pairs
        .iter_mut()
        .filter_map(|pair| pair.value.as_mut())
        .for_each(any);
}

fn any(value: &mut AnyValue) {
    match &mut value.value {
        Some(Value::DoubleValue(double)) => number(double),
        Some(Value::ArrayValue(list)) => list.values.iter_mut().for_each(any),
        Some(Value::KvlistValue(map)) => pairs(&mut map.values),
        _ => {}
    }
}

fn spans(request: &mut ExportTraceServiceRequest) {
    for of in &mut request.resource_spans {
        resource(of.resource.as_mut());
        for scope in &mut of.scope_spans {
            let attributes = scope.scope.as_mut().map(|scope| &mut scope.attributes);
            attributes.into_iter().for_each(|its| pairs(its));
            for span in &mut scope.spans {
                pairs(&mut span.attributes);
                let events = span.events.iter_mut();
                events.for_each(|event| pairs(&mut event.attributes));
                let links = span.links.iter_mut();
                links.for_each(|link| pairs(&mut link.attributes));
            }
        }
    }
}

fn logs(request: &mut ExportLogsServiceRequest) {
    for of in &mut request.resource_logs {
        resource(of.resource.as_mut());
        for scope in &mut of.scope_logs {
            let attributes = scope.scope.as_mut().map(|scope| &mut scope.attributes);
            attributes.into_iter().for_each(|its| pairs(its));
            for record in &mut scope.log_records {
                pairs(&mut record.attributes);
                record.body.iter_mut().for_each(any);
            }
        }
    }
}

fn points(data: &mut Data) {
    match data {
        Data::Gauge(gauge) => gauge.data_points.iter_mut().for_each(number_point),
        Data::Sum(sum) => sum.data_points.iter_mut().for_each(number_point),
        Data::Histogram(histogram) => histogram.data_points.iter_mut().for_each(histogram_point),
        Data::ExponentialHistogram(histogram) => {
            for point in &mut histogram.data_points {
                pairs(&mut point.attributes);
                point.exemplars.iter_mut().for_each(example);
                for value in [&mut point.sum, &mut point.min, &mut point.max] {
                    value.iter_mut().for_each(number);
                }
                number(&mut point.zero_threshold);
            }
        }
        Data::Summary(summary) => {
            for point in &mut summary.data_points {
                pairs(&mut point.attributes);
                number(&mut point.sum);
                for quantile in &mut point.quantile_values {
                    number(&mut quantile.quantile);
                    number(&mut quantile.value);
                }
            }
        }
    }
}

fn number_point(point: &mut NumberDataPoint) {
    pairs(&mut point.attributes);
    point.exemplars.iter_mut().for_each(example);
    if let Some(number_data_point::Value::AsDouble(value)) = &mut point.value {
        number(value);
    }
}

fn histogram_point(point: &mut HistogramDataPoint) {
    pairs(&mut point.attributes);
    point.exemplars.iter_mut().for_each(example);
    for value in [&mut point.sum, &mut point.min, &mut point.max] {
        value.iter_mut().for_each(number);
    }
    point.explicit_bounds.iter_mut().for_each(number);
}

fn example(exemplar: &mut Exemplar) {
    pairs(&mut exemplar.filtered_attributes);
    if let Some(exemplar::Value::AsDouble(value)) = &mut exemplar.value {
        number(value);
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::{
        common::v1::{ArrayValue, KeyValueList},
        logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
        metrics::v1::{
            ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, Metric,
            ResourceMetrics, ScopeMetrics,
        },
        trace::v1::{ResourceSpans, ScopeSpans, Span, span},
    };

    use super::*;

    const ODD: [f64; 4] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.25];

    fn double(value: f64) -> AnyValue {
        AnyValue {
            value: Some(Value::DoubleValue(value)),
        }
    }

    fn pair(value: AnyValue) -> KeyValue {
        KeyValue {
            key: "k".to_owned(),
            value: Some(value),
            ..KeyValue::default()
        }
    }

    /// Each odd number alone, in a list and in a map.
    fn attributes() -> Vec<KeyValue> {
        let list = ArrayValue {
            values: ODD.map(double).into(),
        };
        let map = KeyValueList {
            values: ODD.map(double).map(pair).into(),
        };
        let nested = [Value::ArrayValue(list), Value::KvlistValue(map)];
        let nested = nested.map(|value| AnyValue { value: Some(value) });
        ODD.map(double)
            .into_iter()
            .chain(nested)
            .map(pair)
            .collect()
    }

    /// So many of each odd number, and no `null` in a number's place.
    fn holds(json: &[u8], times: usize) -> serde_json::Value {
        let text = std::str::from_utf8(json).unwrap();
        assert!(!text.contains('\n'), "{text}");
        for word in [":\"NaN\"", ":\"Infinity\"", ":\"-Infinity\""] {
            assert_eq!(text.matches(word).count(), times, "{word} in {text}");
        }
        for key in ["doubleValue", "asDouble", "sum", "min", "max"] {
            let null = format!("\"{key}\":null");
            assert!(!text.contains(&null), "{text}");
        }
        serde_json::from_slice(json).unwrap()
    }

    #[test]
    fn numbers_that_json_has_not_are_texts_in_spans() {
        let request = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(Resource {
                    attributes: attributes(),
                    ..Resource::default()
                }),
                scope_spans: vec![ScopeSpans {
                    spans: vec![Span {
                        name: "5e-324 \"NaN\" null".to_owned(),
                        attributes: attributes(),
                        events: vec![span::Event {
                            attributes: attributes(),
                            ..span::Event::default()
                        }],
                        links: vec![span::Link {
                            attributes: attributes(),
                            ..span::Link::default()
                        }],
                        ..Span::default()
                    }],
                    ..ScopeSpans::default()
                }],
                ..ResourceSpans::default()
            }],
        };
        let json = of(&request.encode_to_vec(), Signal::Traces).unwrap();
        let json = holds(&json, 4 * 3);
        let span = &json["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
        assert_eq!(span["name"], "5e-324 \"NaN\" null");
        assert_eq!(span["attributes"][3]["value"]["doubleValue"], 0.25);
    }

    #[test]
    fn numbers_that_json_has_not_are_texts_in_logs() {
        let request = ExportLogsServiceRequest {
            resource_logs: vec![ResourceLogs {
                scope_logs: vec![ScopeLogs {
                    log_records: ODD
                        .map(|body| LogRecord {
                            body: Some(double(body)),
                            attributes: attributes(),
                            ..LogRecord::default()
                        })
                        .into(),
                    ..ScopeLogs::default()
                }],
                ..ResourceLogs::default()
            }],
        };
        let json = of(&request.encode_to_vec(), Signal::Logs).unwrap();
        holds(&json, 4 * 3 + 1);
    }

    #[test]
    fn numbers_that_json_has_not_are_texts_in_metrics() {
        let gauge = Gauge {
            data_points: ODD
                .map(|value| NumberDataPoint {
                    value: Some(number_data_point::Value::AsDouble(value)),
                    attributes: vec![pair(double(value))],
                    exemplars: vec![Exemplar {
                        value: Some(exemplar::Value::AsDouble(value)),
                        ..Exemplar::default()
                    }],
                    ..NumberDataPoint::default()
                })
                .into(),
        };
        let [nan, above, below, _] = ODD;
        let histogram = Histogram {
            data_points: vec![HistogramDataPoint {
                sum: Some(nan),
                min: Some(below),
                max: Some(above),
                ..HistogramDataPoint::default()
            }],
            ..Histogram::default()
        };
        let exponential = ExponentialHistogram {
            data_points: vec![ExponentialHistogramDataPoint {
                sum: Some(nan),
                min: Some(below),
                max: Some(above),
                ..ExponentialHistogramDataPoint::default()
            }],
            ..ExponentialHistogram::default()
        };
        let data = [
            Data::Gauge(gauge),
            Data::Histogram(histogram),
            Data::ExponentialHistogram(exponential),
        ];
        let request = ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                scope_metrics: vec![ScopeMetrics {
                    metrics: data
                        .map(|data| Metric {
                            data: Some(data),
                            ..Metric::default()
                        })
                        .into(),
                    ..ScopeMetrics::default()
                }],
                ..ResourceMetrics::default()
            }],
        };
        let json = of(&request.encode_to_vec(), Signal::Metrics).unwrap();
        holds(&json, 5);
    }

    #[test]
    fn what_is_no_request_is_told_apart() {
        for signal in Signal::ALL {
            assert_eq!(of(b"{}", signal), None);
        }
    }
}
