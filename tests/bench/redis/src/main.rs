//! What `otelier_redis::wrap` adds to a command, on a connection that answers at
//! once, so that nothing but the command and its record is counted.
//!
//! `redis` prints the table, `redis only NAME..` some rows, and `redis NAME` runs
//! one variant.

use std::{pin::pin, time::Instant};

use measure::{below_caller, drive, measure};
use opentelemetry::{
    Context, KeyValue,
    metrics::MeterProvider as _,
    trace::{Span as _, SpanBuilder, SpanKind, TracerProvider as _},
};
use opentelemetry_sdk::{metrics::SdkMeterProvider, trace::SdkTracerProvider};
use otelier_core::{Conventions, Propagation, Providers, edge::Exemplars};
use otelier_redis::{Config, Connection};
use redis::{Cmd, Pipeline, RedisFuture, Value, aio::ConnectionLike, cmd, pipe};

const NAMES: [&str; 10] = [
    "GET, off",
    "GET, sampled",
    "GET, not sampled",
    "GET, outside of a span",
    "GET, by the shape of its key",
    "SET, sampled",
    "pipeline, off",
    "pipeline, sampled",
    "pipeline, not sampled",
    "GET, by hand",
];

fn main() {
    measure::program(&NAMES, base_of, run);
}

fn base_of(variant: &str) -> &'static str {
    match variant.split([',', ' ']).next() {
        Some("pipeline") => "pipeline, bare",
        Some("SET") => "SET, bare",
        _ => "GET, bare",
    }
}

/// Answers at once.
#[derive(Clone)]
struct Quick;

impl ConnectionLike for Quick {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            std::hint::black_box(cmd);
            Ok(Value::Int(7))
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        _: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            std::hint::black_box(pipeline);
            Ok(vec![Value::Int(7); count])
        })
    }

    fn get_db(&self) -> i64 {
        0
    }
}

/// Below whom the commands are.
fn above(variant: &str) -> Context {
    if variant.contains("outside") {
        return Context::new();
    }
    below_caller(variant)
}

fn run(variant: &str) {
    let (tracers, meters) = (measure::tracers(), measure::meters());
    let is_bare = variant.ends_with("bare") || variant.ends_with("by hand");
    if !is_bare && !variant.ends_with("off") {
        let propagation = Propagation::none().with_trace_context();
        let mut conventions = Conventions::default();
        conventions.exemplars = variant.ends_with("exemplars").then(Exemplars::new);
        let providers = Providers::new(tracers.clone(), meters.clone(), propagation, conventions)
            .with_parent_based_sampling();
        otelier_core::install(providers).expect("once");
    }
    let _attached = above(variant).attach();
    let client = redis::Client::open("redis://cache.example:6380").expect("a URL");
    let config = Config::new().with_server(client.get_connection_info());
    let config = match variant.contains("shape") {
        true => config.with_key_shape("user:{id}"),
        false => config,
    };
    let mut wrapped = Connection::with_config(Quick, config);
    if variant.ends_with("by hand") {
        return by_hand(&tracers, &meters);
    }
    match is_bare {
        true => drive_all(variant, &mut Quick),
        false => drive_all(variant, &mut wrapped),
    }
}

fn drive_all(variant: &str, redis: &mut impl ConnectionLike) {
    let mut many = pipe();
    for _ in 0..5 {
        many.get("user:7").set("user:8", 9);
    }
    let sent = match variant.starts_with("SET") {
        true => cmd("SET").arg("user:7").arg(9).take(),
        false => cmd("GET").arg("user:7").take(),
    };
    if variant.starts_with("pipeline") {
        return measure(|count| {
            for _ in 0..count {
                drive(pin!(redis.req_packed_commands(&many, 0, 10))).expect("answers");
            }
        });
    }
    measure(|count| {
        for _ in 0..count {
            drive(pin!(redis.req_packed_command(&sent))).expect("an answer");
        }
    });
}

/// As people write it: a span of five attributes, and an unbound histogram.
fn by_hand(tracers: &SdkTracerProvider, meters: &SdkMeterProvider) {
    let tracer = tracers.tracer("bench");
    let meter = meters.meter("bench");
    let histogram = meter
        .f64_histogram("db.client.operation.duration")
        .with_boundaries(vec![0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0])
        .build();
    let get = cmd("GET").arg("user:7").take();
    measure(|count| {
        for _ in 0..count {
            let started = Instant::now();
            let labels = [
                KeyValue::new("db.system.name", "redis"),
                KeyValue::new("db.namespace", "0"),
                KeyValue::new("server.address", "cache.example"),
                KeyValue::new("server.port", 6380),
                KeyValue::new("db.operation.name", "GET"),
            ];
            let mut span = SpanBuilder::from_name("GET")
                .with_kind(SpanKind::Client)
                .with_attributes(labels.clone())
                .start(&tracer);
            span.set_attribute(KeyValue::new("db.query.text", "GET ?"));
            drive(pin!(Quick.req_packed_command(&get))).expect("an answer");
            span.end();
            histogram.record(started.elapsed().as_secs_f64(), &labels);
        }
    });
}
