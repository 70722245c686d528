//! Guards of operations, and the ways in which they end.

use std::{collections::BTreeMap, future::pending, io, panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt as _;
use opentelemetry::{
    Context, Value,
    trace::{SpanKind, Status, TraceContextExt as _},
};
use otelier_core::{Conventions, Propagation};
use otelier_genai::{
    Agent, Embeddings, Inference, Modality, Prices, Provider, Retrieval, Tool, Usage,
};
use otelier_testing::{capture, capture_with};

use crate::{by, text, tokens};

fn chat() -> Inference {
    Inference::new(Provider::OPENAI, "chat", "gpt-5")
}

#[tokio::test]
async fn a_call_is_a_span_with_what_was_asked_and_what_was_told() {
    let telemetry = capture();
    let prices = Prices::from_json(r#"{"gpt-5": {"input": 1, "output": 10}}"#).unwrap();
    let answer = chat()
        .with_server("llm.example", 8443)
        .with_prices(&prices)
        .with_conversation("c-1")
        .with_temperature(0.5)
        .with_max_tokens(100)
        .with_choices(1)
        .with_stop_sequences(["END"])
        .run(async |call| {
            assert!(Context::current().span().span_context().is_valid());
            call.response_id("r-1");
            call.response_model("gpt-5-2026");
            call.finish("stop");
            call.usage(
                Usage::new()
                    .with_input_tokens(1_000)
                    .with_input_of(Modality::Image, 900)
                    .with_cache_read_tokens(10)
                    .with_output_tokens(100)
                    .with_reasoning_tokens(40),
            );
            io::Result::Ok(7)
        })
        .await;
    assert_eq!(answer.unwrap(), 7);

    let span = telemetry.span("chat gpt-5");
    assert_eq!(
        (span.kind.clone(), span.status.clone()),
        (SpanKind::Client, Status::Unset)
    );
    for (key, value) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "gpt-5"),
        ("gen_ai.request.temperature", "0.5"),
        ("gen_ai.request.max_tokens", "100"),
        ("gen_ai.request.choice.count", "-"),
        ("gen_ai.request.stop_sequences", "END"),
        ("gen_ai.request.stream", "-"),
        ("gen_ai.conversation.id", "c-1"),
        ("gen_ai.response.id", "r-1"),
        ("gen_ai.response.model", "gpt-5-2026"),
        ("gen_ai.response.finish_reasons", "stop"),
        ("gen_ai.response.time_to_first_chunk", "-"),
        ("gen_ai.usage.input_tokens", "1000"),
        ("gen_ai.usage.output_tokens", "100"),
        ("gen_ai.usage.cache_read.input_tokens", "10"),
        ("gen_ai.usage.cache_write.input_tokens", "-"),
        ("gen_ai.usage.reasoning.output_tokens", "40"),
        ("otelier.gen_ai.cost", "0.002"),
        ("server.address", "llm.example"),
        ("server.port", "8443"),
        ("error.type", "-"),
    ] {
        assert_eq!(text(&span, key), value, "{key}");
    }
    assert!(matches!(
        span.get("gen_ai.usage.input_tokens"),
        Some(Value::I64(_))
    ));

    let [input, output] = tokens(&telemetry);
    let expected = [("image".to_owned(), 900.0), ("unknown".to_owned(), 100.0)];
    assert_eq!(input, BTreeMap::from(expected));
    assert_eq!(output, BTreeMap::from([("unknown".to_owned(), 100.0)]));
    let duration = telemetry.metric("gen_ai.client.inference.duration");
    let keys = [
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.request.model",
        "gen_ai.response.model",
        "server.address",
        "server.port",
        "error.type",
    ];
    let labels = by(&duration, &keys).into_keys().collect::<Vec<_>>();
    assert_eq!(labels, ["chat openai gpt-5 gpt-5-2026 llm.example 8443 -"]);
    assert_eq!((duration.unit.as_str(), duration.count()), ("s", 1));
    let cost = telemetry.metric("otelier.gen_ai.cost");
    assert!((cost.total() - 0.002).abs() < 1e-12);
}

#[tokio::test]
async fn a_call_that_fails_counts_no_tokens_of_no_modality() {
    let telemetry = capture();
    let failed: io::Result<()> = chat()
        .run(async |_| {
            Err(io::Error::other(
                "key sk-proj-abcdefghijklmnopqrstuvwxyz0123456789 is bad",
            ))
        })
        .await;
    failed.unwrap_err();
    let span = telemetry.span("chat gpt-5");
    assert_eq!(text(&span, "error.type"), "std::io::Error");
    let Status::Error { description } = &span.status else {
        panic!("it failed");
    };
    assert!(!description.contains("abcdefghijkl"), "{description}");
    let [input, output] = tokens(&telemetry);
    assert_eq!((&input, input.get("unknown")), (&output, Some(&0.0)));
}

#[tokio::test]
async fn a_timeout_is_one_whoever_tells_it() {
    let telemetry = capture();
    let failed = chat().run(async |_| Err::<(), _>(io::Error::from(io::ErrorKind::TimedOut)));
    failed.await.unwrap_err();
    let never = tokio::time::timeout(std::time::Duration::ZERO, pending::<()>());
    chat().run(async |_| never.await).await.unwrap_err();
    let duration = telemetry.metric("gen_ai.client.inference.duration");
    let kinds: Vec<_> = by(&duration, &["error.type"]).into_keys().collect();
    assert_eq!((kinds, duration.count()), (vec!["timeout".to_owned()], 2));
}

#[tokio::test]
async fn a_call_that_is_dropped_or_panics_ends_and_one_that_never_ran_is_none() {
    let telemetry = capture();
    drop(chat().run(async |_| io::Result::Ok(())));
    assert!(telemetry.spans().is_empty());

    let hangs = chat().run(async |call| {
        call.response_id("r-2");
        pending::<io::Result<()>>().await
    });
    assert!(hangs.now_or_never().is_none());
    let span = telemetry.span("chat gpt-5");
    assert_eq!(
        (span.status.clone(), text(&span, "gen_ai.response.id")),
        (Status::Unset, "r-2".to_owned())
    );

    let panics =
        Inference::new("own", "chat", "m").run(async |_| -> io::Result<()> { panic!("boom") });
    let caught = AssertUnwindSafe(panics).catch_unwind().await;
    assert!(caught.is_err());
    let span = telemetry.span("chat m");
    assert_eq!(text(&span, "error.type"), "panic");
}

#[tokio::test]
async fn a_price_that_panics_or_is_no_number_costs_nothing() {
    let telemetry = capture();
    for price in [|| panic!("no price"), || Some(f64::NAN), || Some(-1.0)] {
        let prices = Prices::new(move |_, _| price());
        chat()
            .with_prices(&prices)
            .run(async |_| io::Result::Ok(()))
            .await
            .unwrap();
    }
    let spans = telemetry.spans();
    assert_eq!(spans.len(), 3);
    assert!(
        spans
            .iter()
            .all(|span| span.get("otelier.gen_ai.cost").is_none())
    );
}

#[tokio::test]
async fn an_agent_counts_what_its_task_calls_and_no_other() {
    let telemetry = capture();
    let tool = || {
        Tool::new("stock")
            .with_call("call_7")
            .run(async |_| io::Result::Ok(()))
    };
    let inner = || Agent::new("helper").run(async |_| tool().await);
    Agent::new("planner")
        .with_version("3")
        .run(async |_| {
            chat().run(async |_| io::Result::Ok(())).await?;
            tool().await?;
            tool().await?;
            inner().await
        })
        .await
        .unwrap();
    tool().await.unwrap();

    let tree = telemetry.tree().to_string();
    for line in [
        "invoke_agent planner",
        "  chat gpt-5",
        "  execute_tool stock",
        "  invoke_agent helper",
    ] {
        assert!(tree.contains(line), "{tree}");
    }
    let agent = telemetry.span("invoke_agent planner");
    assert_eq!(
        (agent.kind.clone(), text(&agent, "gen_ai.agent.version")),
        (SpanKind::Internal, "3".to_owned())
    );
    let of = |name| by(&telemetry.metric(name), &["gen_ai.agent.name"]);
    let inferences = [("helper".to_owned(), 0.0), ("planner".to_owned(), 1.0)];
    assert_eq!(
        of("gen_ai.invoke_agent.inference_calls"),
        BTreeMap::from(inferences)
    );
    let tools = [("helper".to_owned(), 1.0), ("planner".to_owned(), 2.0)];
    assert_eq!(of("gen_ai.invoke_agent.tool_calls"), BTreeMap::from(tools));
    let tools = telemetry.metric("gen_ai.execute_tool.duration");
    assert_eq!(
        (tools.count(), by(&tools, &["gen_ai.tool.name"]).len()),
        (4, 1)
    );
}

#[tokio::test]
async fn vectors_and_searches_have_their_own_durations() {
    let telemetry = capture();
    Embeddings::new(Provider::COHERE, "embed-5")
        .with_dimensions(256)
        .run(async |call| {
            call.usage(Usage::new().with_input_tokens(12));
            io::Result::Ok(())
        })
        .await
        .unwrap();
    Retrieval::new("handbook")
        .with_top_k(5)
        .run(async |_| io::Result::Ok(()))
        .await
        .unwrap();
    let span = telemetry.span("embeddings embed-5");
    assert_eq!(text(&span, "gen_ai.embeddings.dimension.count"), "256");
    let span = telemetry.span("retrieval");
    assert_eq!(text(&span, "gen_ai.retrieval.top_k"), "5");
    assert_eq!(
        telemetry
            .metric("gen_ai.client.embeddings.duration")
            .count(),
        1
    );
    let tokens = telemetry.metric("gen_ai.client.embeddings.operation.input_tokens");
    assert!((tokens.total() - 12.0).abs() < f64::EPSILON);
    assert_eq!(telemetry.metric("gen_ai.retrieval.duration").count(), 1);
    let names: Vec<_> = telemetry
        .metrics()
        .into_iter()
        .map(|metric| metric.name)
        .collect();
    assert!(
        !names.iter().any(|name| name.contains("inference")),
        "{names:?}"
    );
}

#[tokio::test]
async fn names_that_models_make_up_are_no_labels_without_end() {
    let telemetry = capture();
    for number in 0..300 {
        Tool::new(format!("tool {number}"))
            .run(async |_| io::Result::Ok(()))
            .await
            .unwrap();
        let model = format!("model {number}");
        Inference::new("own", "chat", model)
            .run(async |_| io::Result::Ok(()))
            .await
            .unwrap();
    }
    let tools = telemetry.metric("gen_ai.execute_tool.duration");
    assert_eq!(tools.points.len(), 257);
    let models = telemetry.metric("gen_ai.client.inference.duration");
    assert_eq!(models.points.len(), 257);
    // A trace tells the model all the same.
    assert_eq!(
        text(&telemetry.span("chat model 299"), "gen_ai.request.model"),
        "model 299"
    );
    assert!(
        telemetry
            .spans()
            .iter()
            .any(|span| span.name == "execute_tool _OTHER")
    );
}

#[tokio::test]
async fn old_names_stand_beside_the_new_where_they_are_asked_for() {
    let mut conventions = Conventions::default();
    conventions.old_gen_ai_names = true;
    let telemetry = capture_with(Propagation::none(), conventions);
    chat()
        .run(async |call| {
            call.usage(Usage::new().with_input_tokens(3).with_output_tokens(4));
            io::Result::Ok(())
        })
        .await
        .unwrap();
    let tokens = by(
        &telemetry.metric("gen_ai.client.token.usage"),
        &["gen_ai.token.type"],
    );
    let expected = [("input".to_owned(), 3.0), ("output".to_owned(), 4.0)];
    assert_eq!(tokens, BTreeMap::from(expected));
    assert_eq!(
        telemetry.metric("gen_ai.client.operation.duration").count(),
        1
    );
    assert_eq!(
        telemetry.metric("gen_ai.client.inference.duration").count(),
        1
    );
}

#[tokio::test]
async fn what_is_told_of_is_masked_and_cut() {
    let telemetry = capture();
    Inference::new("own", "chat", "m".repeat(10_000))
        .with_conversation("password=hunter2")
        .run(async |call| {
            call.finish("x".repeat(100_000));
            io::Result::Ok(())
        })
        .await
        .unwrap();
    let spans = telemetry.spans();
    let span = spans.first().unwrap();
    assert!(span.name.len() < 300, "{}", span.name.len());
    assert!(!text(span, "gen_ai.conversation.id").contains("hunter2"));
    assert!(text(span, "gen_ai.response.finish_reasons").len() < 300);
}

#[tokio::test]
async fn a_call_told_of_by_another_task_ends_once() {
    let telemetry = capture();
    let shared = Arc::new(std::sync::Mutex::new(None));
    let kept = Arc::clone(&shared);
    chat()
        .run(async move |call| {
            *kept.lock().unwrap() = Some(call);
            io::Result::Ok(())
        })
        .await
        .unwrap();
    let call = shared.lock().unwrap().take().unwrap();
    call.finish("late");
    drop(call);
    assert_eq!(telemetry.spans().len(), 1);
    assert_eq!(
        text(
            &telemetry.span("chat gpt-5"),
            "gen_ai.response.finish_reasons"
        ),
        "-"
    );
}
