//! Responses are the same, byte for byte, with telemetry on and off.

use std::convert::Infallible;

use axum::{Router, body::Body, http::StatusCode, routing::any};
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use otelier_reqwest::{Config, SpanEnd, TraceMiddleware};
use otelier_testing::capture;
use reqwest::{Method, Response};
use reqwest_middleware::ClientBuilder;

use crate::{client_for, serve};

fn answers() -> Router {
    let chunks = || stream::iter(["one ", "two"]).map(Ok::<_, Infallible>);
    Router::new()
        .route(
            "/text",
            any(async || ([("x-one", "1"), ("x-two", "2")], "an order")),
        )
        .route("/echo", any(async |body: String| body))
        .route("/none", any(async || StatusCode::NO_CONTENT))
        .route(
            "/boom",
            any(async || (StatusCode::INTERNAL_SERVER_ERROR, "boom")),
        )
        .route("/stream", any(async move || Body::from_stream(chunks())))
        .route(
            "/moved",
            any(async || axum::response::Redirect::to("/text")),
        )
}

async fn written_out(response: Response) -> String {
    let mut text = format!(
        "{} {:?} {:?} {:?}\n",
        response.url().path(),
        response.version(),
        response.content_length(),
        response.status(),
    );
    for (name, value) in response.headers() {
        if name != "date" {
            text += &format!("{name}: {value:?}\n");
        }
    }
    let body = http::Response::<reqwest::Body>::from(response).into_body();
    let body = body.collect().await.unwrap();
    text += &format!("{:?}\n", body.trailers());
    text + &format!("{:?}", body.to_bytes())
}

async fn all(config: Config) -> Vec<String> {
    let server = serve(answers()).await;
    let client = ClientBuilder::new(client_for(server))
        .with(TraceMiddleware::with_config(config))
        .build();
    let mut all = Vec::new();
    for method in [Method::GET, Method::POST, Method::HEAD, Method::OPTIONS] {
        for path in ["text", "echo", "none", "boom", "stream", "moved", "nowhere"] {
            let url = format!("http://{server}/{path}");
            let request = client.request(method.clone(), url).body("a body");
            all.push(written_out(request.send().await.unwrap()).await);
        }
    }
    all
}

#[tokio::test]
async fn responses_do_not_depend_on_telemetry() {
    let off = all(Config::new()).await;
    for end in [SpanEnd::Head, SpanEnd::Body] {
        let telemetry = capture();
        let on = all(Config::new().with_span_end(end)).await;
        assert_eq!(telemetry.spans().len(), off.len());
        assert_eq!(on, off);
    }
}
