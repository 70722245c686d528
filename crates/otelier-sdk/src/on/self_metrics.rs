//! Metrics about our own delivery: the `otel.sdk.*` of the semantic
//! conventions, and three of ours. They are read from the ledgers when metrics are
//! collected, so they cost nothing in between.

use std::sync::Arc;

use opentelemetry::{
    KeyValue,
    metrics::{Meter, MeterProvider as _},
};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use otelier_core::{scope, semconv};
use otelier_otlp::{Protocol, Settings, Signal};

use super::{
    config::Config,
    ledger::{Counts, Ledger},
};

/// Names and units of one signal's instruments.
struct Names {
    exported: &'static str,
    inflight: &'static str,
    /// Processed, queue size and queue capacity; metrics have no processor.
    processor: Option<[&'static str; 3]>,
    unit: &'static str,
}

const fn names(signal: Signal) -> Names {
    match signal {
        Signal::Traces => Names {
            exported: "otel.sdk.exporter.span.exported",
            inflight: "otel.sdk.exporter.span.inflight",
            processor: Some([
                "otel.sdk.processor.span.processed",
                "otel.sdk.processor.span.queue.size",
                "otel.sdk.processor.span.queue.capacity",
            ]),
            unit: "{span}",
        },
        Signal::Metrics => Names {
            exported: "otel.sdk.exporter.metric_data_point.exported",
            inflight: "otel.sdk.exporter.metric_data_point.inflight",
            processor: None,
            unit: "{data_point}",
        },
        Signal::Logs => Names {
            exported: "otel.sdk.exporter.log.exported",
            inflight: "otel.sdk.exporter.log.inflight",
            processor: Some([
                "otel.sdk.processor.log.processed",
                "otel.sdk.processor.log.queue.size",
                "otel.sdk.processor.log.queue.capacity",
            ]),
            unit: "{log_record}",
        },
    }
}

/// Registers the instruments of the signals that are sent to a receiver.
pub(crate) fn register(provider: &SdkMeterProvider, ledgers: &[Arc<Ledger>; 3], config: &Config) {
    let scope = scope("otelier", env!("CARGO_PKG_VERSION"));
    let meter = provider.meter_with_scope(scope);
    for ledger in ledgers {
        if let Some(settings) = &config.signal(ledger.signal).otlp {
            exporter(&meter, ledger, settings);
            processor(&meter, ledger);
        }
    }
    losses(&meter, ledgers);
}

fn exporter(meter: &Meter, ledger: &Arc<Ledger>, settings: &Settings) {
    let names = names(ledger.signal);
    let component = component(settings.protocol, ledger.signal);
    let attributes: Vec<_> = attributes(component)
        .into_iter()
        .chain(server(settings))
        .collect();
    let (of_durations, of_inflight) = (attributes.clone(), attributes.clone());
    let read = Arc::clone(ledger);
    let _ = meter
        .u64_observable_counter(names.exported)
        .with_unit(names.unit)
        .with_description("Items for which the export has finished, well or not.")
        .with_callback(move |observer| {
            observer.observe(read.counts().exported, &attributes);
            for (kind, count) in read.failures() {
                let mut failed = attributes.clone();
                failed.push(KeyValue::new(semconv::ERROR_TYPE, kind));
                observer.observe(count, &failed);
            }
        })
        .build();
    let durations = meter
        .f64_histogram("otel.sdk.exporter.operation.duration")
        .with_unit("s")
        .with_description("How long one export took, all its attempts together.")
        .with_boundaries(semconv::HTTP_DURATION_BOUNDS.to_vec())
        .build();
    ledger.measure(durations, of_durations);
    gauge(
        meter,
        (names.inflight, names.unit),
        "Items that an exporter has, and of which it is not known whether they arrived.",
        ledger,
        of_inflight,
        |counts| counts.inflight,
    );
}

fn processor(meter: &Meter, ledger: &Arc<Ledger>) {
    let names = names(ledger.signal);
    let (Some([processed, size, capacity]), component) = (
        names.processor,
        match ledger.signal {
            Signal::Logs => "batching_log_processor",
            Signal::Traces | Signal::Metrics => "batching_span_processor",
        },
    ) else {
        return;
    };
    let attributes = attributes(component);
    let read = Arc::clone(ledger);
    let _ = meter
        .u64_observable_counter(processed)
        .with_unit(names.unit)
        .with_description("Items for which the processing has finished, well or not.")
        .with_callback(move |observer| {
            let counts = read.counts();
            observer.observe(counts.admitted.saturating_sub(counts.waiting), &attributes);
            let mut full = attributes.to_vec();
            full.push(KeyValue::new(semconv::ERROR_TYPE, "queue_full"));
            observer.observe(counts.queue_full, &full);
        })
        .build();
    for (name, description, value) in [
        (
            size,
            "Items that wait for their batch.",
            (|counts| counts.waiting) as fn(Counts) -> u64,
        ),
        (capacity, "Items that may wait for their batch.", |counts| {
            counts.capacity
        }),
    ] {
        gauge(
            meter,
            (name, names.unit),
            description,
            ledger,
            self::attributes(component).into(),
            value,
        );
    }
}

fn gauge(
    meter: &Meter,
    (name, unit): (&'static str, &'static str),
    description: &'static str,
    ledger: &Arc<Ledger>,
    attributes: Vec<KeyValue>,
    value: fn(Counts) -> u64,
) {
    let read = Arc::clone(ledger);
    let _ = meter
        .i64_observable_up_down_counter(name)
        .with_unit(unit)
        .with_description(description)
        .with_callback(move |observer| {
            let value = i64::try_from(value(read.counts())).unwrap_or(i64::MAX);
            observer.observe(value, &attributes);
        })
        .build();
}

fn losses(meter: &Meter, ledgers: &[Arc<Ledger>; 3]) {
    let read = ledgers.clone();
    let _ = meter
        .u64_observable_counter("otelier.dropped")
        .with_unit("{item}")
        .with_description("Items that never left the process, by signal and reason.")
        .with_callback(move |observer| {
            for ledger in &read {
                let counts = ledger.counts();
                for (reason, count) in [
                    ("queue_full", counts.queue_full),
                    ("oversized", counts.oversized),
                    ("buffer_full", counts.displaced),
                    ("replaced", counts.replaced),
                    ("console", counts.unprinted),
                ] {
                    if count > 0 {
                        let signal = KeyValue::new("otelier.signal", ledger.signal.as_str());
                        observer.observe(count, &[signal, KeyValue::new("otelier.reason", reason)]);
                    }
                }
            }
        })
        .build();
    changes(
        meter,
        ledgers,
        "otelier.redacted",
        "Values that were replaced because their key names a secret.",
        |counts| counts.redacted,
    );
    changes(
        meter,
        ledgers,
        "otelier.truncated",
        "Values that were cut because they were longer than the limit.",
        |counts| counts.truncated,
    );
}

/// Counts values that left other than they were recorded, by signal.
fn changes(
    meter: &Meter,
    ledgers: &[Arc<Ledger>; 3],
    name: &'static str,
    description: &'static str,
    count: fn(Counts) -> u64,
) {
    let read = ledgers.clone();
    let _ = meter
        .u64_observable_counter(name)
        .with_unit("{value}")
        .with_description(description)
        .with_callback(move |observer| {
            for ledger in &read {
                let count = count(ledger.counts());
                if count > 0 {
                    let signal = KeyValue::new("otelier.signal", ledger.signal.as_str());
                    observer.observe(count, &[signal]);
                }
            }
        })
        .build();
}

fn attributes(component: &'static str) -> [KeyValue; 2] {
    [
        KeyValue::new("otel.component.type", component),
        KeyValue::new("otel.component.name", format!("{component}/0")),
    ]
}

/// Where an exporter sends to.
fn server(settings: &Settings) -> Vec<KeyValue> {
    if let Some(path) = &settings.socket {
        let path = path.display().to_string();
        return vec![KeyValue::new(semconv::SERVER_ADDRESS, path)];
    }
    let default = match settings.endpoint.scheme_str() {
        Some("https") => 443,
        _ => 80,
    };
    let port = settings.endpoint.port_u16().unwrap_or(default);
    let host = settings.endpoint.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    vec![
        KeyValue::new(semconv::SERVER_ADDRESS, host.to_owned()),
        KeyValue::new(semconv::SERVER_PORT, i64::from(port)),
    ]
}

const fn component(protocol: Protocol, signal: Signal) -> &'static str {
    match (protocol, signal) {
        (Protocol::Grpc, Signal::Traces) => "otlp_grpc_span_exporter",
        (Protocol::Grpc, Signal::Metrics) => "otlp_grpc_metric_exporter",
        (Protocol::Grpc, Signal::Logs) => "otlp_grpc_log_exporter",
        (Protocol::HttpProtobuf, Signal::Traces) => "otlp_http_span_exporter",
        (Protocol::HttpProtobuf, Signal::Metrics) => "otlp_http_metric_exporter",
        (Protocol::HttpProtobuf, Signal::Logs) => "otlp_http_log_exporter",
        (Protocol::HttpJson, Signal::Traces) => "otlp_http_json_span_exporter",
        (Protocol::HttpJson, Signal::Metrics) => "otlp_http_json_metric_exporter",
        (Protocol::HttpJson, Signal::Logs) => "otlp_http_json_log_exporter",
    }
}
