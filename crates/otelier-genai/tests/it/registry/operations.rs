//! Guards of what is no inference.

use std::io;

use opentelemetry::trace::SpanKind;
use otelier_core::{Conventions, Propagation};
use otelier_genai::{
    Agent, ContentCapture, Embeddings, Prices, Retrieval, Tool, Usage, conversation,
};
use otelier_testing::{Telemetry, capture_with};

use super::assert_like;

const EMBEDDINGS: [(&str, &str); 11] = [
    ("error.type", "string"),
    ("gen_ai.embeddings.dimension.count", "int"),
    ("gen_ai.operation.name", "string"),
    ("gen_ai.provider.name", "string"),
    ("gen_ai.request.encoding_formats", "string[]"),
    ("gen_ai.request.model", "string"),
    ("gen_ai.response.model", "string"),
    ("gen_ai.usage.input_tokens", "int"),
    ("server.address", "string"),
    ("server.port", "int"),
    ("otelier.gen_ai.cost", "double"),
];

const RETRIEVAL: [(&str, &str); 7] = [
    ("error.type", "string"),
    ("gen_ai.data_source.id", "string"),
    ("gen_ai.operation.name", "string"),
    ("gen_ai.provider.name", "string"),
    ("gen_ai.retrieval.documents", "any"),
    ("gen_ai.retrieval.query.text", "string"),
    ("gen_ai.retrieval.top_k", "int"),
];

const TOOL: [(&str, &str); 10] = [
    ("error.type", "string"),
    ("gen_ai.agent.name", "string"),
    ("gen_ai.conversation.id", "string"),
    ("gen_ai.operation.name", "string"),
    ("gen_ai.tool.call.arguments", "any"),
    ("gen_ai.tool.call.id", "string"),
    ("gen_ai.tool.call.result", "any"),
    ("gen_ai.tool.description", "string"),
    ("gen_ai.tool.name", "string"),
    ("gen_ai.tool.type", "string"),
];

/// `gen_ai.provider.name` and `gen_ai.agent.version` are those of agents that run
/// elsewhere, and told of ours where the service names them.
const AGENT: [(&str, &str); 7] = [
    ("error.type", "string"),
    ("gen_ai.agent.description", "string"),
    ("gen_ai.agent.name", "string"),
    ("gen_ai.agent.version", "string"),
    ("gen_ai.conversation.id", "string"),
    ("gen_ai.operation.name", "string"),
    ("gen_ai.provider.name", "string"),
];

fn telemetry() -> Telemetry {
    let mut conventions = Conventions::default();
    conventions.gen_ai_content = ContentCapture::EventsAndSpans;
    capture_with(Propagation::none(), conventions)
}

fn gone() -> io::Result<()> {
    Err(io::Error::other("gone"))
}

#[tokio::test]
async fn what_turns_texts_into_vectors_has_the_names_and_types_of_the_registry() {
    let telemetry = telemetry();
    let embeddings = Embeddings::new("own", "m")
        .with_server("llm.example", 443)
        .with_prices(&Prices::new(|_, _| Some(0.5)))
        .with_dimensions(256)
        .run(async |call| {
            call.usage(Usage::new().with_input_tokens(12));
            call.response_model("m-x");
            gone()
        });
    embeddings.await.unwrap_err();
    let span = telemetry.span("embeddings m");
    assert_eq!(span.kind, SpanKind::Client);
    let never = ["gen_ai.request.encoding_formats"];
    assert_like("span", &span.attributes, &EMBEDDINGS, &never);
}

#[tokio::test]
async fn a_search_has_the_names_and_types_of_the_registry() {
    let telemetry = telemetry();
    let retrieval = Retrieval::new("handbook")
        .with_provider("own")
        .with_top_k(5)
        .run(async |_| gone());
    retrieval.await.unwrap_err();
    let span = telemetry.span("retrieval");
    assert_eq!(span.kind, SpanKind::Internal);
    let never = ["gen_ai.retrieval.documents", "gen_ai.retrieval.query.text"];
    assert_like("span", &span.attributes, &RETRIEVAL, &never);
}

#[tokio::test]
async fn a_tool_has_the_names_and_types_of_the_registry() {
    let telemetry = telemetry();
    let tool = Tool::new("stock")
        .with_call("call_7")
        .with_type("function")
        .with_arguments(|| r#"{"of":"bread"}"#)
        .run(async |call| {
            call.result(|| "12");
            gone()
        });
    let agent = Agent::new("planner").run(async |_| tool.await);
    conversation("c-1", agent).await.unwrap_err();
    let span = telemetry.span("execute_tool stock");
    assert_eq!(span.kind, SpanKind::Internal);
    let never = ["gen_ai.tool.description"];
    assert_like("span", &span.attributes, &TOOL, &never);
}

#[tokio::test]
async fn an_agent_has_the_names_and_types_of_the_registry() {
    let telemetry = telemetry();
    let agent = Agent::new("planner")
        .with_provider("own")
        .with_version("3")
        .with_conversation("c-1")
        .run(async |_| gone());
    agent.await.unwrap_err();
    let span = telemetry.span("invoke_agent planner");
    assert_eq!(span.kind, SpanKind::Internal);
    let never = ["gen_ai.agent.description"];
    assert_like("span", &span.attributes, &AGENT, &never);
}
