//! Measures how many spans a second a collector takes over gRPC, and what memory it holds.
//!
//! ```text
//! cargo run --release -p otelier-collector --example flood -- --seconds 10
//! ```
//!
//! It starts itself again as the collector, in a process with one worker thread, and sends it
//! requests as an SDK's exporter does: 512 spans each, four to a trace, ten attributes a span.
//! CPU time and memory are those of the collector's process alone, read from `/proc` (Linux).
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a measurement, run by hand"
)]

use otelier_collector::{
    Collector,
    proto::{
        collector::trace::v1::{
            ExportTraceServiceRequest, trace_service_client::TraceServiceClient,
        },
        common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value},
        resource::v1::Resource,
        trace::v1::{ResourceSpans, ScopeSpans, Span},
    },
};
use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

const SPANS: usize = 512;
const SPANS_IN_TRACE: usize = 4;
const SENDERS: u64 = 2;
/// Clock ticks a second in `/proc`, the same on every Linux.
const TICKS: f64 = 100.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "serve") {
        return serve();
    }
    let seconds = arguments
        .iter()
        .position(|argument| argument == "--seconds")
        .and_then(|at| arguments.get(at + 1)?.parse().ok())
        .unwrap_or(10);
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(flood(seconds));
}

/// The collector, until stdin is closed.
fn serve() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let collector = runtime.block_on(Collector::builder().start()).unwrap();
    // Somebody listens, as the terminal of the binary does.
    let mut completions = collector.store().completions();
    runtime.spawn(async move {
        loop {
            completions.next().await;
        }
    });
    println!("{}", collector.grpc_endpoint());
    let mut nothing = String::new();
    std::io::stdin().read_to_string(&mut nothing).unwrap();
    println!("{:#?}", collector.store().stats());
    runtime.block_on(collector.shutdown());
}

async fn flood(seconds: u64) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut endpoint = String::new();
    stdout.read_line(&mut endpoint).unwrap();
    let endpoint = endpoint.trim().to_owned();

    let sent = Arc::new(AtomicU64::new(0));
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut senders = Vec::new();
    for sender in 0..SENDERS {
        let (endpoint, sent) = (endpoint.clone(), Arc::clone(&sent));
        senders.push(tokio::spawn(async move {
            let mut client = TraceServiceClient::connect(endpoint).await.unwrap();
            let mut request = request();
            let mut next = sender << 48;
            while Instant::now() < end {
                renumber(&mut request, &mut next);
                let answer = client.export(request.clone()).await.unwrap();
                assert_eq!(answer.into_inner().partial_success, None);
                sent.fetch_add(SPANS as u64, Relaxed);
            }
        }));
    }

    let start = Instant::now();
    let (mut before, mut cpu_before) = (0, cpu_seconds(&child));
    for second in 1..=seconds {
        tokio::time::sleep_until((start + Duration::from_secs(second)).into()).await;
        let (now, cpu) = (sent.load(Relaxed), cpu_seconds(&child));
        let spans = (now - before) as f64;
        println!(
            "{second:>4} s  {spans:>8.0} spans/s  {:>3.0} % of a core  {:>8.0} spans per CPU second  {:>6.1} MiB",
            (cpu - cpu_before) * 100.0,
            spans / (cpu - cpu_before),
            resident_mib(&child),
        );
        (before, cpu_before) = (now, cpu);
    }
    for sender in senders {
        sender.await.unwrap();
    }
    let (spans, cpu) = (sent.load(Relaxed) as f64, cpu_seconds(&child));
    println!(
        "{spans:.0} spans in {:.1} s, {cpu:.2} s of CPU: {:.0} spans/s, {:.0} per CPU second, {:.1} MiB",
        start.elapsed().as_secs_f64(),
        spans / start.elapsed().as_secs_f64(),
        spans / cpu,
        resident_mib(&child),
    );
    drop(child.stdin.take());
    let mut stats = String::new();
    stdout.read_to_string(&mut stats).unwrap();
    println!("{stats}");
    child.wait().unwrap();
}

fn cpu_seconds(child: &Child) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / TICKS
}

fn resident_mib(child: &Child) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024.0
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(value) }),
        key_strindex: 0,
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.into()))
}

fn request() -> ExportTraceServiceRequest {
    let span = Span {
        name: "GET /repos/{id}".into(),
        kind: 2,
        flags: 0x101,
        attributes: vec![
            text("http.request.method", "GET"),
            text("http.route", "/repos/{id}"),
            text("url.path", "/repos/1234567"),
            text("url.scheme", "http"),
            text("server.address", "127.0.0.1"),
            attribute("server.port", Value::IntValue(8080)),
            text("network.protocol.version", "1.1"),
            text("user_agent.original", "curl/8.5.0"),
            text("client.address", "127.0.0.1"),
            attribute("http.response.status_code", Value::IntValue(200)),
        ],
        ..Span::default()
    };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: vec![
                    text("service.name", "flood"),
                    text("service.version", "0.1.0"),
                    text("host.name", "localhost"),
                    text("telemetry.sdk.name", "opentelemetry"),
                    text("telemetry.sdk.language", "rust"),
                ],
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                scope: Some(InstrumentationScope {
                    name: "flood".into(),
                    ..InstrumentationScope::default()
                }),
                spans: vec![span; SPANS],
                schema_url: String::new(),
            }],
            schema_url: String::new(),
        }],
    }
}

/// Makes the spans new ones: ids and times.
fn renumber(request: &mut ExportTraceServiceRequest, next: &mut u64) {
    let spans = &mut request.resource_spans[0].scope_spans[0].spans;
    for (at, span) in spans.iter_mut().enumerate() {
        *next += 1;
        let trace = *next / SPANS_IN_TRACE as u64 + 1;
        span.trace_id = (u128::from(trace) << 64 | u128::from(trace))
            .to_be_bytes()
            .to_vec();
        span.span_id = next.to_be_bytes().to_vec();
        span.parent_span_id = match at % SPANS_IN_TRACE {
            0 => Vec::new(),
            _ => (*next - 1).to_be_bytes().to_vec(),
        };
        span.start_time_unix_nano = 1_700_000_000_000_000_000 + *next * 1000;
        span.end_time_unix_nano = span.start_time_unix_nano + 1_500_000;
    }
}
