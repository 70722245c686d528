//! async-openai against a model on loopback, as docs/genai.md has it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use ::async_openai::{
    Client,
    config::OpenAIConfig,
    middleware::{HttpRequestFactory, ReqwestService, retry::OpenAIRetryLayer},
    types::chat::{
        ChatCompletionRequestUserMessageArgs, CreateChatCompletionRequest,
        CreateChatCompletionRequestArgs,
    },
};
use axum::{Router, http::StatusCode, routing::post};
use futures_util::StreamExt as _;
use otelier_genai::{Config, GenAiLayer};
use otelier_testing::{Span, Telemetry, capture};
use tokio::net::TcpListener;
use tower::ServiceBuilder;

use crate::async_openai;

const ANSWER: &str = r#"{"id":"c-1","object":"chat.completion","created":1,"model":"gpt-5-x","choices":[{"index":0,
    "message":{"role":"assistant","content":"hi","refusal":null},"finish_reason":"stop","logprobs":null}],
    "usage":{"prompt_tokens":20,"completion_tokens":7,"total_tokens":27}}"#;

const PARTS: &str = concat!(
    r#"data: {"id":"c-1","object":"chat.completion.chunk","created":1,"model":"gpt-5-x","choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null,"logprobs":null}],"usage":null}"#,
    "\n\n",
    r#"data: {"id":"c-1","object":"chat.completion.chunk","created":1,"model":"gpt-5-x","choices":[],"usage":{"prompt_tokens":20,"completion_tokens":7,"total_tokens":27}}"#,
    "\n\ndata: [DONE]\n\n",
);

const WRONG: &str = "data: {\"error\":{\"message\":\"s3cr3t\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n";

/// Refuses the first attempt, and then answers, in these parts where a stream is asked for.
async fn model(parts: &'static str) -> SocketAddr {
    let tried = Arc::new(AtomicUsize::new(0));
    let answer = async move |asked: String| {
        if tried.fetch_add(1, Ordering::Relaxed) == 0 {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        Ok(match asked.contains(r#""stream":true"#) {
            true => ([("content-type", "text/event-stream")], parts),
            false => ([("content-type", "application/json")], ANSWER),
        })
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/v1/chat/completions", post(answer));
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

fn configs(server: SocketAddr) -> (OpenAIConfig, Config) {
    let client = OpenAIConfig::new()
        .with_api_base(format!("http://{server}/v1"))
        .with_api_key("k");
    (
        client,
        Config::new().with_host(server.to_string(), "openai"),
    )
}

fn asked() -> CreateChatCompletionRequest {
    let message = ChatCompletionRequestUserMessageArgs::default()
        .content("s3cr3t")
        .build()
        .unwrap();
    CreateChatCompletionRequestArgs::default()
        .model("gpt-5")
        .messages([message.into()])
        .build()
        .unwrap()
}

fn told(span: &Span, key: &str) -> Option<String> {
    span.get(key).map(|value| value.to_string())
}

fn errors(telemetry: &Telemetry) -> Vec<Option<String>> {
    let spans = telemetry.spans();
    assert!(spans.iter().all(|span| span.name == "chat gpt-5"));
    spans.iter().map(|span| told(span, "error.type")).collect()
}

#[tokio::test]
async fn async_openai_tells_its_tokens_by_one_layer() {
    let (config, models) = configs(model(PARTS).await);
    let telemetry = capture();
    let client = async_openai::client(config, models);
    let answered = client.chat().create(asked()).await.unwrap();
    assert_eq!(answered.choices[0].message.content.as_deref(), Some("hi"));
    let mut parts = client.chat().create_stream(asked()).await.unwrap();
    while let Some(part) = parts.next().await {
        part.unwrap();
    }
    drop(parts);
    // One for all attempts, and one for the stream.
    assert_eq!(errors(&telemetry), [None, None]);
    for span in telemetry.spans() {
        let tokens = told(&span, "gen_ai.usage.output_tokens");
        assert_eq!(tokens.as_deref(), Some("7"));
    }
}

#[tokio::test]
async fn a_layer_within_the_retries_tells_each_attempt() {
    let (config, models) = configs(model(PARTS).await);
    let telemetry = capture();
    let layer = GenAiLayer::with_config(models)
        .peeking(|request: HttpRequestFactory| async move { request.build().await.ok() });
    let service = ServiceBuilder::new()
        .layer(OpenAIRetryLayer::default())
        .layer(layer)
        .service(ReqwestService::new(reqwest_013::Client::new()));
    let client = Client::with_config(config).with_http_service(service);
    client.chat().create(asked()).await.unwrap();
    assert_eq!(errors(&telemetry), [Some("503".to_owned()), None]);
}

#[tokio::test]
async fn an_error_in_a_stream_is_one_though_the_client_reads_no_more() {
    let (config, models) = configs(model(WRONG).await);
    let telemetry = capture();
    let client = async_openai::client(config, models);
    let mut parts = client.chat().create_stream(asked()).await.unwrap();
    while let Some(part) = parts.next().await {
        if part.is_err() {
            break;
        }
    }
    drop(parts);
    // The client reads on a task of its own, which ends once it finds that nobody listens.
    let spans = telemetry.ended(1).await;
    assert_eq!(
        told(&spans[0], "error.type").as_deref(),
        Some("server_error")
    );
    assert!(!format!("{spans:?}").contains("s3cr3t"));
}
