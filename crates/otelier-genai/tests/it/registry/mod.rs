//! What is sent, against the registry of the GenAI conventions: names, types and what is
//! required. Inference is that of commit 024a4f9 of
//! open-telemetry/semantic-conventions-genai; retrieval is that of its documents after
//! v0.1.0, metrics and the rest are those of its models and documents of August to October
//! 2026, as far as they can be had.

mod messages;
mod metrics;
mod operations;

use std::{collections::BTreeMap, io};

use futures_util::{StreamExt as _, stream};
use opentelemetry::{Array, Value};
use otelier_core::{Conventions, Propagation};
use otelier_genai::{ContentCapture, Inference, Message, Modality, Usage};
use otelier_testing::{Attributes, capture_with};

/// The attributes of `gen_ai.client.inference`, and their types.
const ATTRIBUTES: [(&str, &str); 43] = [
    ("error.type", "string"),
    ("gen_ai.conversation.id", "string"),
    ("gen_ai.input.messages", "any"),
    ("gen_ai.operation.name", "string"),
    ("gen_ai.output.messages", "any"),
    ("gen_ai.output.type", "string"),
    ("gen_ai.provider.name", "string"),
    ("gen_ai.request.choice.count", "int"),
    ("gen_ai.request.frequency_penalty", "double"),
    ("gen_ai.request.max_tokens", "int"),
    ("gen_ai.request.model", "string"),
    ("gen_ai.request.presence_penalty", "double"),
    ("gen_ai.request.previous_response.id", "string"),
    ("gen_ai.request.reasoning.level", "string"),
    ("gen_ai.request.seed", "int"),
    ("gen_ai.request.stop_sequences", "string[]"),
    ("gen_ai.request.stream", "boolean"),
    ("gen_ai.request.temperature", "double"),
    ("gen_ai.request.top_k", "int"),
    ("gen_ai.request.top_p", "double"),
    ("gen_ai.response.finish_reasons", "string[]"),
    ("gen_ai.response.id", "string"),
    ("gen_ai.response.model", "string"),
    ("gen_ai.response.time_to_first_chunk", "double"),
    ("gen_ai.system_instructions", "any"),
    ("gen_ai.tool.definitions", "any"),
    ("gen_ai.usage.audio.cache_read.input_tokens", "int"),
    ("gen_ai.usage.audio.input_tokens", "int"),
    ("gen_ai.usage.audio.output_tokens", "int"),
    ("gen_ai.usage.cache_read.input_tokens", "int"),
    ("gen_ai.usage.cache_write.input_tokens", "int"),
    ("gen_ai.usage.image.cache_read.input_tokens", "int"),
    ("gen_ai.usage.image.input_tokens", "int"),
    ("gen_ai.usage.image.output_tokens", "int"),
    ("gen_ai.usage.input_tokens", "int"),
    ("gen_ai.usage.output_tokens", "int"),
    ("gen_ai.usage.reasoning.output_tokens", "int"),
    ("gen_ai.usage.text.cache_read.input_tokens", "int"),
    ("gen_ai.usage.text.input_tokens", "int"),
    ("gen_ai.usage.text.output_tokens", "int"),
    ("server.address", "string"),
    ("server.port", "int"),
    ("otelier.gen_ai.cost", "double"),
];

/// What providers do not tell of what is cached.
const NEVER: [&str; 4] = [
    "gen_ai.usage.audio.cache_read.input_tokens",
    "gen_ai.usage.image.cache_read.input_tokens",
    "gen_ai.usage.text.cache_read.input_tokens",
    "otelier.gen_ai.cost",
];

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::I64(_) => "int",
        Value::F64(_) => "double",
        Value::Array(Array::String(_)) => "string[]",
        _ => "string",
    }
}

/// Each attribute is one of the registry's, and of its type; all are there but those that
/// are never told.
#[track_caller]
fn assert_like(place: &str, told: &Attributes, registry: &[(&str, &str)], never: &[&str]) {
    let listed: BTreeMap<_, _> = registry.iter().copied().collect();
    for (name, value) in told.iter() {
        let wanted = listed
            .get(name)
            .unwrap_or_else(|| panic!("{place}: {name}"));
        // What tests see of lists and maps is text.
        let is_as_listed = *wanted == "any"
            || *wanted == kind(value)
            || (place == "event" && *wanted == "string[]");
        assert!(is_as_listed, "{place}: {name} is {}", kind(value));
    }
    for name in listed.keys().filter(|name| !never.contains(name)) {
        assert!(told.get(name).is_some(), "{place}: {name}");
    }
}

#[tokio::test]
async fn a_call_with_all_that_can_be_told_has_the_names_and_types_of_the_registry() {
    let mut conventions = Conventions::default();
    conventions.gen_ai_content = ContentCapture::EventsAndSpans;
    let telemetry = capture_with(Propagation::none(), conventions);
    let asked = Inference::new("own", "chat", "m")
        .with_server("llm.example", 443)
        .with_conversation("c-1")
        .with_previous_response("r-0")
        .with_output_type("json")
        .with_reasoning_level("low")
        .with_max_tokens(99)
        .with_choices(2)
        .with_seed(7)
        .with_top_k(40)
        .with_temperature(0.5)
        .with_top_p(0.9)
        .with_frequency_penalty(0.1)
        .with_presence_penalty(0.2)
        .with_stop_sequences(["a"])
        .with_instructions(|| "keep a shop")
        .with_tools(|| r#"[{"type":"function","name":"stock"}]"#)
        .with_messages(|| [Message::user("what?")]);
    let answer = asked.run(async |call| {
        call.response_id("r-1");
        call.response_model("m-x");
        call.finish("stop");
        call.answer(|| Message::assistant("bread"));
        let mut usage = Usage::new()
            .with_input_tokens(30)
            .with_output_tokens(30)
            .with_cache_read_tokens(1)
            .with_cache_write_tokens(2)
            .with_reasoning_tokens(3);
        for modality in [Modality::Text, Modality::Image, Modality::Audio] {
            usage = usage
                .with_input_of(modality, 10)
                .with_output_of(modality, 10);
        }
        call.usage(usage);
        let parts = [Ok(1), Err(io::Error::other("gone"))];
        io::Result::Ok(call.stream(stream::iter(parts)))
    });
    assert_eq!(answer.await.unwrap().count().await, 2);
    let span = telemetry.span("chat m");
    let logs = telemetry.logs();
    let [event] = logs.as_slice() else {
        panic!("{logs:#?}")
    };
    assert_like("span", &span.attributes, &ATTRIBUTES, &NEVER);
    assert_like("event", &event.attributes, &ATTRIBUTES, &NEVER);
    assert_eq!(
        event.event.as_deref(),
        Some("gen_ai.client.inference.operation.details")
    );
}
