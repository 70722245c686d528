//! Messages of the Model Context Protocol, between rmcp's client and server.

use std::{borrow::Cow, sync::Arc};

use axum::Router;
use opentelemetry::trace::{SpanKind, Status};
use otelier_core::{Conventions, Propagation};
use otelier_genai::{Agent, ContentCapture, mcp};
use otelier_testing::{Telemetry, capture, capture_with};
use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt as _,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ClientRequest, ContentBlock,
        ErrorCode, GetPromptRequest, GetPromptRequestParams, JsonObject, PingRequest,
    },
    service::{RequestContext, RunningService},
    transport::{
        StreamableHttpClientTransport,
        streamable_http_server::{
            StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
        },
    },
};
use tokio::net::TcpListener;

use crate::{by, text};

struct Shop;

impl ServerHandler for Shop {
    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let said = vec![ContentBlock::text("12")];
        match &*request.name {
            "stock" => Ok(CallToolResult::success(said).into()),
            "fails" => Ok(CallToolResult::error(said).into()),
            "gone" => Err(ErrorData::resource_not_found("no bread", None)),
            "odd" => Err(ErrorData::new(ErrorCode(-7), "odd", None)),
            "breaks" => Err(ErrorData::internal_error("no password=hunter2", None)),
            _ => Err(ErrorData::new(
                ErrorCode::INVALID_PARAMS,
                Cow::Borrowed("no such tool"),
                None,
            )),
        }
    }
}

/// A client of a shop, whose server runs until the client is dropped.
#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
pub(crate) async fn client() -> RunningService<rmcp::RoleClient, ()> {
    let (here, there) = tokio::io::duplex(65_536);
    let server = mcp::server(Shop);
    tokio::spawn(async move {
        let running = server.serve(there).await.unwrap();
        running.waiting().await.unwrap();
    });
    ().serve(here).await.unwrap()
}

pub(crate) fn of_kind(telemetry: &Telemetry, name: &str, kind: &SpanKind) -> otelier_testing::Span {
    let mut spans = telemetry.spans().into_iter();
    spans
        .find(|span| span.name == name && span.kind == *kind)
        .unwrap()
}

/// Records what tools get and return, too.
pub(crate) fn telling() -> Telemetry {
    let mut conventions = Conventions::default();
    conventions.gen_ai_content = ContentCapture::EventsAndSpans;
    capture_with(Propagation::none().with_trace_context(), conventions)
}

#[tokio::test]
async fn a_tool_is_called_in_one_trace_on_both_sides() {
    let telemetry = capture();
    let client = client().await;
    let stock = Agent::new("planner")
        .run(async |_| mcp::call_tool(&client, CallToolRequestParams::new("stock")).await)
        .await
        .unwrap();
    assert_eq!(stock.is_error, Some(false));
    let name = "tools/call stock";
    let (asked, served) = (
        of_kind(&telemetry, name, &SpanKind::Client),
        of_kind(&telemetry, name, &SpanKind::Server),
    );
    assert_eq!(served.parent_span_id, Some(asked.span_id));
    assert_eq!(asked.parent.as_deref(), Some("invoke_agent planner"));
    for (key, value) in [
        ("mcp.method.name", "tools/call"),
        ("gen_ai.tool.name", "stock"),
        ("gen_ai.operation.name", "execute_tool"),
        ("error.type", "-"),
    ] {
        assert_eq!(
            (text(&asked, key), text(&served, key)),
            (value.to_owned(), value.to_owned())
        );
    }
    assert_ne!(text(&served, "jsonrpc.request.id"), "-");
    assert_ne!(text(&served, "mcp.protocol.version"), "-");
    let spans = format!("{:?}", telemetry.spans());
    assert!(!spans.contains("\"12\""), "{spans}");
}

#[tokio::test]
async fn errors_are_those_of_the_side_that_made_them() {
    let telemetry = capture();
    let client = client().await;
    let call =
        async |name: &'static str| mcp::call_tool(&client, CallToolRequestParams::new(name)).await;
    assert_eq!(call("fails").await.unwrap().is_error, Some(true));
    call("breaks").await.unwrap_err();
    for name in ["nothing", "gone", "odd"] {
        call(name).await.unwrap_err();
    }
    for (name, client, server, code) in [
        ("tools/call fails", "tool_error", "tool_error", "-"),
        ("tools/call breaks", "-32603", "-32603", "-32603"),
        ("tools/call nothing", "-32602", "-", "-32602"),
        ("tools/call gone", "-32002", "-", "-32002"),
        ("tools/call odd", "-7", "-7", "-7"),
    ] {
        let (asked, served) = (
            of_kind(&telemetry, name, &SpanKind::Client),
            of_kind(&telemetry, name, &SpanKind::Server),
        );
        assert_eq!(
            (text(&asked, "error.type"), text(&served, "error.type")),
            (client.to_owned(), server.to_owned()),
            "{name}"
        );
        assert_eq!(text(&served, "rpc.status_code"), code, "{name}");
    }
    let served = of_kind(&telemetry, "tools/call breaks", &SpanKind::Server);
    assert_eq!(served.status, Status::error("no password=[REDACTED]"));
    let duration = by(
        &telemetry.metric("mcp.server.operation.duration"),
        &["gen_ai.tool.name", "error.type"],
    );
    let labels: Vec<_> = duration.into_keys().collect();
    assert_eq!(
        labels,
        [
            "- -",
            "breaks -32603",
            "fails tool_error",
            "gone -",
            "nothing -",
            "odd -7"
        ]
    );
}

#[tokio::test]
async fn prompts_pings_and_what_is_dropped_are_messages_too() {
    let telemetry = capture();
    let client = client().await;
    let prompt = GetPromptRequest::new(GetPromptRequestParams::new("greet"));
    mcp::request(&client, ClientRequest::GetPromptRequest(prompt))
        .await
        .unwrap_err();
    mcp::request(&client, ClientRequest::PingRequest(PingRequest::default()))
        .await
        .unwrap();
    let asked = of_kind(&telemetry, "prompts/get greet", &SpanKind::Client);
    assert_eq!(text(&asked, "gen_ai.prompt.name"), "greet");
    of_kind(&telemetry, "ping", &SpanKind::Server);

    let telemetry = capture();
    drop(mcp::call_tool(&client, CallToolRequestParams::new("stock")));
    assert!(telemetry.spans().is_empty());
    let mut left = Box::pin(mcp::call_tool(&client, CallToolRequestParams::new("stock")));
    assert!(futures_util::FutureExt::now_or_never(&mut left).is_none());
    drop(left);
    let asked = of_kind(&telemetry, "tools/call stock", &SpanKind::Client);
    assert_eq!(asked.status, Status::Unset);
}

#[tokio::test]
async fn other_stacks_write_and_read_the_context_themselves() {
    let telemetry = capture();
    let mut meta = JsonObject::new();
    meta.insert("progressToken".to_owned(), 7.into());
    Agent::new("planner")
        .run(async |_| {
            mcp::inject(&mut meta);
            std::io::Result::Ok(())
        })
        .await
        .unwrap();
    assert!(meta.contains_key("traceparent") && meta.contains_key("progressToken"));
    let far = Agent::new("far").run(async |_| std::io::Result::Ok(()));
    mcp::within(&meta, far).await.unwrap();
    assert_eq!(
        telemetry.span("invoke_agent far").parent.as_deref(),
        Some("invoke_agent planner")
    );
}

/// A shop over HTTP, behind a layer that records requests.
#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
pub(crate) async fn over_http(telemetry: &Telemetry) -> RunningService<rmcp::RoleClient, ()> {
    let shop = StreamableHttpService::new(
        || Ok(mcp::server(Shop)),
        Arc::new(LocalSessionManager::default()),
        StreamableHttpServerConfig::default(),
    );
    let app = Router::new().route_service("/mcp", mcp::over_http(shop));
    let app = app.layer(otelier_axum::TraceLayer::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(telemetry.scope(async move { axum::serve(listener, app).await }));
    ().serve(StreamableHttpClientTransport::from_uri(url))
        .await
        .unwrap()
}

#[tokio::test]
async fn over_http_a_message_has_the_request_as_a_link_and_a_session() {
    let telemetry = capture();
    let client = over_http(&telemetry).await;
    mcp::call_tool(&client, CallToolRequestParams::new("stock"))
        .await
        .unwrap();
    let name = "tools/call stock";
    let (asked, served) = (
        of_kind(&telemetry, name, &SpanKind::Client),
        of_kind(&telemetry, name, &SpanKind::Server),
    );
    assert_eq!(served.parent_span_id, Some(asked.span_id));
    assert_ne!(text(&served, "mcp.session.id"), "-");
    let [link] = served.links.as_slice() else {
        panic!("no link: {served:?}")
    };
    // The request ends once the answer was read.
    client.cancel().await.unwrap();
    let requests = telemetry.ended(4).await;
    let request = requests.iter().find(|span| span.span_id == link.span_id);
    let request = request.unwrap_or_else(|| panic!("{requests:#?}"));
    assert_eq!(
        (&*request.name, &request.kind),
        ("POST /mcp", &SpanKind::Server)
    );
}

#[tokio::test]
async fn a_message_without_context_is_below_the_request_that_brought_it() {
    let telemetry = capture();
    let client = over_http(&telemetry).await;
    // Past what records it.
    client
        .call_tool(CallToolRequestParams::new("stock"))
        .await
        .unwrap();
    let served = of_kind(&telemetry, "tools/call stock", &SpanKind::Server);
    assert!(served.links.is_empty());
    client.cancel().await.unwrap();
    let requests = telemetry.ended(3).await;
    let above = requests
        .iter()
        .find(|span| Some(span.span_id) == served.parent_span_id);
    assert_eq!(above.unwrap().name, "POST /mcp");
}

#[tokio::test]
async fn what_a_tool_gets_and_returns_is_told_where_it_is_asked_for() {
    let telemetry = telling();
    let client = client().await;
    let mut arguments = JsonObject::new();
    arguments.insert("password".to_owned(), "hunter2".into());
    arguments.insert("of".to_owned(), "bread".into());
    let call = CallToolRequestParams::new("stock").with_arguments(arguments);
    mcp::call_tool(&client, call).await.unwrap();
    let logs = telemetry.logs();
    let told: Vec<_> = logs
        .iter()
        .filter(|log| log.event.as_deref() == Some("otelier.gen_ai.tool.details"))
        .collect();
    assert_eq!(told.len(), 2);
    for kind in [SpanKind::Client, SpanKind::Server] {
        let span = of_kind(&telemetry, "tools/call stock", &kind);
        assert_eq!(
            text(&span, "gen_ai.tool.call.arguments"),
            r#"{"of":"bread","password":"[REDACTED]"}"#
        );
        let result = text(&span, "gen_ai.tool.call.result");
        assert!(result.contains(r#""text":"12""#), "{result}");
        assert!(told.iter().any(|event| event.span_id == Some(span.span_id)));
    }
}
