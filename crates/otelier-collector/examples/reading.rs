//! Measures what a full collector's answers cost, and what they cost who sends meanwhile.
//!
//! ```text
//! cargo run --release -p otelier-collector --example reading
//! ```
//!
//! It starts itself again as the collector, fills its 64 MiB with traces, one of them of 10,000
//! spans, and asks for the list, for what nothing matches, and for the large trace, over and over,
//! while another thread sends small requests one after the other; in every second turn it sends
//! them alone, so that both have the same machine. What it prints are times of this machine, and
//! ratios of one run, which tell more. Who asks reads at a lower priority, as the collector
//! answers: what a browser does with an answer is its own. Each is asked of another collector, too,
//! in a process that has nothing to do with the requests: what that does to them is the machine's.
//! The last lines are what a thread does to them that computes and asks nothing, at the same low
//! priority and at the usual one.
//!
//! `reading map` measures the lines alone whose names have `map` in them.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a measurement, run by hand"
)]

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use otelier_collector::{
    Collector,
    proto::{
        collector::trace::v1::ExportTraceServiceRequest,
        common::v1::{AnyValue, KeyValue, any_value::Value},
        resource::v1::Resource,
        trace::v1::{ResourceSpans, ScopeSpans, Span},
    },
};
use prost::Message as _;
use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

/// Spans of the large trace.
const LARGE: u64 = 10_000;
const LARGE_TRACE: u128 = u128::MAX / 3;
/// Spans that fill the store and more, of which there are eight in a trace.
const FILLING: u64 = 150_000;
/// Small requests in each turn.
const SMALL: usize = 200;
/// How much lower the priority of who asks is.
const LOWER: i32 = 10;
/// Turns alone, and as many beside each answer.
const TURNS: usize = 40;

fn main() {
    if std::env::args()
        .nth(1)
        .is_some_and(|first| first == "serve")
    {
        return serve();
    }
    let [one, other] = [(); 2].map(|()| Served::start());
    measure(&one.endpoint, &other.endpoint);
    one.end();
    other.end();
}

/// A collector in a process of its own.
struct Served {
    child: Child,
    endpoint: String,
}

impl Served {
    fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        Self {
            child,
            endpoint: line.trim().to_owned(),
        }
    }

    fn end(mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}

/// The collector, as the binary runs it, until stdin is closed.
fn serve() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let collector = runtime.block_on(Collector::builder().start()).unwrap();
    println!("{}", collector.http_endpoint());
    let mut nothing = String::new();
    std::io::stdin().read_to_string(&mut nothing).unwrap();
    runtime.block_on(collector.shutdown());
}

fn measure(endpoint: &str, other: &str) {
    let caller = Caller::to(endpoint);
    fill(&caller, LARGE_TRACE);
    let stats = caller.get("/api/stats");
    let stats: serde_json::Value = serde_json::from_slice(&stats).unwrap();
    println!(
        "{} traces, {} of {} bytes kept",
        stats["traces"], stats["storeBytes"], stats["storeLimit"]
    );
    let rows = [
        ("list of 200 traces", "/api/traces?limit=200".into()),
        ("search without a match", "/api/traces?query=nowhere".into()),
        (
            "slowest 200 traces",
            "/api/traces?limit=200&sort=-duration".into(),
        ),
        (
            "trace of 10,000 spans",
            format!("/api/traces/{:032x}?limit=10000", LARGE_TRACE + 4),
        ),
        ("errors", "/api/errors".into()),
        ("map", "/api/map".into()),
        ("conversations", "/api/conversations".into()),
    ];
    let only = std::env::args().nth(1).unwrap_or_default();
    let rows = rows.into_iter().zip(1..);
    for ((what, path), row) in rows.filter(|((what, _), _)| what.contains(&only)) {
        // What was there is gone by now, for all that is sent meanwhile, and so is a connection
        // that was idle for long.
        let caller = Caller::to(endpoint);
        fill(&caller, LARGE_TRACE + row);
        let bytes = caller.get(&path).len();
        let asked = |of: &str| {
            let (caller, path) = (Caller::to(of), path.clone());
            in_turns(endpoint, LOWER, move || drop(caller.get(&path)))
        };
        let (times, (alone, beside)) = asked(endpoint);
        println!(
            "{what}: {} KiB, {}; {}",
            bytes / 1024,
            both(&times),
            ratios(&alone, &beside)
        );
        // The same work and the same talk, of a process that has nothing to do with the requests.
        fill(&Caller::to(other), LARGE_TRACE + row);
        let (_, (alone, beside)) = asked(other);
        println!("  of another collector: {}", ratios(&alone, &beside));
    }
    let burn = || {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(20) {
            std::hint::spin_loop();
        }
    };
    for (what, lower) in [
        (
            "no answer, but a thread of low priority that computes",
            LOWER,
        ),
        ("no answer, but a thread that computes", 0),
    ] {
        if what.contains(&only) {
            let (_, (alone, beside)) = in_turns(endpoint, lower, burn);
            println!("{what}: {}", ratios(&alone, &beside));
        }
    }
}

#[cfg(target_os = "linux")]
fn step_back(lower: i32) {
    rustix::process::nice(lower).unwrap();
}

#[cfg(not(target_os = "linux"))]
const fn step_back(_: i32) {}

/// Fills the store with small traces, and with one of many spans.
fn fill(caller: &Caller, large: u128) {
    for chunk in 0..FILLING / 1000 {
        let spans = (0..1000).map(|i| {
            let id = chunk * 1000 + i + 1;
            span(
                u128::from(id / 8 + 1),
                id,
                if id.is_multiple_of(8) { 0 } else { id / 8 * 8 },
            )
        });
        caller.post(request(spans.collect()));
    }
    for chunk in 0..LARGE / 1000 {
        let spans = (0..1000).map(|i| chunk * 1000 + i + 1);
        let spans = spans.map(|id| {
            span(
                large,
                FILLING + id,
                if id == 1 { 0 } else { FILLING + 1 + id / 10 },
            )
        });
        caller.post(request(spans.collect()));
    }
}

/// Sends small requests alone and beside what another thread does over and over, in turns, so
/// that what else the machine does is the same for both. Returns how long each turn of the
/// other thread took, and each small request.
fn in_turns(
    endpoint: &str,
    lower: i32,
    mut work: impl FnMut() + Send + 'static,
) -> (Vec<Duration>, (Vec<Duration>, Vec<Duration>)) {
    let (go, going) = std::sync::mpsc::channel::<Arc<AtomicBool>>();
    let (begin, begun) = std::sync::mpsc::channel();
    let worker = thread::spawn(move || {
        step_back(lower);
        let mut times = Vec::new();
        for ended in going {
            begin.send(()).unwrap();
            while !ended.load(Relaxed) {
                let begun = Instant::now();
                work();
                times.push(begun.elapsed());
            }
        }
        times
    });
    let caller = Caller::to(endpoint);
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        small(&caller, turn * 2, &mut alone);
        let ended = Arc::new(AtomicBool::new(false));
        go.send(Arc::clone(&ended)).unwrap();
        begun.recv().unwrap();
        small(&caller, turn * 2 + 1, &mut beside);
        ended.store(true, Relaxed);
    }
    drop(go);
    (worker.join().unwrap(), (alone, beside))
}

fn ratios(alone: &[Duration], beside: &[Duration]) -> String {
    let ratio =
        |share| quantile(beside, share).as_secs_f64() / quantile(alone, share).as_secs_f64();
    format!(
        "a small request alone: {}; beside it: {}, p50 ×{:.1}, p99 ×{:.1}",
        both(alone),
        both(beside),
        ratio(0.5),
        ratio(0.99),
    )
}

/// Sends some small requests, one after the other, and notes how long each takes.
fn small(caller: &Caller, turn: usize, times: &mut Vec<Duration>) {
    for id in 0..SMALL {
        let id = (turn * SMALL + id) as u128;
        let body = request(vec![span(u128::MAX - id, 1, 0)]);
        let begun = Instant::now();
        caller.post(body);
        times.push(begun.elapsed());
    }
}

fn quantile(times: &[Duration], share: f64) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = (share * (sorted.len() - 1) as f64).round() as usize;
    sorted[at]
}

fn both(times: &[Duration]) -> String {
    let ms = |share| quantile(times, share).as_secs_f64() * 1e3;
    format!("p50 {:.2} ms, p99 {:.2} ms", ms(0.5), ms(0.99))
}

/// Asks, and waits for each answer.
struct Caller {
    runtime: tokio::runtime::Runtime,
    client: Client<HttpConnector, Full<Bytes>>,
    endpoint: String,
}

impl Caller {
    fn to(endpoint: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        Self {
            runtime: runtime.unwrap(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            endpoint: endpoint.to_owned(),
        }
    }

    fn get(&self, path: &str) -> Bytes {
        self.call(
            Request::get(format!("{}{path}", self.endpoint)),
            Bytes::new(),
        )
    }

    fn post(&self, body: Bytes) {
        let request = Request::post(format!("{}/v1/traces", self.endpoint));
        self.call(
            request.header("content-type", "application/x-protobuf"),
            body,
        );
    }

    fn call(&self, request: http::request::Builder, body: Bytes) -> Bytes {
        let request = request.body(Full::new(body)).unwrap();
        self.runtime.block_on(async {
            let answer = self.client.request(request).await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.status());
            answer.into_body().collect().await.unwrap().to_bytes()
        })
    }
}

fn span(trace: u128, id: u64, parent: u64) -> Span {
    let text = |key: &str, value: &str| KeyValue {
        key: key.into(),
        value: Some(AnyValue {
            value: Some(Value::StringValue(value.into())),
        }),
        ..KeyValue::default()
    };
    let start = 1_700_000_000_000_000_000 + id * 1000;
    Span {
        trace_id: trace.to_be_bytes().to_vec(),
        span_id: id.to_be_bytes().to_vec(),
        parent_span_id: match parent {
            0 => Vec::new(),
            parent => parent.to_be_bytes().to_vec(),
        },
        name: format!("GET /orders/{}", id % 50),
        kind: if parent == 0 { 2 } else { 3 },
        start_time_unix_nano: start,
        end_time_unix_nano: start + 1_500_000,
        attributes: vec![
            text("http.request.method", "GET"),
            text("http.route", "/orders/{id}"),
            text("url.path", "/orders/1234567"),
            text("server.address", "127.0.0.1"),
            text("user_agent.original", "curl/8.5.0"),
        ],
        ..Span::default()
    }
}

fn request(spans: Vec<Span>) -> Bytes {
    let name = KeyValue {
        key: "service.name".into(),
        value: Some(AnyValue {
            value: Some(Value::StringValue("shop".into())),
        }),
        ..KeyValue::default()
    };
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: vec![name],
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                spans,
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    };
    request.encode_to_vec().into()
}
