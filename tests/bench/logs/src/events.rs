//! Events, by the layers that see them.

use std::{hint::black_box, io};

use measure::measure;
use opentelemetry::{
    Context, InstrumentationScope,
    trace::{TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    logs::{LogProcessor, SdkLogRecord, SdkLoggerProvider},
    trace::SdkTracerProvider,
};
use otelier_logs::{Console, Format, Ship, bridge, console_filter};
use tracing::Dispatch;
use tracing_subscriber::{
    EnvFilter, Layer as _,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt as _,
};

pub const BRIDGE: [&str; 15] = [
    "no subscriber",
    "registry alone",
    "record, ours",
    "record, appender",
    "record, appender, level filter",
    "record copied, ours",
    "record copied, appender",
    "record in a wide event, ours",
    "record in a wide event, appender",
    "below the level, ours",
    "below the level, appender",
    "below a directive, ours",
    "below a directive, appender",
    "below the level but printed, ours",
    "printed alone",
];

pub const CONSOLE: [&str; 6] = [
    "json, ours",
    "json, tracing-subscriber",
    "json without its spans, tracing-subscriber",
    "text, ours",
    "text, tracing-subscriber",
    "text compact, tracing-subscriber",
];

/// Sees each record, and copies it as a batch processor has to.
#[derive(Debug)]
struct Sink {
    copies: bool,
}

impl LogProcessor for Sink {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        if self.copies {
            black_box(Box::new((record.clone(), scope.clone())));
        } else {
            black_box(record);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
}

fn provider(variant: &str) -> SdkLoggerProvider {
    let copies = variant.contains("copied");
    SdkLoggerProvider::builder()
        .with_log_processor(Sink { copies })
        .build()
}

pub fn run(variant: &str) {
    let logs = provider(variant);
    let registry = tracing_subscriber::registry;
    let peer = || OpenTelemetryTracingBridge::new(&logs);
    let ours = |directives: &str| {
        let directives: Targets = directives.parse().expect("directives");
        bridge(&logs, Ship::new().with_directives(directives))
    };
    // Prints in no format: what is left is the decision to do so.
    let mute = || Console::new(Format::Off).with_filter(console_filter(Some("debug")).0);
    let console = |format| {
        let console = Console::new(format).with_writer(io::sink);
        console.with_filter(console_filter(None).0)
    };
    let theirs = || fmt::layer().with_writer(io::sink);
    let dispatch: Dispatch = match variant {
        "no subscriber" => Dispatch::none(),
        "registry alone" => registry().into(),
        "record, appender, level filter" => registry()
            .with(peer().with_filter(LevelFilter::INFO))
            .into(),
        "below the level, ours" => registry().with(ours("info")).into(),
        "below the level, appender" => registry()
            .with(peer().with_filter(LevelFilter::INFO))
            .into(),
        "below a directive, ours" => registry().with(ours("info,elsewhere=trace")).into(),
        "below a directive, appender" => {
            let filter = EnvFilter::new("info,elsewhere=trace");
            registry().with(peer().with_filter(filter)).into()
        }
        "below the level but printed, ours" => {
            registry().with(ours("info").and_then(mute())).into()
        }
        "printed alone" => registry().with(mute()).into(),
        "json, ours" => registry().with(console(Format::Json)).into(),
        "text, ours" => registry().with(console(Format::Text)).into(),
        "json, tracing-subscriber" => registry().with(theirs().json()).into(),
        "json without its spans, tracing-subscriber" => {
            let json = theirs().json().with_current_span(false);
            registry().with(json.with_span_list(false)).into()
        }
        "text, tracing-subscriber" => registry().with(theirs()).into(),
        "text compact, tracing-subscriber" => registry().with(theirs().compact()).into(),
        variant if variant.ends_with("ours") => registry().with(ours("info")).into(),
        variant if variant.ends_with("appender") => registry().with(peer()).into(),
        variant => panic!("there is no {variant:?}"),
    };
    if variant != "no subscriber" {
        tracing::dispatcher::set_global_default(dispatch).expect("the first");
    }
    let tracers = SdkTracerProvider::builder().build();
    let span = tracers.tracer("bench").start("order");
    let _context = Context::current_with_span(span).attach();
    let _span = tracing::info_span!("order", id = 7).entered();
    measure(|count| match variant {
        variant if variant.contains("below") || variant == "printed alone" => debug(count),
        variant if variant.contains("wide") => wide(count),
        _ => info(count),
    });
}

fn info(count: u64) {
    for order in 0..count {
        tracing::info!(order, customer = "somebody", "order placed");
    }
}

fn debug(count: u64) {
    for order in 0..count {
        tracing::debug!(order, customer = "somebody", "order placed");
    }
}

fn wide(count: u64) {
    for order in 0..count {
        tracing::info!(
            order,
            customer = "somebody",
            country = "nl",
            total = 12.5,
            items = 3,
            new = true,
            coupon = ?Some("spring"),
            shop = %"north",
            "order placed for {}",
            "somebody"
        );
    }
}
