//! The same requests through what others have published.

use std::{
    borrow::Cow,
    task::{Context as TaskContext, Poll},
};

use axum::{
    body::Body,
    extract::{ConnectInfo, MatchedPath},
    http::{
        HeaderMap, Request, Response,
        header::{HOST, USER_AGENT},
    },
};
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use fastrace_axum::FastraceLayer;
use fastrace_opentelemetry::OpenTelemetryReporter;
use opentelemetry::{
    InstrumentationScope, global, propagation::Extractor, trace::TracerProvider as _,
};
use opentelemetry_instrumentation_tower::http::server::Layer as TowerLayer;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    metrics::SdkMeterProvider,
    propagation::TraceContextPropagator,
    trace::{SpanData, SpanExporter},
};
use oxtel_tower::HttpServerLayer;
use tower::{Layer, Service};
use tower_otel::{metrics::HttpLayer as MetricsLayer, trace::HttpLayer};
use tracing::{Instrument as _, Level, field::Empty, instrument::Instrumented};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;

use super::{meters, routes, serve, tracers};

pub const NAMES: [&str; 16] = [
    "axum-tracing-opentelemetry, no subscriber",
    "axum-tracing-opentelemetry",
    "axum-tracing-opentelemetry, not sampled",
    "opentelemetry-instrumentation-tower, no provider",
    "opentelemetry-instrumentation-tower, traces",
    "opentelemetry-instrumentation-tower, traces and metrics",
    "opentelemetry-instrumentation-tower, traces and metrics, not sampled",
    "tower-otel, traces",
    "tower-otel, traces and metrics",
    "tracing by hand",
    "fastrace-axum",
    "fastrace-axum, not sampled",
    "oxtel-tower, traces and metrics",
    "oxtel-tower, traces and metrics, not sampled",
    "oxtel-tower, traces and metrics, 64 clients",
    "oxtel-tower, traces and metrics, behind a proxy",
];

pub fn run(variant: &str) {
    assert!(NAMES.contains(&variant), "there is no {variant:?}");
    global::set_text_map_propagator(TraceContextPropagator::new());
    if variant.starts_with("fastrace") {
        report();
    } else if variant.starts_with("oxtel") {
        oxtel();
    } else if !variant.contains("no subscriber") && !variant.contains("instrumentation-tower") {
        subscribe();
    }
    if variant.contains("instrumentation-tower") && !variant.contains("no provider") {
        global::set_tracer_provider(tracers());
        let none = SdkMeterProvider::default();
        global::set_meter_provider(if variant.contains("metrics") {
            meters()
        } else {
            none
        });
    }
    let router = routes(variant);
    let router = match variant {
        _ if variant.starts_with("axum-tracing") => router.layer(OtelAxumLayer::default()),
        _ if variant.contains("instrumentation-tower") => router.layer(TowerLayer::new()),
        _ if variant.starts_with("fastrace") => router.layer(FastraceLayer::default()),
        _ if variant.starts_with("oxtel") => {
            router.layer(HttpServerLayer::new().with_access_log(false))
        }
        "tower-otel, traces" => router.layer(HttpLayer::server(Level::INFO)),
        "tower-otel, traces and metrics" => {
            global::set_meter_provider(meters());
            let metrics = MetricsLayer::server(&global::meter("bench"));
            router.layer(HttpLayer::server(Level::INFO)).layer(metrics)
        }
        _ => router.layer(ByHand),
    };
    serve(variant, router);
}

/// `tracing-opentelemetry` as it comes.
fn subscribe() {
    let tracer = tracers().tracer("bench");
    let layer = tracing_opentelemetry::layer().with_tracer(tracer);
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::set_global_default(subscriber).expect("once");
}

/// fastrace as it reports to OpenTelemetry, on a thread that is not measured.
fn report() {
    let resource = Cow::Owned(Resource::builder_empty().build());
    let scope = InstrumentationScope::builder("bench").build();
    let reporter = OpenTelemetryReporter::new(Nowhere, resource, scope);
    fastrace::set_reporter(reporter, fastrace::collector::Config::default());
}

/// oxtel with its spans dropped, its metrics never asked for, and no log line.
fn oxtel() {
    let telemetry = oxtel::builder()
        .without_env_exporters()
        .without_local_logs()
        .with_traces(|traces| traces.with_processor(Nowhere))
        .with_metrics(|metrics| metrics);
    std::mem::forget(telemetry.install().expect("once"));
}

impl oxtel_sdk::trace::SpanProcessor for Nowhere {
    fn on_end(&self, span: oxtel_sdk::trace::SpanData) {
        drop(span);
    }

    fn force_flush(&self) -> Result<(), oxtel_sdk::trace::ExportError> {
        Ok(())
    }

    fn shutdown(&self) -> Result<(), oxtel_sdk::trace::ExportError> {
        Ok(())
    }
}

#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

/// What a service does that writes its own spans, with eleven attributes.
#[derive(Clone)]
struct ByHand;

#[derive(Clone)]
struct Spanned<S>(S);

impl<S> Layer<S> for ByHand {
    type Service = Spanned<S>;

    fn layer(&self, inner: S) -> Spanned<S> {
        Spanned(inner)
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}

impl<S, B> Service<Request<Body>> for Spanned<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Future: Send + 'static,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response<B>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let headers = request.headers();
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let (host, port) = text(HOST)
            .and_then(|host| host.split_once(':'))
            .unwrap_or_default();
        let route = request
            .extensions()
            .get::<MatchedPath>()
            .map_or("", |path| path.as_str());
        let peer = request
            .extensions()
            .get::<ConnectInfo<std::net::SocketAddr>>();
        let span = tracing::info_span!(
            "request",
            otel.name = format!("{} {route}", request.method()),
            otel.kind = "server",
            http.request.method = request.method().as_str(),
            http.route = route,
            url.path = request.uri().path(),
            url.scheme = "http",
            server.address = host,
            server.port = port.parse::<i64>().unwrap_or(80),
            client.address = peer.map(|peer| peer.0.ip().to_string()),
            network.protocol.version = "1.1",
            user_agent.original = text(USER_AGENT),
            http.response.status_code = Empty,
        );
        let parent = global::get_text_map_propagator(|p| p.extract(&Headers(headers)));
        let _ = span.set_parent(parent);
        let inner: Instrumented<S::Future> = self.0.call(request).instrument(span.clone());
        Box::pin(async move {
            let response = inner.await?;
            span.record(
                "http.response.status_code",
                i64::from(response.status().as_u16()),
            );
            Ok(response)
        })
    }
}
