//! Layers, for services of any kind.

use std::{
    convert::Infallible,
    future::{pending, ready},
    panic::AssertUnwindSafe,
};

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use opentelemetry::trace::Status;
use otelier_genai::{Config, GenAiLayer};
use otelier_testing::capture;
use tower::{BoxError, Layer as _, Service as _, ServiceExt as _, service_fn};

use crate::text;

const ASKED: &str = r#"{"model":"gpt-5"}"#;
const ANSWER: &str = r#"{"id":"c-1","usage":{"prompt_tokens":1,"completion_tokens":2}}"#;

fn request() -> Request<Full<Bytes>> {
    let request = Request::post("https://api.openai.com/v1/chat/completions");
    request.body(Full::from(ASKED)).unwrap()
}

fn answer() -> Response<Full<Bytes>> {
    let answer = Response::builder().header("content-type", "application/json");
    answer.body(Full::from(ANSWER)).unwrap()
}

#[tokio::test]
async fn a_tower_client_of_http_is_read_and_its_bodies_pass() {
    let telemetry = capture();
    let client = service_fn(async |request: Request<Full<Bytes>>| {
        let asked = request.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(asked, ASKED);
        Ok::<_, Infallible>(answer())
    });
    let mut client = GenAiLayer::new().layer(client);
    let answer = client.ready().await.unwrap().call(request()).await.unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, ANSWER);
    let span = telemetry.span("chat gpt-5");
    assert_eq!(text(&span, "gen_ai.provider.name"), "openai");
    assert_eq!(text(&span, "gen_ai.usage.output_tokens"), "2");
}

#[tokio::test]
async fn a_call_ends_by_error_drop_and_panic_and_one_that_is_never_sent_is_none() {
    let telemetry = capture();
    let layer = GenAiLayer::new();
    let fails = service_fn(async |_: Request<Full<Bytes>>| {
        Err::<Response<Full<Bytes>>, BoxError>("connection timed out".into())
    });
    layer.layer(fails).oneshot(request()).await.unwrap_err();
    assert_eq!(text(&telemetry.span("chat gpt-5"), "error.type"), "timeout");

    let telemetry = capture();
    let layer = GenAiLayer::new();
    let hangs = service_fn(|_: Request<Full<Bytes>>| {
        pending::<Result<Response<Full<Bytes>>, Infallible>>()
    });
    assert!(layer.layer(hangs).call(request()).now_or_never().is_none());
    assert_eq!(telemetry.span("chat gpt-5").status, Status::Unset);

    let telemetry = capture();
    let layer = GenAiLayer::new();
    let panics = service_fn(
        async |_: Request<Full<Bytes>>| -> Result<Response<Full<Bytes>>, Infallible> {
            panic!("boom")
        },
    );
    let call = AssertUnwindSafe(layer.layer(panics).oneshot(request()));
    assert!(call.catch_unwind().await.is_err());
    assert_eq!(text(&telemetry.span("chat gpt-5"), "error.type"), "panic");

    let telemetry = capture();
    let unread = service_fn(|_: Request<Full<Bytes>>| ready(Ok::<_, Infallible>(answer())));
    let answer = GenAiLayer::new()
        .layer(unread)
        .oneshot(request())
        .await
        .unwrap();
    assert!(telemetry.spans().is_empty());
    drop(answer);
    assert_eq!(telemetry.span("chat gpt-5").status, Status::Unset);
}

#[tokio::test]
async fn what_makes_requests_is_peeked_at_and_handed_on() {
    /// Makes a request as often as it is asked to, as clients that try again do.
    #[derive(Clone)]
    struct Recipe(&'static str);

    let telemetry = capture();
    let client = service_fn(async |recipe: Recipe| {
        assert_eq!(recipe.0, ASKED);
        Ok::<_, Infallible>(reqwest::Response::from(answer().map(|_| ANSWER)))
    });
    let layer = GenAiLayer::with_config(Config::new().with_host("llm.example", "own"));
    let layer = layer.peeking(async |recipe: Recipe| {
        let request = reqwest::Client::new().post("http://llm.example/v1/chat/completions");
        request.body(recipe.0).build().ok()
    });
    let answer = layer.layer(client).oneshot(Recipe(ASKED)).await.unwrap();
    assert_eq!(answer.bytes().await.unwrap(), ANSWER);
    let span = telemetry.span("chat gpt-5");
    assert_eq!(text(&span, "gen_ai.usage.input_tokens"), "1");
}
