//! Jobs that do nothing.

use std::{convert::Infallible, pin::pin, time::SystemTime};

use measure::{drive, measure, meters, tracers_by};
use opentelemetry::{
    Context, KeyValue,
    context::FutureExt as _,
    trace::{SpanBuilder, SpanKind, TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use otelier_core::{Conventions, Propagation, Providers};
use otelier_jobs::{Context as Carried, Job};

pub const NAMES: [&str; 5] = [
    "job, off",
    "job",
    "job, not sampled",
    "job, with an id, an attribute and who enqueued it",
    "job, a span by hand",
];

async fn work() -> Result<u64, Infallible> {
    Ok(std::hint::black_box(7))
}

pub fn tracers(variant: &str) -> SdkTracerProvider {
    tracers_by(match variant.contains("not sampled") {
        true => Sampler::AlwaysOff,
        false => Sampler::AlwaysOn,
    })
}

pub fn run(variant: &str) {
    let tracers = tracers(variant);
    if variant == "job, a span by hand" {
        let tracer = tracers.tracer("bench");
        return measure(|count| {
            for _ in 0..count {
                let span = SpanBuilder::from_name("job.clone_index")
                    .with_kind(SpanKind::Consumer)
                    .with_start_time(SystemTime::now())
                    .with_attributes([
                        KeyValue::new("messaging.system", "jobs"),
                        KeyValue::new("messaging.operation.name", "process"),
                        KeyValue::new("messaging.operation.type", "process"),
                        KeyValue::new("messaging.destination.name", "clone_index"),
                        KeyValue::new("shop.job.kind", "clone_index"),
                    ]);
                let span = tracer.build_with_context(span, &Context::new());
                let context = Context::current_with_span(span);
                drive(pin!(work().with_context(context))).ok();
            }
        });
    }
    if variant != "job, off" {
        let propagation = Propagation::none().with_trace_context();
        let providers = Providers::new(tracers, meters(), propagation, Conventions::default());
        otelier_core::install(providers).expect("once");
    }
    let who = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let who = Carried::from(who);
    let whole = variant.contains("with an id");
    measure(|count| {
        for id in 0..count {
            let job = Job::new("clone_index");
            let job = match whole {
                true => job
                    .with_id(id)
                    .with_attribute("repo.id", id)
                    .with_context(&who),
                false => job,
            };
            drive(pin!(job.run(work()))).ok();
        }
    });
}
