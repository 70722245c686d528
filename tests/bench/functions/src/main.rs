//! What a call of a function costs that does nothing, with a span by
//! `#[otelier::trace]`, by `#[tracing::instrument]` and by hand.
//!
//! `functions` prints the table, `functions only NAME..` some rows, and
//! `functions NAME` runs one variant.

mod ours;
mod peers;

use std::{
    env, fmt,
    pin::Pin,
    task::{Context as TaskContext, Waker},
    time::Duration,
};

use measure::{Cost, cost_of, row};
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor},
};

const BARE: &str = "bare";

fn main() {
    let mut arguments = env::args().skip(1);
    match arguments.next().as_deref() {
        None => {
            table(ours::NAMES);
            println!();
            table(peers::NAMES);
        }
        Some("only") => table(arguments.collect::<Vec<_>>().iter().map(String::as_str)),
        Some(variant) => {
            // Below a request, which is sampled or not.
            let above = above(!variant.contains("not sampled"));
            let _current = above.attach();
            match ours::NAMES.contains(&variant) {
                true => ours::run(variant),
                false => peers::run(variant),
            }
        }
    }
}

fn table<'a>(names: impl IntoIterator<Item = &'a str>) {
    let bare = cost_of(BARE);
    println!("| variant | instructions | added | allocations | added | bytes | ns, best |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for name in names {
        let cost = if name == BARE { bare } else { cost_of(name) };
        let base = if name == BARE { Cost::default() } else { bare };
        println!("{}", row(name, cost, base));
    }
}

fn above(is_sampled: bool) -> Context {
    let flags = TraceFlags::default().with_sampled(is_sampled);
    let above = SpanContext::new(
        TraceId::from(7),
        SpanId::from(7),
        flags,
        true,
        TraceState::default(),
    );
    Context::new().with_remote_span_context(above)
}

fn tracers() -> SdkTracerProvider {
    SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_span_processor(Sink)
        .build()
}

/// Drops every span.
#[derive(Debug)]
struct Sink;

impl SpanProcessor for Sink {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        drop(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[derive(Debug)]
struct Never;

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("never")
    }
}

/// Polls once, which is enough.
fn drive<F: Future>(future: Pin<&mut F>) {
    let mut cx = TaskContext::from_waker(Waker::noop());
    let polled = future.poll(&mut cx);
    assert!(std::hint::black_box(polled).is_ready());
}
