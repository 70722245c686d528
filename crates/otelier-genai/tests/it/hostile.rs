//! What providers, networks and clients do to answers, beside what is written of them.

use axum::{Router, body::Bytes, extract::Request};
use futures_util::{StreamExt as _, stream};
use opentelemetry::trace::Status;
use otelier_core::{Conventions, Propagation};
use otelier_testing::{Telemetry, capture, capture_with};

use crate::{
    passing::{CHAT, STREAMS, TOLD, ask, assert_told, client, model, serve},
    text, tokens,
};

const RESPONSES: &str = "/v1/responses";
const MESSAGES: &str = "/v1/messages";
const GEMINI: &str = "/v1beta/models/m:streamGenerateContent";
const OLLAMA: &str = "/api/chat";

const EVENTS: &str = "text/event-stream";
const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";

const ASKED: &str = r#"{"model":"m"}"#;

fn whole(body: &str) -> Vec<Bytes> {
    vec![Bytes::copy_from_slice(body.as_bytes())]
}

fn single(body: &str) -> Vec<Bytes> {
    let bytes = body.as_bytes();
    bytes.chunks(1).map(Bytes::copy_from_slice).collect()
}

/// What is recorded of an answer that is read to its end, and passes as it is.
async fn read(path: &str, kind: &'static str, body: &str, parts: Vec<Bytes>) -> Telemetry {
    let telemetry = capture();
    let server = model(kind, parts).await;
    assert_eq!(ask(server, path, ASKED).await, body.as_bytes(), "{path}");
    telemetry
}

/// The span of the call, whatever it is called.
fn call(telemetry: &Telemetry) -> otelier_testing::Span {
    let mut spans = telemetry.spans().into_iter();
    spans.find(|span| span.name != "POST").unwrap()
}

fn gaps(telemetry: &Telemetry) -> u64 {
    telemetry
        .metric("gen_ai.client.inference.time_per_output_chunk")
        .count()
}

#[tokio::test]
async fn lines_end_in_any_of_three_ways_and_a_body_may_begin_with_a_mark() {
    for (at, (path, asked, kind, body, told)) in STREAMS.into_iter().enumerate() {
        for end in ["\n", "\r\n", "\r"] {
            // Lines of JSON have no end of their own.
            if end == "\r" && kind == LINES {
                continue;
            }
            let body = format!("\u{feff}{}", body.replace("\r\n", "\n").replace('\n', end));
            for parts in [whole(&body), single(&body)] {
                let telemetry = capture();
                let server = model(kind, parts).await;
                assert_eq!(ask(server, path, asked).await, body.as_bytes());
                let name = call(&telemetry).name;
                let told: Vec<_> = TOLD.into_iter().zip(told).collect();
                assert_told(&telemetry, &name, &told);
                let parts = [4, 3, 4, 2, 2][at];
                assert_eq!(gaps(&telemetry) + 1, parts, "{path} {end:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_list_that_gemini_sends_without_events_is_a_stream_of_its_parts() {
    let body = concat!(
        "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"]},{\"}]}}],\"responseId\":\"g-1\"}\n,\r\n",
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hi\"}]}}]},\n",
        "{\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":20,\"candidatesTokenCount\":7}}\n]",
    );
    for parts in [whole(body), single(body)] {
        let telemetry = read(GEMINI, JSON, body, parts).await;
        let span = call(&telemetry);
        let told = [
            "gen_ai.response.id",
            "gen_ai.response.finish_reasons",
            "gen_ai.usage.output_tokens",
        ];
        assert_eq!(told.map(|key| text(&span, key)), ["g-1", "STOP", "7"]);
        assert!(span.get("gen_ai.response.time_to_first_chunk").is_some());
        assert_eq!(gaps(&telemetry), 2);
    }
    // What has no list is one answer, however many objects are in it.
    let body = r#"{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":2}}"#;
    let path = "/v1beta/models/m:generateContent";
    let span = call(&read(path, JSON, body, single(body)).await);
    assert!(span.get("gen_ai.response.time_to_first_chunk").is_none());
}

/// Answers with the status 200 that are errors, and what these are called.
const ERRORS: [(&str, &str, &str, &str); 14] = [
    (
        CHAT,
        EVENTS,
        "data: {\"error\":{\"message\":\"x\",\"type\":null,\"code\":null}}\n\n",
        "_OTHER",
    ),
    (
        CHAT,
        EVENTS,
        "data: {\"error\":{\"message\":\"x\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}\n\n",
        "rate_limit_exceeded",
    ),
    (
        CHAT,
        EVENTS,
        "data: {\"error\":{\"code\":400,\"type\":\"BadRequestError\",\"message\":\"x\"}}\n\n",
        "BadRequestError",
    ),
    (
        CHAT,
        JSON,
        "{\"error\":{\"code\":\"429\",\"message\":\"x\"}}",
        "429",
    ),
    (CHAT, JSON, "{\"error\":\"the model m is gone\"}", "_OTHER"),
    // As text-generation-inference says it.
    (
        CHAT,
        EVENTS,
        "data: {\"error\":\"Request failed\",\"error_type\":\"generation\"}\n\n",
        "generation",
    ),
    (
        RESPONSES,
        EVENTS,
        "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"x\",\"param\":null,\"sequence_number\":1}\n\n",
        "server_error",
    ),
    (
        RESPONSES,
        EVENTS,
        "event: error\ndata: {\"code\":null,\"message\":\"x\",\"type\":\"error\"}\n\n",
        "_OTHER",
    ),
    (
        RESPONSES,
        EVENTS,
        "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"x\"},\"status\":\"failed\"}}\n\n",
        "rate_limit_exceeded",
    ),
    (
        RESPONSES,
        JSON,
        "{\"status\":\"failed\",\"error\":{\"code\":\"invalid_prompt\",\"message\":\"x\"}}",
        "invalid_prompt",
    ),
    (
        MESSAGES,
        EVENTS,
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"x\"}}\n\n",
        "overloaded_error",
    ),
    (
        GEMINI,
        EVENTS,
        "data: {\"error\":{\"code\":503,\"message\":\"x\",\"status\":\"UNAVAILABLE\"}}\r\n\r\n",
        "UNAVAILABLE",
    ),
    (
        GEMINI,
        JSON,
        "[{\"candidates\":[]},\n{\"error\":{\"code\":503,\"message\":\"x\",\"status\":\"UNAVAILABLE\"}}]",
        "UNAVAILABLE",
    ),
    (
        OLLAMA,
        LINES,
        "{\"model\":\"m\",\"done\":false}\n{\"error\":\"out of memory\"}\n",
        "_OTHER",
    ),
];

#[tokio::test]
async fn an_error_in_an_answer_is_one_however_it_is_told() {
    for (path, kind, body, expected) in ERRORS {
        for parts in [whole(body), single(body)] {
            let telemetry = read(path, kind, body, parts).await;
            let span = call(&telemetry);
            assert_eq!(text(&span, "error.type"), expected, "{body}");
            assert_eq!(span.status, Status::error(""), "{body}");
            let reasons = text(&span, "gen_ai.response.finish_reasons");
            assert_eq!(reasons, "error", "{body}");
        }
    }
}

#[tokio::test]
async fn an_error_in_a_stream_counts_also_for_a_client_that_reads_no_more() {
    for (path, kind, body, expected) in ERRORS {
        if kind == JSON {
            continue;
        }
        let telemetry = capture();
        let server = endless(kind, body).await;
        let url = format!("http://{server}{path}");
        let mut answer = client(server).post(&url).body(ASKED).send().await.unwrap();
        assert!(answer.chunk().await.unwrap().is_some());
        drop(answer);
        let span = call(&telemetry);
        assert_eq!(text(&span, "error.type"), expected, "{body}");
        let duration = telemetry.metric("gen_ai.client.inference.duration");
        let label = duration.points[0].attributes.get("error.type").unwrap();
        assert_eq!(label.as_str(), expected);
    }
}

/// Says something, and then no more.
async fn endless(kind: &'static str, body: &'static str) -> std::net::SocketAddr {
    let answer = move |_: Request| async move {
        let first = stream::iter([Ok::<_, std::convert::Infallible>(body)]);
        let body = axum::body::Body::from_stream(first.chain(stream::pending()));
        ([("content-type", kind)], body)
    };
    serve(Router::new().fallback(answer)).await
}

#[tokio::test]
async fn a_client_that_leaves_after_the_tokens_has_them_and_no_error() {
    let telemetry = capture();
    let (path, asked, kind, body, _) = STREAMS[0];
    let server = endless(kind, body).await;
    let url = format!("http://{server}{path}");
    let mut answer = client(server).post(&url).body(asked).send().await.unwrap();
    assert!(answer.chunk().await.unwrap().is_some());
    drop(answer);
    let span = call(&telemetry);
    assert_eq!(span.status, Status::Unset);
    assert_eq!(text(&span, "gen_ai.usage.output_tokens"), "7");
    let [input, _] = tokens(&telemetry);
    assert_eq!(input["unknown"], 20.0);
}

#[tokio::test]
async fn an_answer_that_was_cut_short_or_refused_is_no_error() {
    for (path, body, reason) in [
        (
            RESPONSES,
            "data: {\"type\":\"response.incomplete\",\"response\":{\"id\":\"r\",\"status\":\"incomplete\",\"error\":null,\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}}\n\n",
            "max_output_tokens",
        ),
        (
            GEMINI,
            "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"},\"usageMetadata\":{\"promptTokenCount\":1}}\n\n",
            "SAFETY",
        ),
        (
            MESSAGES,
            "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"refusal\"},\"usage\":{\"output_tokens\":2}}\n\n",
            "refusal",
        ),
    ] {
        let span = call(&read(path, EVENTS, body, whole(body)).await);
        assert_eq!(text(&span, "gen_ai.response.finish_reasons"), reason);
        assert_eq!(
            (span.status, span.attributes.get("error.type")),
            (Status::Unset, None)
        );
    }
}

#[tokio::test]
async fn an_answer_has_one_reason_however_often_its_parts_say_it() {
    let chunk = |index: &str, reason: &str| {
        format!(
            "data: {{\"choices\":[{{{index}\"delta\":{{\"content\":\"x\"}},\"finish_reason\":{reason}}}]}}\n\n"
        )
    };
    let (zero, one) = ("\"index\":0,", "\"index\":1,");
    let one_of = |chunks: &[(&str, &str)]| {
        let chunks = chunks.iter().map(|(index, reason)| chunk(index, reason));
        chunks.collect::<String>()
    };
    let (stop, calls) = ("\"stop\"", "\"tool_calls\"");
    let many: String = (0..40)
        .map(|at| chunk(&format!("\"index\":{at},"), stop))
        .collect();
    let both = "data: {\"choices\":[{\"finish_reason\":\"stop\",\"logprobs\":{\"index\":7},\"index\":0},{\"index\":1,\"finish_reason\":\"length\"}]}\n\n";
    const SEVERAL: &str = r#"{"model":"m","n":2}"#;
    for (path, asked, body, reasons) in [
        // As Gemini says it where it speaks like OpenAI.
        (CHAT, ASKED, chunk(zero, stop).repeat(40), "stop"),
        (CHAT, ASKED, chunk("", stop).repeat(40), "stop"),
        // The last that is said of an answer counts.
        (
            CHAT,
            ASKED,
            one_of(&[(zero, stop), (zero, calls)]),
            "tool_calls",
        ),
        (
            CHAT,
            SEVERAL,
            one_of(&[(zero, "null"), (one, stop), (zero, stop), (one, stop)]),
            "stop,stop",
        ),
        (
            CHAT,
            SEVERAL,
            one_of(&[(zero, stop), (one, stop), (zero, calls)]),
            "tool_calls,stop",
        ),
        (
            CHAT,
            SEVERAL,
            one_of(&[("", stop), ("", calls)]),
            "stop,tool_calls",
        ),
        (CHAT, SEVERAL, both.to_owned(), "stop,length"),
        (CHAT, SEVERAL, many, &["stop"; 16].join(",")),
        // Each of several texts goes on.
        (
            "/v1/completions",
            ASKED,
            one_of(&[(zero, stop), (one, stop), (one, stop)]),
            "stop,stop",
        ),
    ] {
        for parts in [whole(&body), single(&body)] {
            let telemetry = capture();
            let server = model(EVENTS, parts).await;
            assert_eq!(ask(server, path, asked).await, body.as_bytes());
            let told = text(&call(&telemetry), "gen_ai.response.finish_reasons");
            assert_eq!(told, reasons, "{body}");
        }
    }
}

#[tokio::test]
async fn what_a_model_thought_is_part_of_its_output_also_where_only_the_sum_says_so() {
    for (usage, output) in [
        // xAI counts it beside the answer,
        (
            r#""prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}"#,
            "103",
        ),
        // OpenAI within,
        (
            r#""prompt_tokens":32,"completion_tokens":103,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}"#,
            "103",
        ),
        // and of what has no sum nothing is made up.
        (
            r#""prompt_tokens":32,"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":94}"#,
            "9",
        ),
        (
            r#""prompt_tokens":32,"completion_tokens":9,"total_tokens":41"#,
            "9",
        ),
    ] {
        for (kind, body) in [
            (JSON, format!("{{\"usage\":{{{usage}}}}}")),
            (
                EVENTS,
                format!("data: {{\"usage\":{{{usage}}}}}\n\ndata: [DONE]\n\n"),
            ),
        ] {
            let span = call(&read(CHAT, kind, &body, single(&body)).await);
            assert_eq!(text(&span, "gen_ai.usage.output_tokens"), output, "{body}");
        }
    }
}

#[tokio::test]
async fn what_geminis_own_tools_put_into_the_prompt_is_part_of_the_input() {
    let usage = r#""promptTokenCount":20,"toolUsePromptTokenCount":300,"candidatesTokenCount":7,"thoughtsTokenCount":2,"totalTokenCount":329"#;
    let body = format!("data: {{\"usageMetadata\":{{{usage}}}}}\r\n\r\n").repeat(2);
    let span = call(&read(GEMINI, EVENTS, &body, single(&body)).await);
    let told = ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"];
    assert_eq!(told.map(|key| text(&span, key)), ["320", "9"]);
}

#[tokio::test]
async fn an_answer_that_says_there_was_no_error_is_none() {
    for body in [
        r#"{"id":"c-1","error":false}"#,
        r#"{"id":"c-1","error":null}"#,
        r#"{"id":"c-1","error":""}"#,
        r#"{"id":"c-1","error":{}}"#,
        r#"{"id":"c-1","error":[]}"#,
    ] {
        let span = call(&read(CHAT, JSON, body, single(body)).await);
        assert_eq!(span.attributes.get("error.type"), None, "{body}");
    }
}

#[tokio::test]
async fn what_providers_leave_empty_is_not_known_and_what_they_say_elsewhere_is() {
    for (body, told) in [
        // Azure says what it filtered before there is an answer.
        (
            concat!(
                "data: {\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\",\"prompt_filter_results\":[]}\n\n",
                "data: {\"id\":\"c-1\",\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"\"}]}\n\n",
                "data: {\"id\":\"c-1\",\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":7}}\n\ndata: [DONE]\n\n",
            ),
            ["c-1", "gpt-x", "stop", "20", "7", "-", "-"],
        ),
        // Groq.
        (
            "data: {\"id\":\"c-1\",\"choices\":[{\"finish_reason\":\"stop\"}],\"x_groq\":{\"id\":\"req\",\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":7}}}\n\ndata: [DONE]\n\n",
            ["c-1", "-", "stop", "20", "7", "-", "-"],
        ),
        // Moonshot.
        (
            "data: {\"id\":\"c-1\",\"choices\":[{\"finish_reason\":\"stop\",\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":7,\"cached_tokens\":4}}]}\n\ndata: [DONE]\n\n",
            ["c-1", "-", "stop", "20", "7", "4", "-"],
        ),
        // Usage with each part, and parts after the end: the last that was said counts.
        (
            concat!(
                "data: {\"id\":\"c-1\",\"choices\":[{\"finish_reason\":null}],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":1}}\n\n",
                "data: {\"id\":\"c-1\",\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":6}}\n\ndata: [DONE]\n\n",
                "data: {\"usage\":{\"completion_tokens\":7}}\n\ndata: [DONE]\n\n",
            ),
            ["c-1", "-", "stop", "20", "7", "-", "-"],
        ),
        // A letter that is split is one.
        (
            "data: {\"id\":\"ç-1\",\"model\":\"modèle\",\"choices\":[{\"delta\":{\"content\":\"é\"}}]}\n\n",
            ["ç-1", "modèle", "-", "-", "-", "-", "-"],
        ),
    ] {
        for parts in [whole(body), single(body)] {
            let telemetry = read(CHAT, EVENTS, body, parts).await;
            let told: Vec<_> = TOLD.into_iter().zip(told).collect();
            assert_told(&telemetry, "chat m", &told);
            let error = call(&telemetry).attributes.get("error.type");
            assert_eq!(error, None);
        }
    }
}

#[tokio::test]
async fn a_line_of_a_megabyte_passes_and_what_comes_after_it_is_read() {
    let body = format!(
        "data: {{\"id\":\"c-1\",\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n: {}\n\ndata: {{\"usage\":{{\"prompt_tokens\":1,\"completion_tokens\":2}}}}\n\n",
        "x".repeat(1 << 20),
        "y".repeat(1 << 20),
    );
    let telemetry = read(CHAT, EVENTS, &body, whole(&body)).await;
    assert_told(
        &telemetry,
        "chat m",
        &[
            ("gen_ai.response.id", "c-1"),
            ("gen_ai.usage.output_tokens", "2"),
        ],
    );
    assert_eq!(gaps(&telemetry), 1);
}

#[tokio::test]
async fn numbers_that_no_call_takes_neither_panic_nor_spoil_the_sums() {
    let mut conventions = Conventions::default();
    conventions.old_gen_ai_names = true;
    let telemetry = capture_with(Propagation::none(), conventions);
    let most = u64::MAX;
    let anthropic = format!(
        "data: {{\"type\":\"message_start\",\"message\":{{\"usage\":{{\"input_tokens\":{most},\"cache_creation_input_tokens\":{most},\"cache_read_input_tokens\":{most},\"output_tokens\":{most}}}}}}}\n\n"
    );
    let embeddings = format!("{{\"usage\":{{\"prompt_tokens\":{most}}}}}");
    let gemini = format!(
        "{{\"usageMetadata\":{{\"candidatesTokenCount\":{most},\"thoughtsTokenCount\":{most}}}}}"
    );
    for _ in 0..2 {
        for (path, kind, body) in [
            (MESSAGES, EVENTS, &anthropic),
            ("/v1/embeddings", JSON, &embeddings),
            ("/v1beta/models/m:generateContent", JSON, &gemini),
        ] {
            let server = model(kind, whole(body)).await;
            assert_eq!(ask(server, path, ASKED).await, body.as_bytes());
        }
    }
    let spans = telemetry.spans();
    assert_eq!(spans.iter().filter(|span| span.name != "POST").count(), 6);
    let call = f64::from(u32::MAX);
    let [input, output] = tokens(&telemetry);
    assert_eq!(
        (input["unknown"], output["unknown"]),
        (2.0 * call, 4.0 * call)
    );
}
