//! What is written as JSON beside what stock makes of the same.

use std::collections::BTreeSet;

use opentelemetry::{KeyValue, Value as Attribute};
use opentelemetry_proto::tonic::collector::{
    logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
    trace::v1::ExportTraceServiceRequest,
};
use opentelemetry_sdk::Resource;
use otelier_otlp::{Encoder, Tally};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    Open, encode_logs, encode_spans, logs_by_prost, metrics,
    random::{Random, logger},
    spans_by_prost,
};

/// Without what stands for nothing: the protobuf mapping leaves that out.
fn bare(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(members) => {
            let members = members.into_iter().filter_map(|(name, value)| {
                // These are members of a choice: what they hold is said though it is 0.
                let is_choice = name.ends_with("Value") || name.starts_with("as");
                let is_said = is_choice || matches!(&*name, "sum" | "min" | "max");
                let is_nothing = matches!(&value, Value::String(text) if text.is_empty() || text == "0")
                    || value == 0
                    || value == false
                    || value == Value::Array(Vec::new())
                    || value.as_f64() == Some(0.0);
                if is_nothing && !is_said {
                    return None;
                }
                Some((name, bare(value)?))
            });
            Some(Value::Object(members.collect()))
        }
        Value::Array(items) => Some(Value::Array(
            items
                .into_iter()
                .map(|item| bare(item).unwrap_or(Value::Null))
                .collect(),
        )),
        other => Some(other),
    }
}

/// Texts that stand for numbers become what stock writes for those.
fn as_stock(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                let is_number = matches!(
                    &**name,
                    "doubleValue" | "asDouble" | "sum" | "min" | "max" | "zeroThreshold"
                );
                let is_special = matches!(value.as_str(), Some("NaN" | "Infinity" | "-Infinity"));
                if is_number && is_special {
                    *value = Value::Null;
                } else {
                    as_stock(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(as_stock),
        _ => {}
    }
}

/// Where two values differ first.
fn difference(one: &Value, other: &Value) -> Option<String> {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => {
            let names: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            names.into_iter().find_map(|name| {
                let found = difference(
                    a.get(name).unwrap_or(&Value::Null),
                    b.get(name).unwrap_or(&Value::Null),
                );
                found.map(|found| format!("{name}.{found}"))
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(at, (a, b))| Some(format!("{at}.{}", difference(a, b)?)))
        }
        // serde_json is one off in the last digit of some that it reads.
        (Value::Number(a), Value::Number(b)) if a.is_f64() && b.is_f64() => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            let is_close = a == b || ((a - b) / a).abs() < 1e-15;
            (!is_close).then(|| format!(": {a:e} {b:e}"))
        }
        (a, b) => (a != b).then(|| format!(": {a} {b}")),
    }
}

/// The same as a parsed value and, where no number is special, as a message.
fn compare<T: Serialize + DeserializeOwned>(ours: &[u8], stock: &T, seed: u64) {
    let text = std::str::from_utf8(ours).unwrap();
    assert!(!text.contains('\n'));
    let parsed: Value = serde_json::from_str(text).unwrap();
    let mut ours = parsed;
    as_stock(&mut ours);
    let theirs = serde_json::to_value(stock).unwrap();
    let (ours, theirs) = (bare(ours), bare(theirs));
    let difference = difference(&ours.unwrap_or_default(), &theirs.unwrap_or_default());
    assert_eq!(difference, None, "seed {seed}");
    if !["\"NaN\"", "\"Infinity\"", "\"-Infinity\""]
        .iter()
        .any(|word| text.contains(word))
    {
        // What is said at all is the same, too.
        let read: T = serde_json::from_str(text).unwrap();
        let [read, stock] = [&read, stock].map(|it| serde_json::to_value(it).unwrap());
        assert_eq!(self::difference(&read, &stock), None, "seed {seed}");
    }
}

#[test]
fn spans_are_what_stock_writes_as_json() {
    let mut encoder = Encoder::new(Open).with_limit(usize::MAX).with_json();
    for seed in 0..150 {
        let mut random = Random::new(seed);
        let resource = random.resource();
        let scopes = random.scopes();
        let batch: Vec<_> = (0..1 + random.below(9))
            .map(|_| random.span(&scopes))
            .collect();
        encoder.set_resource(&resource);
        let (requests, tally) = encode_spans(&mut encoder, &batch);
        assert_eq!((requests[0].1, tally), (batch.len(), Tally::default()));
        let stock: ExportTraceServiceRequest = spans_by_prost(&batch, &resource);
        compare(&requests[0].0, &stock, seed);
    }
}

#[test]
fn log_records_are_what_stock_writes_as_json() {
    let mut encoder = Encoder::new(Open).with_limit(usize::MAX).with_json();
    let logger = logger();
    for seed in 0..150 {
        let mut random = Random::new(seed);
        let resource = random.resource();
        let scopes = random.scopes();
        let records: Vec<_> = (1..=1 + random.below(9))
            .map(|at| random.log(&logger, at))
            .collect();
        let batch: Vec<_> = records
            .iter()
            .map(|record| (record, &scopes[random.below(scopes.len())]))
            .collect();
        encoder.set_resource(&resource);
        let (requests, _) = encode_logs(&mut encoder, &batch);
        let stock: ExportLogsServiceRequest = logs_by_prost(&batch, &resource);
        compare(&requests[0].0, &stock, seed);
    }
}

#[test]
fn metrics_are_what_stock_writes_as_json() {
    let mut encoder = Encoder::new(Open).with_limit(usize::MAX).with_json();
    for seed in 0..100 {
        let mut random = Random::new(seed);
        for collection in metrics::collections(&mut random) {
            let stock: ExportMetricsServiceRequest = metrics::by_prost(&collection);
            let mut requests = Vec::new();
            encoder.metrics(&collection, |request| {
                requests.push(request.as_slice().to_vec());
            });
            assert_eq!(requests.len(), stock.resource_metrics.len());
            if let [ours] = &requests[..] {
                compare(ours, &stock, seed);
            }
        }
    }
}

#[test]
fn numbers_that_json_has_not_are_texts() {
    let mut random = Random::new(1);
    let mut span = random.span(&random.clone().scopes());
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.25];
    span.attributes = odd
        .map(|number| KeyValue::new(number.to_string(), number))
        .into();
    let all = Attribute::Array(odd.to_vec().into());
    span.attributes.push(KeyValue::new("all", all));
    let mut encoder = Encoder::new(Open).with_json();
    encoder.set_resource(&Resource::builder_empty().build());
    let (requests, _) = encode_spans(&mut encoder, &[span]);
    let json: Value = serde_json::from_slice(&requests[0].0).unwrap();
    let attributes = &json["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"];
    let values = (0..4).map(|at| attributes[at]["value"]["doubleValue"].to_string());
    let expected = ["\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "0.25"];
    assert_eq!(values.collect::<Vec<_>>(), expected);
    let all = &attributes[4]["value"]["arrayValue"]["values"];
    let values = (0..4).map(|at| all[at]["doubleValue"].to_string());
    assert_eq!(values.collect::<Vec<_>>(), expected);
}

#[test]
fn doubles_are_written_so_that_they_are_read_as_what_they_were() {
    let mut random = Random::new(9);
    let scopes = random.scopes();
    let numbers: Vec<_> = (0..2_000)
        .map(|_| random.double())
        .filter(|it| it.is_finite())
        .collect();
    let mut span = random.span(&scopes);
    span.attributes = vec![KeyValue::new(
        "all",
        Attribute::Array(numbers.clone().into()),
    )];
    let (requests, _) = encode_spans(&mut Encoder::new(Open).with_json(), &[span]);
    let text = String::from_utf8_lossy(&requests[0].0).into_owned();
    let written = text.split("\"doubleValue\":").skip(1);
    let read = written.map(|rest| rest[..rest.find('}').unwrap()].parse::<f64>().unwrap());
    let bits = |numbers: Vec<f64>| numbers.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(read.take(numbers.len()).collect()), bits(numbers));
}

#[test]
fn batches_are_split_before_they_pass_the_limit_and_lose_nothing() {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let limit = 4_000 + random.below(120_000);
        let mut encoder = Encoder::new(Open).with_limit(limit).with_json();
        encoder.set_resource(&random.resource());
        let scopes = random.scopes();
        let batch: Vec<_> = (0..120).map(|_| random.span(&scopes)).collect();
        let (requests, tally) = encode_spans(&mut encoder, &batch);
        let mut sent = 0;
        for (request, items) in &requests {
            assert!(
                request.len() <= limit,
                "seed {seed}: {} > {limit}",
                request.len()
            );
            let json: Value = serde_json::from_slice(request).unwrap();
            let scopes = json["resourceSpans"][0]["scopeSpans"].as_array().unwrap();
            let spans = scopes
                .iter()
                .map(|scope| scope["spans"].as_array().unwrap().len());
            assert_eq!(spans.sum::<usize>(), *items);
            sent += items;
        }
        assert_eq!(sent + tally.oversized, batch.len(), "seed {seed}");
    }
}
