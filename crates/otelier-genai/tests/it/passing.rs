//! Calls of clients that know nothing of it, over real sockets.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    response::{IntoResponse as _, Response},
};
use futures_util::{StreamExt as _, stream};
use opentelemetry::trace::Status;
use otelier_genai::{Config, GenAiMiddleware, Prices};
use otelier_testing::{Telemetry, capture};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{text, tokens};

#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Answers every request with these parts.
pub(crate) async fn model(kind: &'static str, parts: Vec<Bytes>) -> SocketAddr {
    let answer = move |request: Request| async move {
        axum::body::to_bytes(request.into_body(), usize::MAX)
            .await
            .unwrap();
        let parts = stream::iter(parts.into_iter().map(Ok::<_, Infallible>));
        Response::builder()
            .header("content-type", kind)
            .body(Body::from_stream(parts))
            .unwrap()
    };
    serve(Router::new().fallback(answer)).await
}

pub(crate) fn client(server: SocketAddr) -> ClientWithMiddleware {
    let config = Config::new().with_host(server.to_string(), "own");
    client_with(config)
}

fn client_with(config: Config) -> ClientWithMiddleware {
    ClientBuilder::new(reqwest::Client::new())
        .with(GenAiMiddleware::with_config(config))
        .with(otelier_reqwest::TraceMiddleware::new())
        .build()
}

/// Asks, and reads the answer to its end.
pub(crate) async fn ask(server: SocketAddr, path: &str, body: &str) -> Bytes {
    let url = format!("http://{server}{path}");
    let request = client(server)
        .post(url)
        .header("content-type", "application/json");
    let answer = request.body(body.to_owned()).send().await.unwrap();
    answer.bytes().await.unwrap()
}

/// Answers once, with a part of an answer that is longer.
#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
async fn half(part: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(ASKED.as_bytes()) {
            socket.read_buf(&mut asked).await.unwrap();
        }
        let head =
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 100000\r\n\r\n";
        socket
            .write_all(&[head.as_bytes(), part].concat())
            .await
            .unwrap();
    });
    address
}

/// Tries again at once, twice.
struct Immediately;

impl reqwest_retry::RetryPolicy for Immediately {
    fn should_retry(&self, _: SystemTime, tried: u32) -> reqwest_retry::RetryDecision {
        if tried < 2 {
            reqwest_retry::RetryDecision::Retry {
                execute_after: SystemTime::now(),
            }
        } else {
            reqwest_retry::RetryDecision::DoNotRetry
        }
    }
}

pub(crate) fn assert_told(telemetry: &Telemetry, name: &str, told: &[(&str, &str)]) {
    let span = telemetry.span(name);
    for (key, value) in told {
        assert_eq!(text(&span, key), *value, "{name}: {key}");
    }
}

pub(crate) const CHAT: &str = "/v1/chat/completions";
const ASKED: &str = r#"{"model":"gpt-5","temperature":0.5,"n":1,"stop":["a","b"],"max_tokens":99,
    "messages":[{"role":"user","content":"\"model\":\"evil\" my secret question"}]}"#;

/// The stream of each API, and what is known of it afterwards: id, model, reasons, input,
/// output, cache, reasoning.
pub(crate) const STREAMS: [(&str, &str, &str, &str, [&str; 7]); 5] = [
    (
        CHAT,
        ASKED,
        "text/event-stream",
        concat!(
            "data: {\"id\":\"c-1\",\"model\":\"gpt-5-x\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}],\"usage\":null}\n\n",
            ": keep-alive\n\n",
            "data: {\"id\":\"c-1\",\"model\":\"gpt-5-x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"data: {\\\"id\\\":\\\"evil\\\"}\\n\\n\"},\"finish_reason\":null}],\"usage\":null}\n\n",
            "data: {\"id\":\"c-1\",\"model\":\"gpt-5-x\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
            "data: {\"id\":\"c-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":7,\"prompt_tokens_details\":{\"cached_tokens\":4},\"completion_tokens_details\":{\"reasoning_tokens\":2}}}\n\n",
            "data: [DONE]\n\n",
        ),
        ["c-1", "gpt-5-x", "stop", "20", "7", "4", "2"],
    ),
    (
        "/v1/responses",
        r#"{"model":"gpt-5","input":"secret","reasoning":{"effort":"low"}}"#,
        "text/event-stream; charset=utf-8",
        concat!(
            "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"r-1\",\"model\":\"gpt-5-x\",\"status\":\"in_progress\",\"error\":null,\"usage\":null}}\n\n",
            "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"hi\"}\n\n",
            "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"r-1\",\"model\":\"gpt-5-x\",\"status\":\"completed\",\"error\":null,\"incomplete_details\":null,\"output\":[{\"id\":\"m\",\"content\":[{\"text\":\"hi\"}]}],\"usage\":{\"input_tokens\":20,\"input_tokens_details\":{\"cached_tokens\":4},\"output_tokens\":7,\"output_tokens_details\":{\"reasoning_tokens\":2}}}}\n\n",
        ),
        ["r-1", "gpt-5-x", "stop", "20", "7", "4", "2"],
    ),
    (
        "/v1/messages",
        r#"{"model":"gpt-5","max_tokens":99,"messages":[]}"#,
        "text/event-stream",
        concat!(
            "event: message_start\r\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"a-1\",\"type\":\"message\",\"model\":\"claude-x\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":10,\"cache_creation_input_tokens\":6,\"cache_read_input_tokens\":4,\"output_tokens\":1}}}\r\n\r\n",
            "event: ping\r\ndata: {\"type\": \"ping\"}\r\n\r\n",
            "event: content_block_delta\r\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"hi\"}}\r\n\r\n",
            "event: message_delta\r\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":7}}\r\n\r\n",
            "event: message_stop\r\ndata: {\"type\":\"message_stop\"}\r\n\r\n",
        ),
        ["a-1", "claude-x", "end_turn", "20", "7", "4", "-"],
    ),
    (
        "/v1beta/models/gpt-5:streamGenerateContent?alt=sse",
        r#"{"contents":[],"generationConfig":{"temperature":0.5}}"#,
        "text/event-stream",
        concat!(
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hi\"}]},\"index\":0}],\"modelVersion\":\"gemini-x\",\"responseId\":\"g-1\",\"usageMetadata\":{\"promptTokenCount\":20}}\r\n\r\n",
            "data: {\"candidates\":[{\"finishReason\":\"STOP\",\"index\":0}],\"modelVersion\":\"gemini-x\",\"responseId\":\"g-1\",\"usageMetadata\":{\"promptTokenCount\":20,\"candidatesTokenCount\":5,\"cachedContentTokenCount\":4,\"thoughtsTokenCount\":2,\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":15},{\"tokenCount\":5,\"modality\":\"IMAGE\"}]}}\r\n\r\n",
        ),
        ["g-1", "gemini-x", "STOP", "20", "7", "4", "2"],
    ),
    (
        "/api/chat",
        r#"{"model":"gpt-5","options":{"temperature":0.5}}"#,
        "application/x-ndjson",
        concat!(
            "{\"model\":\"llama-x\",\"message\":{\"role\":\"assistant\",\"content\":\"hi\"},\"done\":false}\n",
            "{\"model\":\"llama-x\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":20,\"eval_count\":7}\n",
        ),
        ["-", "llama-x", "stop", "20", "7", "-", "-"],
    ),
];

pub(crate) const TOLD: [&str; 7] = [
    "gen_ai.response.id",
    "gen_ai.response.model",
    "gen_ai.response.finish_reasons",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.reasoning.output_tokens",
];

#[tokio::test]
async fn a_stream_of_each_api_passes_byte_for_byte_and_tells_its_tokens() {
    for (path, asked, kind, body, told) in STREAMS {
        let whole = vec![Bytes::from_static(body.as_bytes())];
        let single = body.as_bytes().chunks(1).map(Bytes::from_static).collect();
        for parts in [whole, single] {
            let telemetry = capture();
            let server = model(kind, parts).await;
            assert_eq!(ask(server, path, asked).await, body.as_bytes(), "{path}");
            let name = telemetry
                .spans()
                .into_iter()
                .find(|span| span.name != "POST")
                .unwrap()
                .name;
            assert!(name.ends_with(" gpt-5"), "{name}");
            let told: Vec<_> = TOLD.into_iter().zip(told).collect();
            assert_told(&telemetry, &name, &told);
            assert_told(
                &telemetry,
                &name,
                &[
                    ("gen_ai.request.stream", "true"),
                    ("gen_ai.provider.name", "own"),
                ],
            );
            assert_eq!(
                telemetry.span("POST").parent.as_deref(),
                Some(name.as_str())
            );
            let first = telemetry.metric("gen_ai.client.inference.time_to_first_chunk");
            assert_eq!(first.count(), 1);
            let spans = format!("{:?}", telemetry.spans());
            assert!(
                !spans.contains("secret") && !spans.contains("evil"),
                "{spans}"
            );
        }
    }
}

#[tokio::test]
async fn each_part_of_a_stream_is_one_and_what_keeps_it_alive_is_none() {
    for ((path, asked, kind, body, _), parts) in STREAMS.into_iter().zip([4, 3, 4, 2, 2]) {
        let telemetry = capture();
        let server = model(kind, vec![Bytes::from_static(body.as_bytes())]).await;
        ask(server, path, asked).await;
        let gaps = telemetry.metric("gen_ai.client.inference.time_per_output_chunk");
        assert_eq!(gaps.count() + 1, parts, "{path}");
    }
}

#[tokio::test]
async fn modalities_are_told_apart_where_the_provider_does() {
    let telemetry = capture();
    let (path, asked, kind, body, _) = STREAMS[3];
    let server = model(kind, vec![Bytes::from_static(body.as_bytes())]).await;
    ask(server, path, asked).await;
    let [input, output] = tokens(&telemetry);
    let expected = [("image".to_owned(), 5.0), ("text".to_owned(), 15.0)];
    assert_eq!(input, BTreeMap::from(expected));
    assert_eq!(output, BTreeMap::from([("unknown".to_owned(), 7.0)]));
}

#[tokio::test]
async fn a_whole_answer_tells_the_same_and_the_request_its_parameters() {
    let telemetry = capture();
    let body = r#"{"id":"c-2","model":"gpt-5-x","choices":[{"message":{"content":"hi"},"finish_reason":"stop"},
        {"finish_reason":"length"}],"usage":{"prompt_tokens":20,"completion_tokens":7}}"#;
    let server = model(
        "application/json",
        vec![Bytes::from_static(body.as_bytes())],
    )
    .await;
    assert_eq!(ask(server, CHAT, ASKED).await, body.as_bytes());
    assert_told(
        &telemetry,
        "chat gpt-5",
        &[
            ("gen_ai.response.finish_reasons", "stop,length"),
            ("gen_ai.usage.output_tokens", "7"),
            ("gen_ai.request.temperature", "0.5"),
            ("gen_ai.request.max_tokens", "99"),
            ("gen_ai.request.choice.count", "-"),
            ("gen_ai.request.stop_sequences", "a,b"),
            ("gen_ai.request.stream", "-"),
            ("gen_ai.response.time_to_first_chunk", "-"),
            ("server.port", &server.port().to_string()),
        ],
    );
}

#[tokio::test]
async fn a_call_is_one_however_much_is_asked() {
    let image = "iVBORw0KGgo=".repeat(1 << 19);
    let long = r#"say \"model\": \u00e9\n"#.repeat(1 << 18);
    let body = r#"{"id":"c-1","usage":{"prompt_tokens":400000,"completion_tokens":7}}"#;
    for (path, asked) in [
        // Some clients name the model last.
        (
            CHAT,
            format!(
                r#"{{"messages":[{{"role":"user","content":[{{"type":"image_url","image_url":{{"url":"data:image/png;base64,{image}"}}}}]}}],"max_tokens":99,"model":"gpt-5"}}"#
            ),
        ),
        (
            CHAT,
            format!(
                r#"{{"model":"gpt-5","max_tokens":99,"messages":[{{"role":"user","content":"{long}"}}]}}"#
            ),
        ),
        (
            "/v1beta/models/gpt-5:generateContent",
            format!(
                r#"{{"contents":[{{"parts":[{{"inlineData":{{"data":"{image}"}}}}]}}],"generationConfig":{{"maxOutputTokens":99}}}}"#
            ),
        ),
        // Of what no provider takes so much is read.
        (
            CHAT,
            format!(
                r#"{{"model":"gpt-5","max_tokens":99,"x":"{}","max_tokens":1}}"#,
                "y".repeat(33 << 20)
            ),
        ),
    ] {
        let telemetry = capture();
        let server = model(
            "application/json",
            vec![Bytes::from_static(body.as_bytes())],
        )
        .await;
        assert_eq!(ask(server, path, &asked).await, body.as_bytes());
        let span = telemetry
            .spans()
            .into_iter()
            .find(|span| span.name != "POST")
            .unwrap();
        assert!(span.name.ends_with(" gpt-5"), "{}", span.name);
        let told = [
            "gen_ai.request.max_tokens",
            "gen_ai.response.id",
            "gen_ai.input.messages",
        ];
        assert_eq!(told.map(|key| text(&span, key))[0], "99", "{path}");
    }
}

#[tokio::test]
async fn what_is_no_call_to_a_model_passes_without_a_span_of_one() {
    let body = r#"{"id":"c"}"#;
    for (path, asked, is_known) in [
        (CHAT, ASKED, false),
        ("/v1/files", ASKED, true),
        (CHAT, r#"{"messages":[]}"#, true),
        (CHAT, "no json", true),
        (CHAT, "", true),
    ] {
        let telemetry = capture();
        let server = model(
            "application/json",
            vec![Bytes::from_static(body.as_bytes())],
        )
        .await;
        let known = if is_known {
            server
        } else {
            "127.0.0.1:1".parse().unwrap()
        };
        let request = client(known).post(format!("http://{server}{path}"));
        let answer = request.body(asked.to_owned()).send().await.unwrap();
        assert_eq!(answer.url().path(), path);
        assert_eq!(answer.bytes().await.unwrap(), body.as_bytes());
        let names: Vec<_> = telemetry
            .spans()
            .into_iter()
            .map(|span| span.name)
            .collect();
        assert_eq!(names, ["POST"], "{path}");
    }
    // A body that comes in parts is not waited for.
    let telemetry = capture();
    let echo = async |request: Request| request.into_body().into_response();
    let server = serve(Router::new().fallback(echo)).await;
    let parts = stream::iter([Ok::<_, Infallible>(http_body::Frame::data(
        Bytes::from_static(ASKED.as_bytes()),
    ))]);
    let request = client(server).post(format!("http://{server}{CHAT}"));
    let answer = request
        .body(reqwest::Body::wrap(http_body_util::StreamBody::new(parts)))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.bytes().await.unwrap(), ASKED.as_bytes());
    assert_eq!(telemetry.spans().len(), 1);
}

#[tokio::test]
async fn a_compressed_answer_passes_unread() {
    let telemetry = capture();
    let bytes: &[u8] = &[0x1f, 0x8b, 8, 0, 1, 2, 3];
    let answer = async move |_: Request| {
        (
            [
                ("content-type", "application/json"),
                ("content-encoding", "gzip"),
            ],
            bytes,
        )
    };
    let server = serve(Router::new().fallback(answer)).await;
    assert_eq!(ask(server, CHAT, ASKED).await, bytes);
    assert_told(
        &telemetry,
        "chat gpt-5",
        &[("gen_ai.usage.input_tokens", "-"), ("error.type", "-")],
    );
}

#[tokio::test]
async fn a_refusal_is_an_error_by_its_status_and_its_body_passes() {
    let telemetry = capture();
    let answer = async |_: Request| {
        (
            http::StatusCode::TOO_MANY_REQUESTS,
            r#"{"error":{"type":"x"}}"#,
        )
    };
    let server = serve(Router::new().fallback(answer)).await;
    assert_eq!(
        ask(server, CHAT, ASKED).await,
        r#"{"error":{"type":"x"}}"#.as_bytes()
    );
    assert_told(&telemetry, "chat gpt-5", &[("error.type", "429")]);
    assert_eq!(telemetry.span("chat gpt-5").status, Status::error(""));
    let [input, _] = tokens(&telemetry);
    assert_eq!(input, BTreeMap::from([("unknown".to_owned(), 0.0)]));
}

#[tokio::test]
async fn an_error_in_a_stream_has_the_providers_name_for_it() {
    let telemetry = capture();
    let body = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n";
    let server = model(
        "text/event-stream",
        vec![Bytes::from_static(body.as_bytes())],
    )
    .await;
    ask(server, "/v1/messages", r#"{"model":"m"}"#).await;
    assert_told(
        &telemetry,
        "chat m",
        &[
            ("error.type", "overloaded_error"),
            ("gen_ai.response.finish_reasons", "error"),
        ],
    );
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_an_error_and_one_that_is_left_is_none() {
    let telemetry = capture();
    let (path, asked, kind, body, _) = STREAMS[0];
    let server = half(&body.as_bytes()[..300]).await;
    let url = format!("http://{server}{path}");
    let answer = client(server).post(&url).body(asked).send().await.unwrap();
    answer.bytes().await.unwrap_err();
    assert_told(
        &telemetry,
        "chat gpt-5",
        &[
            ("error.type", "reqwest::Error"),
            ("gen_ai.response.id", "c-1"),
            ("gen_ai.response.finish_reasons", "error"),
        ],
    );

    let telemetry = capture();
    let endless = move |_: Request| async move {
        let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(body.as_bytes()))]);
        (
            [("content-type", kind)],
            Body::from_stream(first.chain(stream::pending())),
        )
    };
    let server = serve(Router::new().fallback(endless)).await;
    let url = format!("http://{server}{path}");
    let mut answer = client(server).post(&url).body(asked).send().await.unwrap();
    assert!(answer.chunk().await.unwrap().is_some());
    drop(answer);
    let span = telemetry.span("chat gpt-5");
    assert_eq!(
        (span.status.clone(), text(&span, "gen_ai.response.id")),
        (Status::Unset, "c-1".to_owned())
    );
}

#[tokio::test]
async fn a_call_that_is_tried_again_is_one_span_with_all_its_attempts() {
    let telemetry = capture();
    let tried = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&tried);
    let answer = move |_: Request| {
        let status = if count.fetch_add(1, Ordering::Relaxed) < 2 {
            429
        } else {
            200
        };
        async move {
            let body = r#"{"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
            let status = http::StatusCode::from_u16(status).unwrap();
            (status, [("content-type", "application/json")], body)
        }
    };
    let server = serve(Router::new().fallback(answer)).await;
    let prices = Prices::new(|_, usage| Some(usage.output_tokens()? as f64));
    let config = Config::new()
        .with_host(server.to_string(), "own")
        .with_prices(&prices);
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(GenAiMiddleware::with_config(config))
        .with(reqwest_retry::RetryTransientMiddleware::new_with_policy(
            Immediately,
        ))
        .with(otelier_reqwest::TraceMiddleware::new())
        .build();
    let answer = client
        .post(format!("http://{server}{CHAT}"))
        .body(ASKED)
        .send()
        .await
        .unwrap();
    answer.bytes().await.unwrap();
    assert_eq!(tried.load(Ordering::Relaxed), 3);
    let spans = telemetry.spans();
    let (calls, attempts): (Vec<_>, Vec<_>) =
        spans.iter().partition(|span| span.name == "chat gpt-5");
    assert_eq!((calls.len(), attempts.len()), (1, 3));
    assert!(
        attempts
            .iter()
            .all(|span| span.parent.as_deref() == Some("chat gpt-5"))
    );
    assert_told(
        &telemetry,
        "chat gpt-5",
        &[("error.type", "-"), ("otelier.gen_ai.cost", "2")],
    );
}
