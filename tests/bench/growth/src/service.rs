//! The service that is measured, called in process.

use std::{
    convert::Infallible,
    fs,
    future::pending,
    net::SocketAddr,
    panic::Location,
    pin::Pin,
    task::{Context, Waker},
    thread,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, Request},
    routing::get,
};
use http_body_util::BodyExt as _;
use opentelemetry::{
    KeyValue,
    trace::{SpanKind, Tracer as _, TracerProvider as _},
};
use otelier_sdk::{Setup, State, Telemetry};
use tower::ServiceExt as _;

const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// Spans are recorded this many at a time, so that no queue overflows.
const BURST: u64 = 500;

pub(crate) fn start() -> Telemetry {
    otelier_sdk::start(&Setup::new("bench", "1.0.0"), Location::caller())
}

fn routes() -> Router<()> {
    let router = Router::new()
        .route("/users/{id}", get(async || "a user"))
        .route("/never/{id}", get(pending::<()>));
    otelier_axum::instrument(router).with_state(())
}

fn request(path: &str) -> Request<Body> {
    let mut request = Request::get(path)
        .header("host", "shop.example:8080")
        .header("user-agent", "curl/8.5.0")
        .header("traceparent", HeaderValue::from_static(SAMPLED))
        .body(Body::empty())
        .expect("a request");
    let peer = SocketAddr::from(([198, 51, 100, 7], 54321));
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

/// Answers requests to these paths, one after the other.
pub(crate) fn answer<'a>(router: &Router, paths: impl Iterator<Item = &'a str>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        for path in paths {
            let answered: Result<_, Infallible> = router.clone().oneshot(request(path)).await;
            let Ok(response) = answered;
            let mut body = response.into_body();
            while let Some(frame) = body.frame().await {
                std::hint::black_box(frame.ok());
            }
        }
    });
}

/// Requests of one kind.
fn users(count: u64) -> impl Iterator<Item = &'static str> {
    (0..count).map(|_| "/users/42")
}

pub(crate) fn requests(count: u64) {
    let telemetry = start();
    let is_on = matches!(telemetry.status().traces.state, State::Exporting);
    let router = routes();
    // As fast as batches are taken.
    for batch in 1..=count / BATCH {
        answer(&router, users(BATCH));
        while is_on && telemetry.status().traces.exported < batch * BATCH {
            thread::sleep(Duration::from_micros(300));
        }
    }
    // The end is not measured.
    std::process::exit(0);
}

/// A batch of the processor.
const BATCH: u64 = 512;

/// KiB for each request in flight, and the time that one more takes beside them.
pub(crate) fn in_flight(count: usize) {
    let telemetry = start();
    let router = routes();
    answer(&router, users(100));
    let mut requests = Vec::with_capacity(count);
    let before = resident();
    for _ in 0..count {
        let answer = router.clone().oneshot(request("/never/42"));
        let mut answer: Pin<Box<dyn Future<Output = _>>> = Box::pin(answer);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(answer.as_mut().poll(&mut cx).is_pending());
        requests.push(answer);
    }
    let kibibytes = (resident() - before) as f64 / 1024.0 / count as f64;
    println!("{kibibytes} {}", best(&router));
    drop(requests);
    drop(telemetry.shutdown_blocking());
}

/// The time that a request takes where so many threads answer at once.
pub(crate) fn threads(count: usize) {
    let telemetry = start();
    let router = routes();
    let threads: Vec<_> = (0..count)
        .map(|_| {
            let router = router.clone();
            thread::spawn(move || best(&router))
        })
        .collect();
    let spent = threads
        .into_iter()
        .map(|thread| thread.join().expect("a thread"));
    println!("{}", spent.sum::<f64>() / count as f64);
    drop(telemetry.shutdown_blocking());
}

/// Nanoseconds of a request, the best of many batches.
fn best(router: &Router) -> f64 {
    const REQUESTS: u64 = 500;
    answer(router, users(REQUESTS));
    let batches = (0..40).map(|_| {
        let started = Instant::now();
        answer(router, users(REQUESTS));
        started.elapsed().as_nanos() as f64 / REQUESTS as f64
    });
    batches.fold(f64::INFINITY, f64::min)
}

/// How many spans arrived, and the MiB that the process takes.
pub(crate) fn spans(count: u64) {
    let telemetry = start();
    let tracer = opentelemetry::global::tracer_provider().tracer("bench");
    for burst in 0..count / BURST {
        for number in 0..BURST {
            let number = i64::try_from(burst * BURST + number).expect("a small number");
            let attributes = [
                KeyValue::new("http.request.method", "GET"),
                KeyValue::new("http.route", "/users/{id}"),
                KeyValue::new("url.path", format!("/users/{number}")),
                KeyValue::new("http.response.status_code", 200),
            ];
            let span = tracer.span_builder("GET /users/{id}");
            let span = span.with_kind(SpanKind::Server).with_attributes(attributes);
            drop(span.start(&tracer));
        }
        drop(telemetry.flush_blocking());
    }
    let memory = resident() as f64 / 1024.0 / 1024.0;
    let report = telemetry.shutdown_blocking();
    println!("{} {memory}", report.status.traces.exported);
}

/// Bytes of this process that are in memory.
pub(crate) fn resident() -> i64 {
    const PAGE: i64 = 4096;
    let text = fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = text
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<i64>().ok());
    pages.expect("a number") * PAGE
}
