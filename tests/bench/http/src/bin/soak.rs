//! A hundred thousand mixed requests through the server layer, eight at a time;
//! at the end nobody may be in flight and everybody must have been counted.

use std::{convert::Infallible, future::pending};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{Request, StatusCode},
    routing::{get, post},
};
use opentelemetry_sdk::{
    metrics::{
        InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
        data::{AggregatedMetrics, MetricData},
    },
    trace::SdkTracerProvider,
};
use otelier_core::{Conventions, Propagation, Providers};
use tower::ServiceExt as _;

const REQUESTS: u64 = 100_000;

fn main() {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let meters = SdkMeterProvider::builder().with_reader(reader).build();
    let providers = Providers::new(
        SdkTracerProvider::builder().build(),
        meters.clone(),
        Propagation::none().with_trace_context(),
        Conventions::default(),
    );
    otelier_core::install(providers).expect("once");
    let app = otelier_axum::instrument(routes());
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let app = app.clone();
            std::thread::spawn(move || soak(thread, app))
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().expect("a thread"));

    meters.force_flush().expect("a collection");
    let collected = exporter.get_finished_metrics().expect("metrics");
    let metrics = collected.last().expect("a collection").scope_metrics();
    let (mut counted, mut active) = (0, 0);
    for metric in metrics.flat_map(|scope| scope.metrics()) {
        match metric.data() {
            AggregatedMetrics::F64(MetricData::Histogram(data)) => {
                counted = data.data_points().map(|point| point.count()).sum();
            }
            AggregatedMetrics::I64(MetricData::Sum(data)) => {
                active = data.data_points().map(|point| point.value().abs()).sum();
            }
            _ => {}
        }
    }
    println!("{counted} requests counted, {active} in flight");
    assert_eq!((counted, active), (REQUESTS, 0));
}

fn routes() -> Router {
    let endless = || {
        let first = async { Ok::<_, Infallible>("one") };
        let stream = futures_util::stream::once(first);
        Body::from_stream(futures_util::StreamExt::chain(
            stream,
            futures_util::stream::pending(),
        ))
    };
    Router::new()
        .route("/ok/{id}", get(async || "ok"))
        .route("/boom", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .route("/none", get(async || StatusCode::NO_CONTENT))
        .route("/panic", get(burnt))
        .route("/hang", get(pending::<()>))
        .route("/echo", post(async |body: Bytes| body))
        .route("/endless", get(async move || endless()))
}

async fn burnt() -> &'static str {
    std::panic::resume_unwind(Box::new("burnt"))
}

fn soak(thread: u64, app: Router) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    for number in (thread..REQUESTS).step_by(8) {
        let path = match number / 8 % 8 {
            0 => "/ok/1",
            1 => "/boom",
            2 => "/none",
            3 => "/panic",
            4 => "/hang",
            5 => "/echo",
            6 => "/endless",
            _ => "/nowhere",
        };
        let method = if path == "/echo" { "POST" } else { "GET" };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::from("hello"));
        let request = request.expect("a request");
        let app = app.clone();
        let answer = async move {
            let response = app.oneshot(request).await.expect("an answer");
            if number % 3 > 0 {
                let body = axum::body::to_bytes(response.into_body(), usize::MAX);
                drop(futures_util::FutureExt::now_or_never(body));
            }
        };
        match path {
            "/hang" => assert!(futures_util::FutureExt::now_or_never(answer).is_none()),
            "/panic" => {
                let answer = std::panic::AssertUnwindSafe(|| runtime.block_on(answer));
                assert!(std::panic::catch_unwind(answer).is_err());
            }
            _ => runtime.block_on(answer),
        }
    }
}
