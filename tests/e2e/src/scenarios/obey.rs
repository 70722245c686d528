//! Does what it is told on standard input, a command a line, and answers each.

use std::io::BufRead as _;

use anyhow::bail;
use otelier::{
    SignalStatus, Telemetry,
    otel::{
        Context, KeyValue, global,
        trace::{Span as _, TraceContextExt as _, Tracer as _},
    },
};

pub(crate) fn commands() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    let tracer = global::tracer("obey");
    let mut above = Context::new();
    crate::tell(format_args!("ready"))?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (command, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match command {
            "span" => drop(tracer.start(rest.to_owned())),
            "open" => above = Context::current_with_span(tracer.start(rest.to_owned())),
            "below" => drop(tracer.start_with_context(rest.to_owned(), &above)),
            "close" => above.span().end(),
            "log" => tracing::info!("{rest}"),
            "count" => count(rest.parse()?),
            "odd" => odd(),
            "flush" => {
                let report = telemetry_flush(&telemetry);
                crate::tell(format_args!("{report}"))?;
                continue;
            }
            "status" => {
                tell_status(&telemetry)?;
                continue;
            }
            other => bail!("no such command: {other}"),
        }
        crate::tell(format_args!("done"))?;
    }
    Ok(())
}

fn telemetry_flush(telemetry: &Telemetry) -> &'static str {
    let Ok(runtime) = super::ends::current_thread() else {
        return "no runtime";
    };
    let report = runtime.block_on(telemetry.flush());
    if report.is_complete() {
        "complete"
    } else {
        "incomplete"
    }
}

fn count(by: u64) {
    let meter = global::meter("obey");
    let labels = [KeyValue::new("kind", "any")];
    meter.u64_counter("obey.count").build().add(by, &labels);
    let histogram = meter.u64_histogram("obey.size").build();
    histogram.record(by, &labels);
    let level = meter.i64_up_down_counter("obey.level").build();
    level.add(i64::try_from(by).unwrap_or(i64::MAX), &labels);
}

/// Numbers that JSON has not, as labels and attributes: the SDK takes no
/// measurement of that kind.
fn odd() {
    let gauge = global::meter("obey").f64_gauge("obey.odd").build();
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let attribute = KeyValue::new("odd", number);
        gauge.record(1.0, std::slice::from_ref(&attribute));
        let mut span = global::tracer("obey").start("odd");
        span.set_attribute(attribute);
    }
}

fn tell_status(telemetry: &Telemetry) -> anyhow::Result<()> {
    let status = telemetry.status();
    let show = |signal: &SignalStatus| {
        format!(
            "{} exported={} dropped={} failed={}",
            signal.state, signal.exported, signal.dropped, signal.failed
        )
    };
    crate::tell(format_args!(
        "traces {} | metrics {} | logs {}",
        show(&status.traces),
        show(&status.metrics),
        show(&status.logs)
    ))?;
    Ok(())
}
