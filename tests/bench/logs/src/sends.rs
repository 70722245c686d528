//! Messages that are sent nowhere, and what is counted with the `metrics` facade.

use std::{collections::HashMap, convert::Infallible, hint::black_box, pin::pin, time::SystemTime};

use measure::{below_caller, drive, measure, meters};
use opentelemetry::{
    Context, KeyValue,
    metrics::MeterProvider as _,
    trace::{SpanBuilder, SpanKind, TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use otelier_core::{Conventions, Propagation, Providers};

use super::jobs::tracers;

pub const NAMES: [&str; 8] = [
    "send, off",
    "send",
    "send, not sampled",
    "send, a span by hand",
    "facade, counter",
    "facade, histogram",
    "facade, counter that is kept",
    "counter by hand",
];

pub fn run(variant: &str) {
    if variant == "counter by hand" {
        let counter = meters().meter("bench").u64_counter("orders").build();
        return measure(|count| {
            for _ in 0..count {
                counter.add(1, &[KeyValue::new("cake", "apple")]);
            }
        });
    }
    if variant == "send, a span by hand" {
        return by_hand(variant);
    }
    if variant != "send, off" {
        let propagation = Propagation::none().with_trace_context();
        let conventions = Conventions::default();
        let providers = Providers::new(tracers(variant), meters(), propagation, conventions);
        otelier_core::install(providers).expect("once");
    }
    match variant {
        "facade, counter" => {
            otelier_metrics::install().expect("once");
            measure(|count| {
                for _ in 0..count {
                    metrics::counter!("orders", "cake" => "apple").increment(1);
                }
            });
        }
        "facade, counter that is kept" => {
            otelier_metrics::install().expect("once");
            let counter = metrics::counter!("orders", "cake" => "apple");
            measure(|count| (0..count).for_each(|_| counter.increment(1)));
        }
        "facade, histogram" => {
            otelier_metrics::install().expect("once");
            measure(|count| {
                for _ in 0..count {
                    metrics::histogram!("took", "cake" => "apple").record(0.5);
                }
            });
        }
        _ => {
            let _current = below_caller(variant).attach();
            measure(|count| {
                for _ in 0..count {
                    let send = otelier_jobs::send("orders").with_system("nats");
                    drive(pin!(send.run(async |context| {
                        let mut headers: HashMap<String, String> = HashMap::new();
                        context.write_to(&mut headers);
                        black_box(headers);
                        Ok::<_, Infallible>(())
                    })))
                    .ok();
                }
            });
        }
    }
}

fn by_hand(variant: &str) {
    let tracer = tracers(variant).tracer("bench");
    let sent = meters().meter("bench").u64_counter("sent").build();
    let _current = below_caller(variant).attach();
    measure(|count| {
        for _ in 0..count {
            let labels = [
                KeyValue::new("messaging.system", "nats"),
                KeyValue::new("messaging.operation.name", "send"),
                KeyValue::new("messaging.destination.name", "orders"),
            ];
            sent.add(1, &labels);
            let span = SpanBuilder::from_name("send orders")
                .with_kind(SpanKind::Producer)
                .with_start_time(SystemTime::now())
                .with_attributes(labels);
            let context = Context::current_with_span(tracer.build(span));
            let mut headers: HashMap<String, String> = HashMap::new();
            let span = context.span().span_context().clone();
            let text = format!("00-{}-{}-01", span.trace_id(), span.span_id());
            headers.insert("traceparent".to_owned(), text);
            black_box(headers);
        }
    });
}
