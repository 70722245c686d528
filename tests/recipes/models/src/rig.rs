//! rig, whose spans of `tracing` stand above ours where its requests pass our middleware.

use std::{future::ready, net::SocketAddr};

use axum::body::Bytes;
use opentelemetry::trace::SpanKind;
use otelier_genai::{Agent, Config, GenAiMiddleware};
use otelier_testing::{Span, Telemetry, capture};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use rig_core::{
    completion::CompletionRequest,
    http_client::{
        Error, HttpClientExt, LazyBody, MultipartForm, Request, Response, Result, StreamingResponse,
    },
    providers::openai::OpenAIConfig,
};

use crate::models;

/// What rig sends through, with our middleware in it; rig-reqwest's own feature for it
/// brings a TLS along that needs a compiler of C.
#[derive(Clone)]
struct Read(ClientWithMiddleware);

impl Read {
    fn of(server: SocketAddr) -> Self {
        let config = Config::new().with_host(server.to_string(), "openai");
        let client = ClientBuilder::new(reqwest::Client::new());
        let client = client.with(GenAiMiddleware::with_config(config));
        Self(client.with(otelier_reqwest::TraceMiddleware::new()).build())
    }
}

impl HttpClientExt for Read {
    fn send<T, U>(
        &self,
        request: Request<T>,
    ) -> impl Future<Output = Result<Response<LazyBody<U>>>> + Send + 'static
    where
        T: Into<Bytes> + Send,
        U: From<Bytes> + Send + 'static,
    {
        let client = self.0.clone();
        let request = request.map(|body| reqwest::Body::from(body.into()));
        async move {
            let request = request.try_into().map_err(Error::instance)?;
            let answer = client.execute(request).await.map_err(Error::instance)?;
            let body = async { Ok(answer.bytes().await.map_err(Error::instance)?.into()) };
            Ok(Response::new(Box::pin(body) as LazyBody<U>))
        }
    }

    fn send_multipart<U>(
        &self,
        _: Request<MultipartForm>,
    ) -> impl Future<Output = Result<Response<LazyBody<U>>>> + Send + 'static
    where
        U: From<Bytes> + Send + 'static,
    {
        ready(Err(Error::StreamEnded))
    }

    async fn send_streaming<T>(&self, _: Request<T>) -> Result<StreamingResponse>
    where
        T: Into<Bytes> + Send,
    {
        Err(Error::StreamEnded)
    }
}

/// Those of rig.
enum Spans {
    On,
    Off,
}

/// What is told of a call of rig that passes our middleware, below an agent.
async fn read(rigs: Spans) -> Telemetry {
    let server = models().await;
    let telemetry = capture();
    // As `rig=off` in the filter does: no span of its target is made.
    let _none = matches!(rigs, Spans::Off)
        .then(|| tracing::subscriber::set_default(tracing::subscriber::NoSubscriber::new()));
    let mut config = OpenAIConfig::new("k");
    config.base_url = format!("http://{server}/v1");
    let model = config.connect(Read::of(server)).chat("gpt-5");
    Agent::new("planner")
        .run(async |_| model.call(CompletionRequest::new("s3cr3t")).await)
        .await
        .unwrap();
    telemetry
}

/// The metrics have the call once, however many spans tell it.
fn assert_counted_once(telemetry: &Telemetry) {
    for (name, total) in [
        ("gen_ai.client.inference.usage.input_tokens", 20.0),
        ("gen_ai.client.inference.usage.output_tokens", 7.0),
        ("gen_ai.invoke_agent.inference_calls", 1.0),
    ] {
        assert_eq!(telemetry.metric(name).total(), total, "{name}");
    }
    let duration = telemetry.metric("gen_ai.client.inference.duration");
    assert_eq!(duration.count(), 1);
}

fn told(telemetry: &Telemetry) -> Vec<Span> {
    let mut spans = telemetry.spans();
    spans.retain(|span| span.get("gen_ai.usage.output_tokens").is_some());
    spans
}

#[tokio::test]
async fn a_call_of_rig_through_our_middleware_is_counted_once_and_told_by_two_spans() {
    let telemetry = read(Spans::On).await;
    assert_counted_once(&telemetry);
    let told = told(&telemetry);
    let [rigs, ours]: [Span; 2] = told
        .try_into()
        .unwrap_or_else(|_| panic!("{}", telemetry.tree()));
    let (rigs, ours) = match rigs.parent.as_deref() {
        Some("invoke_agent planner") => (rigs, ours),
        _ => (ours, rigs),
    };
    assert_eq!(rigs.parent.as_deref(), Some("invoke_agent planner"));
    assert_eq!(ours.parent.as_deref(), Some(rigs.name.as_str()));
    assert_eq!(
        (ours.name.as_str(), ours.kind),
        ("chat gpt-5", SpanKind::Client)
    );
    assert_eq!(telemetry.span("POST").parent.as_deref(), Some("chat gpt-5"));
}

#[tokio::test]
async fn without_spans_of_rigs_a_call_through_our_middleware_is_told_once() {
    let telemetry = read(Spans::Off).await;
    assert_counted_once(&telemetry);
    let told = told(&telemetry);
    assert_eq!(told.len(), 1, "{}", telemetry.tree());
    assert_eq!(told[0].parent.as_deref(), Some("invoke_agent planner"));
}
