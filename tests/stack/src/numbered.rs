//! Traces that are numbered, so that what arrives can be held against what was
//! recorded.

use std::io::{BufRead as _, Write as _};

use anyhow::{Context as _, bail};
use otelier::{
    SignalStatus, Telemetry,
    otel::{
        Context, KeyValue, global,
        metrics::Counter,
        trace::{
            Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags,
            TraceId, TraceState, Tracer as _,
        },
    },
};

/// One trace of so many has an error.
const ERRORS: u64 = 100;

/// Obeys until standard input ends:
///
/// - `traces FROM TO [BYTES]` records those of these numbers: each a span `outer`
///   below a caller's, `inner` below that, and a log record; `work.done` counts
///   them. Spans are that many bytes larger than they need to be.
/// - `status` tells what became of them.
pub(crate) fn obey() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    let done = global::meter("numbered").u64_counter("work.done").build();
    tell("ready")?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<_> = line.split(' ').collect();
        match *words.as_slice() {
            ["traces", from, to] => {
                for number in from.parse()?..to.parse()? {
                    record(number, 0, &done);
                }
                tell("done")?;
            }
            ["traces", from, to, padding] => {
                for number in from.parse()?..to.parse()? {
                    record(number, padding.parse()?, &done);
                }
                tell("done")?;
            }
            ["status"] => tell(&status(&telemetry))?,
            _ => bail!("no such command: {line}"),
        }
    }
    let report = telemetry.shutdown_blocking();
    tell(&status_of("traces", &report.status.traces)).context("the end cannot be told")
}

fn record(number: u64, padding: usize, done: &Counter<u64>) {
    let tracer = global::tracer("numbered");
    let caller = SpanContext::new(
        trace_id(number),
        SpanId::from_bytes((number + 1).to_be_bytes()),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    let caller = Context::new().with_remote_span_context(caller);
    let mut outer = tracer.span_builder("outer");
    outer.span_kind = Some(SpanKind::Server);
    outer.attributes = Some(vec![KeyValue::new("number", number.to_string())]);
    let outer = caller.with_span(tracer.build_with_context(outer, &caller));
    let _here = outer.clone().attach();
    let mut inner = tracer.start("inner");
    if padding > 0 {
        let padding = KeyValue::new("padding", "x".repeat(padding));
        outer.span().set_attribute(padding.clone());
        inner.set_attribute(padding);
    }
    if number.is_multiple_of(ERRORS) {
        inner.set_status(Status::error("one of a hundred"));
    }
    inner.end();
    tracing::info!(number, "recorded");
    done.add(1, &[]);
}

/// The same for the same number in every process, and as good as random.
fn trace_id(number: u64) -> TraceId {
    let halves = [mix(number * 2), mix(number * 2 + 1)].map(u64::to_be_bytes);
    let mut bytes = [0; 16];
    bytes
        .iter_mut()
        .zip(halves.as_flattened())
        .for_each(|(to, from)| *to = *from);
    TraceId::from_bytes(bytes)
}

/// The finaliser of splitmix64.
const fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn status(telemetry: &Telemetry) -> String {
    let status = telemetry.status();
    let [traces, metrics, logs] = [
        status_of("traces", &status.traces),
        status_of("metrics", &status.metrics),
        status_of("logs", &status.logs),
    ];
    format!("{traces} | {metrics} | {logs}")
}

fn status_of(name: &str, signal: &SignalStatus) -> String {
    format!(
        "{name} {} exported={} dropped={} failed={}",
        signal.state, signal.exported, signal.dropped, signal.failed
    )
}

fn tell(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "> {text}")
}
