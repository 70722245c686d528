//! Answers of language models, read as they pass by.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, StreamBody};
use otelier_genai::GenAiLayer;
use otelier_testing::capture;
use tokio::runtime::Builder;
use tower::{Layer as _, ServiceExt as _, service_fn};

/// The paths of the APIs, at a host that is known to have all of them.
const PATHS: [&str; 5] = [
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/messages",
    "/v1beta/models/m:streamGenerateContent",
    "/api/chat",
];
const TYPES: [&str; 3] = [
    "application/json",
    "text/event-stream",
    "application/x-ndjson",
];

/// The first byte says which API answers, and how; the second how its answer is split;
/// what follows is the answer, and a request, too. However it is split it tells the
/// same, and passes as it is; what is told is bounded.
pub fn model_answers(data: &[u8]) {
    let Some((&[which, size], text)) = data.split_first_chunk() else {
        return;
    };
    let path = PATHS[usize::from(which) % PATHS.len()];
    let kind = TYPES[usize::from(which) / PATHS.len() % TYPES.len()];
    let whole = told(path, kind, text, text.len().max(1));
    let parts = told(path, kind, text, usize::from(size % 31) + 1);
    assert_eq!(whole, parts);
    for (_, value) in whole {
        assert!(value.len() < 17 * 300, "{value}");
    }
}

/// What a span tells of an answer that comes in parts of so many bytes.
fn told(path: &str, kind: &'static str, text: &[u8], size: usize) -> Vec<(String, String)> {
    let runtime = Builder::new_current_thread().build().unwrap();
    let telemetry = capture();
    let answer = Bytes::copy_from_slice(text);
    let model = service_fn(move |_: Request<Full<Bytes>>| {
        let answer = answer.clone();
        async move {
            let parts: Vec<_> = answer.chunks(size).map(Bytes::copy_from_slice).collect();
            let frames = parts
                .into_iter()
                .map(|part| Ok::<_, Infallible>(http_body::Frame::data(part)));
            let body = StreamBody::new(futures_util::stream::iter(frames));
            let answer = Response::builder().header("content-type", kind);
            Ok::<_, Infallible>(answer.body(body).unwrap())
        }
    });
    let client = GenAiLayer::new().layer(model);
    let ask = |body: Bytes| {
        let request = Request::post(format!("http://127.0.0.1:11434{path}"));
        client
            .clone()
            .oneshot(request.body(Full::new(body)).unwrap())
    };
    runtime.block_on(async {
        // A request of anything is passed on.
        let passed = ask(Bytes::copy_from_slice(text)).await.unwrap();
        assert_eq!(passed.into_body().collect().await.unwrap().to_bytes(), text);
        let passed = ask(Bytes::from_static(br#"{"model":"m"}"#)).await.unwrap();
        assert_eq!(passed.into_body().collect().await.unwrap().to_bytes(), text);
    });
    let spans = telemetry.spans();
    let span = spans.last().unwrap();
    let told = span.attributes.iter();
    let told = told.filter(|(key, _)| !key.ends_with("time_to_first_chunk"));
    told.map(|(key, value)| (key.to_owned(), value.to_string()))
        .collect()
}
