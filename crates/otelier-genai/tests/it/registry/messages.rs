//! Messages of the Model Context Protocol.

use opentelemetry::trace::SpanKind;
use otelier_genai::mcp;
use rmcp::model::{
    CallToolRequestParams, ClientRequest, GetPromptRequest, GetPromptRequestParams, JsonObject,
    ReadResourceRequest, ReadResourceRequestParams,
};

use super::assert_like;
use crate::{
    mcp::{of_kind, over_http, telling},
    text,
};

/// Of both sides; what the transport is, is not told.
const MESSAGE: [(&str, &str); 11] = [
    ("error.type", "string"),
    ("gen_ai.operation.name", "string"),
    ("gen_ai.prompt.name", "string"),
    ("gen_ai.tool.call.arguments", "any"),
    ("gen_ai.tool.call.result", "any"),
    ("gen_ai.tool.name", "string"),
    ("jsonrpc.request.id", "string"),
    ("mcp.method.name", "string"),
    ("mcp.protocol.version", "string"),
    ("mcp.resource.uri", "string"),
    ("mcp.session.id", "string"),
];

const CODE: (&str, &str) = ("rpc.status_code", "string");

/// What only a message that calls a tool has.
const TOOLS: [&str; 4] = [
    "gen_ai.operation.name",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.tool.name",
];

const BOTH: [SpanKind; 2] = [SpanKind::Client, SpanKind::Server];

#[tokio::test]
async fn messages_have_the_names_and_types_of_the_registry() {
    let telemetry = telling();
    let client = over_http(&telemetry).await;
    let mut arguments = JsonObject::new();
    arguments.insert("of".to_owned(), "bread".into());
    let call = CallToolRequestParams::new("fails").with_arguments(arguments);
    mcp::call_tool(&client, call).await.unwrap();
    let prompt = GetPromptRequest::new(GetPromptRequestParams::new("greet"));
    let prompt = ClientRequest::GetPromptRequest(prompt);
    mcp::request(&client, prompt).await.unwrap_err();
    let read = ReadResourceRequest::new(ReadResourceRequestParams::new("file:///bread"));
    let read = ClientRequest::ReadResourceRequest(read);
    mcp::request(&client, read).await.unwrap_err();

    let with_code = [&MESSAGE[..], &[CODE]].concat();
    let others = |own: &'static str| {
        TOOLS
            .into_iter()
            .chain(["gen_ai.prompt.name", "mcp.resource.uri"])
            .filter(move |name| *name != own)
    };
    for kind in BOTH {
        // Only a server is told of its session.
        let session = matches!(kind, SpanKind::Client).then_some("mcp.session.id");
        let span = of_kind(&telemetry, "tools/call fails", &kind);
        let mut never = vec!["gen_ai.prompt.name", "mcp.resource.uri"];
        never.extend(session);
        assert_like("span", &span.attributes, &MESSAGE, &never);

        // That there is no such thing is no error of the server.
        let error = matches!(kind, SpanKind::Server).then_some("error.type");
        let span = of_kind(&telemetry, "prompts/get greet", &kind);
        let never: Vec<_> = others("gen_ai.prompt.name")
            .chain(session)
            .chain(error)
            .collect();
        assert_like("span", &span.attributes, &with_code, &never);

        let span = of_kind(&telemetry, "resources/read", &kind);
        let never: Vec<_> = others("mcp.resource.uri")
            .chain(session)
            .chain(error)
            .collect();
        assert_like("span", &span.attributes, &with_code, &never);
    }
    let ids = BOTH.map(|kind| {
        text(
            &of_kind(&telemetry, "tools/call fails", &kind),
            "jsonrpc.request.id",
        )
    });
    assert_eq!(ids[0], ids[1]);
}
