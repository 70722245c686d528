//! Python's clients of models through a proxy, and Python's MCP on either side.

use std::{env, process::Output, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{OriginalUri, State},
    http::HeaderMap,
    response::Response,
    routing::post,
};
use opentelemetry::trace::SpanKind;
use otelier_genai::{Config, GenAiMiddleware, mcp};
use otelier_testing::{Telemetry, capture};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt as _,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ServerCapabilities,
        ServerConfig,
    },
    service::RequestContext,
    transport::{
        TokioChildProcess,
        streamable_http_server::{
            StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
        },
    },
};
use tokio::process::Command;

use crate::{CHAT, MESSAGES, models, serve};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../python/model_ends.py");

/// A Python that has what is needed, or nothing where none is named.
fn python() -> Option<Command> {
    let Some(python) = env::var_os("OTELIER_MODELS_PYTHON") else {
        assert!(
            env::var_os("OTELIER_REQUIRE_MODELS").is_none(),
            "OTELIER_MODELS_PYTHON is not set"
        );
        println!("left out: OTELIER_MODELS_PYTHON names no Python with openai, anthropic and mcp");
        return None;
    };
    let mut command = Command::new(python);
    command.arg(SCRIPT).kill_on_drop(true);
    Some(command)
}

#[track_caller]
fn lines(output: Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout).unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{said}");
    text.lines().map(str::to_owned).collect()
}

#[derive(Clone)]
struct Proxy {
    models: String,
    client: ClientWithMiddleware,
}

/// Hands a request on, and the answer back as it comes.
async fn pass(
    State(proxy): State<Proxy>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let url = format!("{}{}", proxy.models, uri.path());
    let mut asked = proxy.client.post(url).body(body);
    for name in [
        "content-type",
        "authorization",
        "x-api-key",
        "anthropic-version",
    ] {
        if let Some(value) = headers.get(name) {
            asked = asked.header(name, value);
        }
    }
    let answer = asked.send().await.unwrap();
    let kind = answer.headers().get("content-type").cloned().unwrap();
    let head = Response::builder().status(answer.status());
    let head = head.header("content-type", kind);
    head.body(Body::from_stream(answer.bytes_stream())).unwrap()
}

async fn proxy() -> String {
    let models = models().await;
    let config = Config::new().with_host(models.to_string(), "own");
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(GenAiMiddleware::with_config(config))
        .with(otelier_reqwest::TraceMiddleware::new())
        .build();
    let proxy = Proxy {
        models: format!("http://{models}"),
        client,
    };
    let app = Router::new()
        .route("/v1/{*path}", post(pass))
        .with_state(proxy);
    format!("http://{}", serve(otelier_axum::instrument(app)).await)
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn pythons_clients_get_streams_through_a_proxy_byte_for_byte_and_their_tokens_are_told() {
    for (client, model, body) in [
        ("openai", "gpt-5", CHAT),
        ("anthropic", "claude-5", MESSAGES),
    ] {
        let Some(mut python) = python() else { return };
        let telemetry = capture();
        let url = proxy().await;
        let said = lines(python.args([client, &url]).output().await.unwrap());
        assert_eq!(said, ["twelve".to_owned(), hex(body)]);
        // Of each of two: the proxy's request, the call, and its request.
        let spans = telemetry.ended(6).await;
        let name = format!("chat {model}");
        let calls: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
        assert_eq!(calls.len(), 2);
        for call in calls {
            let of = |key| call.get(key).map(|value| value.to_string());
            assert_eq!(of("gen_ai.usage.input_tokens").as_deref(), Some("20"));
            assert_eq!(of("gen_ai.usage.output_tokens").as_deref(), Some("7"));
            assert_eq!(call.parent.as_deref(), Some("POST /v1/{*path}"));
        }
    }
}

struct Shop;

impl ServerHandler for Shop {
    fn get_info(&self) -> ServerConfig {
        // Python's client asks for the list before it takes a result.
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        called: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        Ok(CallToolResult::success(vec![ContentBlock::text(called.name.into_owned())]).into())
    }
}

fn tool_call(telemetry: &Telemetry, kind: &SpanKind) -> otelier_testing::Span {
    let mut spans = telemetry.spans().into_iter();
    let span = spans.find(|span| span.name == "tools/call stock" && span.kind == *kind);
    span.unwrap_or_else(|| panic!("{}", telemetry.tree()))
}

#[tokio::test]
async fn pythons_mcp_calls_a_tool_of_ours_in_its_trace() {
    let Some(mut python) = python() else { return };
    let telemetry = capture();
    let shop = StreamableHttpService::new(
        || Ok(mcp::server(Shop)),
        Arc::new(LocalSessionManager::default()),
        StreamableHttpServerConfig::default(),
    );
    let app = Router::new().route_service("/mcp", mcp::over_http(shop));
    let server = serve(otelier_axum::instrument(app)).await;
    let url = format!("http://{server}/mcp");
    let said = lines(python.args(["tool", &url]).output().await.unwrap());
    let served = tool_call(&telemetry, &SpanKind::Server);
    assert_eq!(said, [format!("{} stock", served.trace_id)]);
    assert_eq!(served.links.len(), 1, "{served:?}");
}

#[tokio::test]
async fn a_tool_of_pythons_mcp_is_called_in_our_trace() {
    let Some(mut python) = python() else { return };
    let telemetry = capture();
    python.arg("server");
    let client = ().serve(TokioChildProcess::new(python).unwrap()).await.unwrap();
    let mut arguments = rmcp::model::JsonObject::new();
    arguments.insert("of".to_owned(), "bread".into());
    let call = CallToolRequestParams::new("stock").with_arguments(arguments);
    let answer = mcp::call_tool(&client, call).await.unwrap();
    let asked = tool_call(&telemetry, &SpanKind::Client);
    let said = serde_json::to_string(&answer.content).unwrap();
    assert!(
        said.contains(&format!("{} bread", asked.trace_id)),
        "{said}"
    );
    client.cancel().await.unwrap();
}
