//! Clients that make spans of `tracing`, which the layer of otelier turns into spans:
//! they stand below a guard, and nothing of ours counts what they count.

use std::net::SocketAddr;

use genai::{
    ServiceTarget,
    adapter::AdapterKind,
    chat::{ChatMessage, ChatRequest},
    resolver::{AuthData, Endpoint, ServiceTargetResolver},
};
use otelier_genai::Agent;
use otelier_testing::{Span, Telemetry, capture};
use rig_core::{completion::CompletionRequest, providers::openai::OpenAIConfig};

use crate::models;

/// The one span of a call, below the agent's; no metric of ours but the agent's own.
fn the_call(telemetry: &Telemetry) -> Span {
    let spans = telemetry.spans();
    let tells = |span: &&Span| span.get("gen_ai.usage.output_tokens").is_some();
    let mut calls = spans.iter().filter(tells);
    let call = calls
        .next()
        .unwrap_or_else(|| panic!("{}", telemetry.tree()))
        .clone();
    assert!(calls.next().is_none(), "{}", telemetry.tree());
    let metrics = telemetry.metrics().into_iter().map(|metric| metric.name);
    let counted: Vec<_> = metrics
        .filter(|name| name.starts_with("gen_ai.client"))
        .collect();
    assert!(counted.is_empty(), "{counted:?}");
    let all = format!("{spans:?}");
    assert!(!all.contains("s3cr3t") && !all.contains("twelve"), "{all}");
    call
}

fn genai_client(server: SocketAddr) -> genai::Client {
    let resolver = ServiceTargetResolver::from_resolver_fn(
        move |target: ServiceTarget| -> Result<ServiceTarget, genai::resolver::Error> {
            Ok(ServiceTarget {
                endpoint: Endpoint::from_owned(format!("http://{server}/v1/")),
                auth: AuthData::from_single("k"),
                model: genai::ModelIden::new(AdapterKind::OpenAI, target.model.model_name),
            })
        },
    );
    let client = genai::Client::builder().with_service_target_resolver(resolver);
    client.build().unwrap()
}

#[tokio::test]
async fn a_call_of_genai_is_its_own_span_below_ours_and_is_counted_once() {
    let server = models().await;
    let telemetry = capture();
    let client = genai_client(server);
    let answer = Agent::new("planner")
        .run(async |_| {
            let asked = ChatRequest::new(vec![ChatMessage::user("s3cr3t")]);
            client.exec_chat("gpt-5", asked, None).await
        })
        .await
        .unwrap();
    assert_eq!(answer.first_text(), Some("twelve"));
    let call = the_call(&telemetry);
    assert_eq!(call.name, "chat gpt-5");
    assert_eq!(call.parent.as_deref(), Some("invoke_agent planner"));
}

#[tokio::test]
async fn a_call_of_rig_is_its_own_span_below_ours_and_is_counted_once() {
    let server = models().await;
    let telemetry = capture();
    let mut config = OpenAIConfig::new("k");
    config.base_url = format!("http://{server}/v1");
    let model = config
        .connect(rig_reqwest::ReqwestClient::default())
        .chat("gpt-5");
    Agent::new("planner")
        .run(async |_| model.call(CompletionRequest::new("s3cr3t")).await)
        .await
        .unwrap();
    let call = the_call(&telemetry);
    assert_eq!(call.parent.as_deref(), Some("invoke_agent planner"));
}
