//! More than fits.

use std::time::Duration;

use otelier::{
    Telemetry,
    otel::{
        KeyValue, global,
        trace::{Span as _, Tracer as _},
    },
};
use tracing::info_span;

/// Three MiB of two-byte characters.
const CHARACTERS: usize = 3 * 1024 * 1024 / 2;

/// With time enough for slow machines to send it all.
fn start() -> Telemetry {
    let setup = otelier::setup!().with_shutdown_timeout(Duration::from_secs(60));
    setup.init()
}

fn ended(telemetry: Telemetry) -> anyhow::Result<()> {
    let report = telemetry.shutdown_blocking();
    crate::tell(format_args!("complete: {}", report.is_complete()))?;
    Ok(())
}

/// Spans with values of 3 MiB made by `tracing`, and spans of 60 long values made by the API.
pub(crate) fn spans() -> anyhow::Result<()> {
    let telemetry = start();
    let text = "é".repeat(CHARACTERS);
    for _ in 0..2 {
        info_span!("large", text).in_scope(|| ());
    }
    let tracer = global::tracer("large");
    let text = "é".repeat(20_000);
    for _ in 0..10 {
        let mut span = tracer.start("full");
        for at in 0..60 {
            span.set_attribute(KeyValue::new(format!("text.{at}"), text.clone()));
        }
        span.end();
    }
    ended(telemetry)
}

/// Log records with bodies and fields of 3 MiB.
pub(crate) fn logs() -> anyhow::Result<()> {
    let telemetry = start();
    let text = "é".repeat(CHARACTERS);
    for at in 0..3 {
        tracing::info!(at, text, "large field");
        tracing::info!(at, "{text}");
    }
    let text = "é".repeat(20_000);
    for at in 0..500 {
        tracing::info!(at, text, "many");
    }
    ended(telemetry)
}

/// Single records above 4 MiB, for a value limit that allows them.
pub(crate) fn records() -> anyhow::Result<()> {
    let telemetry = start();
    let text = "é".repeat(CHARACTERS);
    let mut span = global::tracer("large").start("huge");
    // No value is longer than 64 KiB, whatever the limit is.
    for at in 0..100 {
        span.set_attribute(KeyValue::new(format!("text.{at}"), text.clone()));
    }
    span.end();
    tracing::info!(first = text, second = text, third = text, "huge");
    ended(telemetry)
}

/// Instruments that weigh more than 4 MiB, one by itself and all together.
pub(crate) fn metrics() -> anyhow::Result<()> {
    let telemetry = start();
    let meter = global::meter("large");
    for (name, length) in [("large.a", 4000), ("large.b", 1000)] {
        let counter = meter.u64_counter(name).build();
        for at in 0..1500 {
            let label = format!("{at:04}{}", "x".repeat(length));
            counter.add(1, &[KeyValue::new("label", label)]);
        }
    }
    let small = meter.f64_histogram("small").build();
    small.record(1.0, &[]);
    ended(telemetry)
}

/// More label sets than are kept apart.
pub(crate) fn series() -> anyhow::Result<()> {
    let telemetry = start();
    let counter = global::meter("large").u64_counter("many").build();
    for at in 0..5000 {
        counter.add(1, &[KeyValue::new("id", at)]);
    }
    ended(telemetry)
}
