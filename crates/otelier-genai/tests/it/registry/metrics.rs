//! Metrics: names, instruments, units, buckets and labels.

use std::{collections::BTreeMap, io};

use futures_util::{StreamExt as _, stream};
use otelier_core::{Conventions, Propagation};
use otelier_genai::{Agent, Embeddings, Inference, Modality, Prices, Retrieval, Tool, Usage, mcp};
use otelier_testing::{MetricKind, capture_with};
use rmcp::model::CallToolRequestParams;

use super::kind;

const CLIENT: &[f64] = &[
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const AGENT: &[f64] = &[
    0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6,
];
const MESSAGE: &[f64] = &[
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
];
const TOKENS: &[f64] = &[
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16384.0,
    65536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];
const CALLS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];
/// A counter has none.
const SUM: &[f64] = &[];

/// What all metrics of calls to providers must have, and may have.
const PROVIDER: [&[&str]; 2] = [
    &["gen_ai.operation.name", "gen_ai.provider.name"],
    &[
        "gen_ai.request.model",
        "gen_ai.response.model",
        "server.address",
        "server.port",
    ],
];
const MODALITY: [&[&str]; 2] = [
    &[
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.token.modality",
    ],
    PROVIDER[1],
];
const TYPE: [&[&str]; 2] = [
    &[
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.token.type",
    ],
    PROVIDER[1],
];
/// Beyond the registry: the operation and the provider, where the service names it.
const AGENTS: [&[&str]; 2] = [
    &["gen_ai.agent.name"],
    &["gen_ai.operation.name", "gen_ai.provider.name"],
];
const MESSAGES: [&[&str]; 2] = [
    &["mcp.method.name"],
    &[
        "gen_ai.operation.name",
        "gen_ai.prompt.name",
        "gen_ai.tool.name",
        "mcp.protocol.version",
        "rpc.status_code",
    ],
];
const TOOLS: [&[&str]; 2] = [&["gen_ai.tool.name"], &["gen_ai.agent.name"]];
const OPERATION: [&[&str]; 2] = [&["gen_ai.operation.name"], &["gen_ai.provider.name"]];
const OLD: [&[&str]; 2] = [
    &["gen_ai.operation.name"],
    &[
        "gen_ai.provider.name",
        "gen_ai.request.model",
        "gen_ai.response.model",
        "server.address",
        "server.port",
    ],
];

type Listed = (
    &'static str,
    &'static str,
    &'static [f64],
    [&'static [&'static str]; 2],
);

const METRICS: [Listed; 20] = [
    ("gen_ai.client.embeddings.duration", "s", CLIENT, PROVIDER),
    (
        "gen_ai.client.embeddings.operation.input_tokens",
        "{token}",
        TOKENS,
        PROVIDER,
    ),
    ("gen_ai.client.inference.duration", "s", CLIENT, PROVIDER),
    (
        "gen_ai.client.inference.time_per_output_chunk",
        "s",
        CLIENT,
        PROVIDER,
    ),
    (
        "gen_ai.client.inference.time_to_first_chunk",
        "s",
        CLIENT,
        PROVIDER,
    ),
    (
        "gen_ai.client.inference.usage.cache_read.input_tokens",
        "{token}",
        SUM,
        MODALITY,
    ),
    (
        "gen_ai.client.inference.usage.cache_write.input_tokens",
        "{token}",
        SUM,
        MODALITY,
    ),
    (
        "gen_ai.client.inference.usage.input_tokens",
        "{token}",
        SUM,
        MODALITY,
    ),
    (
        "gen_ai.client.inference.usage.output_tokens",
        "{token}",
        SUM,
        MODALITY,
    ),
    (
        "gen_ai.client.inference.usage.reasoning.output_tokens",
        "{token}",
        SUM,
        MODALITY,
    ),
    ("gen_ai.client.operation.duration", "s", CLIENT, OLD),
    ("gen_ai.client.token.usage", "{token}", TOKENS, TYPE),
    ("gen_ai.execute_tool.duration", "s", CLIENT, TOOLS),
    ("gen_ai.invoke_agent.duration", "s", AGENT, AGENTS),
    (
        "gen_ai.invoke_agent.inference_calls",
        "{inference_call}",
        CALLS,
        AGENTS,
    ),
    (
        "gen_ai.invoke_agent.tool_calls",
        "{tool_call}",
        CALLS,
        AGENTS,
    ),
    ("gen_ai.retrieval.duration", "s", CLIENT, OPERATION),
    ("mcp.client.operation.duration", "s", MESSAGE, MESSAGES),
    ("mcp.server.operation.duration", "s", MESSAGE, MESSAGES),
    // Ours: the conventions have no cost.
    ("otelier.gen_ai.cost", "{USD}", SUM, PROVIDER),
];

fn gone<T>() -> io::Result<T> {
    Err(io::Error::other("gone"))
}

async fn all() {
    let prices = Prices::new(|_, _| Some(0.5));
    let client = crate::mcp::client().await;
    let task = Agent::new("planner").with_provider("own").run(async |_| {
        Embeddings::new("own", "m")
            .with_server("llm.example", 443)
            .run(async |call| {
                call.usage(Usage::new().with_input_tokens(12));
                call.response_model("m-x");
                gone::<()>()
            })
            .await
            .unwrap_err();
        let stream = Inference::new("own", "chat", "m")
            .with_server("llm.example", 443)
            .with_prices(&prices)
            .run(async |call| {
                call.response_model("m-x");
                let usage = Usage::new().with_input_tokens(5).with_output_tokens(5);
                let usage = usage.with_cache_read_tokens(1).with_cache_write_tokens(1);
                let usage = usage
                    .with_reasoning_tokens(1)
                    .with_input_of(Modality::Image, 2);
                call.usage(usage);
                io::Result::Ok(call.stream(stream::iter([Ok(1), Ok(2), gone()])))
            });
        assert_eq!(stream.await.unwrap().count().await, 3);
        let retrieval = Retrieval::new("handbook").with_provider("own");
        retrieval.run(async |_| gone::<()>()).await.unwrap_err();
        Tool::new("stock")
            .run(async |_| gone::<()>())
            .await
            .unwrap_err();
        for tool in ["fails", "breaks"] {
            mcp::call_tool(&client, CallToolRequestParams::new(tool))
                .await
                .ok();
        }
        gone::<()>()
    });
    task.await.unwrap_err();
}

#[tokio::test]
async fn each_metric_has_the_instrument_unit_buckets_and_labels_of_the_registry() {
    let mut conventions = Conventions::default();
    conventions.old_gen_ai_names = true;
    let telemetry = capture_with(Propagation::none().with_trace_context(), conventions);
    all().await;
    let listed: BTreeMap<_, _> = METRICS
        .into_iter()
        .map(|(name, unit, bounds, labels)| (name, (unit, bounds, labels)))
        .collect();
    let metrics = telemetry.metrics();
    for metric in &metrics {
        let name = metric.name.as_str();
        let (unit, bounds, [required, allowed]) =
            listed.get(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(metric.unit, *unit, "{name}");
        let wanted = match bounds.is_empty() {
            true => MetricKind::Counter,
            false => MetricKind::Histogram,
        };
        assert_eq!(metric.kind, wanted, "{name}");
        for point in &metric.points {
            assert_eq!(point.bounds, *bounds, "{name}");
            for label in *required {
                assert!(point.attributes.get(label).is_some(), "{name}: {label}");
            }
            for (label, value) in point.attributes.iter() {
                let is_error = label == "error.type" && name.ends_with(".duration");
                let is_listed = required.contains(&label) || allowed.contains(&label);
                assert!(is_error || is_listed, "{name}: {label}");
                let wanted = if label == "server.port" {
                    "int"
                } else {
                    "string"
                };
                assert_eq!(kind(value), wanted, "{name}: {label}");
            }
        }
        let all = allowed.iter().chain(*required);
        for label in all.filter(|label| **label != "gen_ai.prompt.name") {
            let has = metric
                .points
                .iter()
                .any(|point| point.attributes.get(label).is_some());
            // A gap is measured before the model is known that answers.
            let is_early =
                *label == "gen_ai.response.model" && name.ends_with("time_per_output_chunk");
            assert!(has || is_early, "{name}: {label}");
        }
    }
    assert_eq!(metrics.len(), listed.len());
}
