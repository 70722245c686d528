//! Messages of the Model Context Protocol, between rmcp's client and server.

use std::borrow::Cow;

use opentelemetry::trace::{SpanKind, Status};
use otelier_genai::{Agent, mcp};
use otelier_testing::{Telemetry, capture};
use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt as _,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ClientRequest, ContentBlock,
        ErrorCode, GetPromptRequest, GetPromptRequestParams, JsonObject, PingRequest,
    },
    service::{RequestContext, RunningService},
};

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
async fn client() -> RunningService<rmcp::RoleClient, ()> {
    let (here, there) = tokio::io::duplex(65_536);
    let server = mcp::server(Shop);
    tokio::spawn(async move {
        let running = server.serve(there).await.unwrap();
        running.waiting().await.unwrap();
    });
    ().serve(here).await.unwrap()
}

fn of_kind(telemetry: &Telemetry, name: &str, kind: &SpanKind) -> otelier_testing::Span {
    let mut spans = telemetry.spans().into_iter();
    spans
        .find(|span| span.name == name && span.kind == *kind)
        .unwrap()
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
    call("nothing").await.unwrap_err();
    for (name, client, server, code) in [
        ("tools/call fails", "tool_error", "tool_error", "-"),
        ("tools/call breaks", "-32603", "-32603", "-32603"),
        ("tools/call nothing", "-32602", "-", "-32602"),
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
        ["- -", "breaks -32603", "fails tool_error", "nothing -"]
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
