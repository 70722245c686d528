//! What comes, as it comes.

use crate::{
    sample,
    wire::{PROTOBUF, get, post, start},
};
use axum::body::{Body, HttpBody as _};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use otelier_collector::{fuzz::Receiver, proto::trace::v1::Span};
use prost::Message as _;
use serde_json::Value;
use tower_service::Service as _;

async fn listen(receiver: &Receiver, path: &str, last: Option<&str>) -> http::Response<Body> {
    let mut request = Request::get(path);
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let request = request.body(Body::empty()).unwrap();
    receiver.http.clone().call(request).await.unwrap()
}

async fn send(receiver: &Receiver, ids: std::ops::Range<u32>) {
    let spans = ids.map(|id| Span {
        trace_id: [id.to_be_bytes(); 4].concat(),
        ..sample::span(1, 1, 0, "GET /")
    });
    let body = sample::traces("api", spans.collect()).encode_to_vec();
    let request = Request::post("/v1/traces").header("content-type", PROTOBUF);
    let request = request.body(Body::from(body)).unwrap();
    let answer = receiver.http.clone().call(request).await.unwrap();
    assert_eq!(answer.status(), 200);
}

/// The name, the id and the data of what is said next; the name is empty for a comment.
async fn heard(body: &mut Body) -> (String, String, Value) {
    let bytes = body.frame().await.unwrap().unwrap().into_data().unwrap();
    let text = std::str::from_utf8(&bytes).unwrap().to_owned();
    assert!(text.ends_with("\n\n"), "{text}");
    let field = |name: &str| {
        let mut lines = text.lines();
        let found = lines.find_map(|line| line.strip_prefix(name));
        found.unwrap_or_default().to_owned()
    };
    let data = serde_json::from_str(&field("data: ")).unwrap_or_default();
    (field("event: "), field("id: "), data)
}

fn count(data: &Value) -> usize {
    data["traces"].as_array().unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn many_changes_are_one_event_and_silence_has_a_heartbeat() {
    let receiver = Receiver::new(64 << 20, 1 << 20);
    let mut body = listen(&receiver, "/api/stream", None).await.into_body();
    let (name, _, data) = heard(&mut body).await;
    assert_eq!((name.as_str(), count(&data)), ("change", 0));
    for id in 1..=20 {
        send(&receiver, id..id + 1).await;
    }
    let (name, _, data) = heard(&mut body).await;
    assert_eq!((name.as_str(), count(&data)), ("change", 20));
    assert_eq!(data["accepted"]["spans"], 20);
    assert_eq!(data["kept"]["traces"], 20);
    let (name, ..) = heard(&mut body).await;
    assert_eq!(name, "");
    send(&receiver, 20..22).await;
    let (_, _, data) = heard(&mut body).await;
    assert_eq!(count(&data), 2);
    assert_eq!(data["traces"][0]["spanCount"], 2);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_skipped_and_never_buffered() {
    let receiver = Receiver::new(64 << 20, 1 << 20);
    let mut body = listen(&receiver, "/api/stream", None).await.into_body();
    heard(&mut body).await;
    for id in 1..=300 {
        send(&receiver, id..id + 1).await;
    }
    let (_, _, data) = heard(&mut body).await;
    assert_eq!((count(&data), &data["skipped"]), (200, &100.into()));
    assert!(!body.is_end_stream());
    let (name, ..) = heard(&mut body).await;
    assert_eq!(name, "");
}

#[tokio::test(start_paused = true)]
async fn a_reader_goes_on_where_it_was_or_is_told_to_begin_anew() {
    let receiver = Receiver::new(64 << 10, 1 << 20);
    send(&receiver, 1..3).await;
    let mut body = listen(&receiver, "/api/stream", None).await.into_body();
    let (_, id, _) = heard(&mut body).await;
    drop(body);
    send(&receiver, 3..6).await;
    let resume = async |last: &str| {
        let mut body = listen(&receiver, "/api/stream", Some(last))
            .await
            .into_body();
        let (name, _, data) = heard(&mut body).await;
        (name, count(&data))
    };
    assert_eq!(resume(&id).await, ("change".into(), 3));
    let path = format!("/api/stream?after={id}&query=trace:00000004");
    let mut body = listen(&receiver, &path, None).await.into_body();
    assert_eq!(count(&heard(&mut body).await.2), 1);
    assert_eq!(resume("0badcafe-1").await, ("reset".into(), 0));
    assert_eq!(resume("nonsense").await, ("reset".into(), 0));
    for id in 100..400 {
        send(&receiver, id..id + 1).await;
    }
    assert!(receiver.store.stats().spans.evicted > 0);
    assert_eq!(resume(&id).await, ("reset".into(), 0));
}

#[tokio::test(start_paused = true)]
async fn who_listens_is_not_told_to_begin_anew_while_the_oldest_go() {
    let receiver = Receiver::new(64 << 10, 1 << 20);
    let mut body = listen(&receiver, "/api/stream", None).await.into_body();
    heard(&mut body).await;
    // More comes between two events than is kept.
    for round in 1..=5 {
        for id in 0..300 {
            send(&receiver, round * 300 + id..round * 300 + id + 1).await;
        }
        let evicted = receiver.store.stats().spans.evicted;
        assert!(evicted > 100, "{evicted}");
        let (name, _, data) = heard(&mut body).await;
        assert_eq!(
            (name.as_str(), count(&data) > 0),
            ("change", true),
            "{round}"
        );
    }
    let clear = Request::post("/api/clear").body(Body::empty()).unwrap();
    let answer = receiver.http.clone().call(clear).await.unwrap();
    assert_eq!(answer.status(), 200);
    let (name, ..) = heard(&mut body).await;
    assert_eq!(name, "reset");
}

#[tokio::test]
async fn there_are_places_for_thirty_two_readers() {
    let receiver = Receiver::new(1 << 20, 1 << 20);
    let mut readers = Vec::new();
    for _ in 0..32 {
        let answer = listen(&receiver, "/api/stream", None).await;
        assert_eq!(answer.status(), 200);
        readers.push(answer.into_body());
    }
    let full = listen(&receiver, "/api/stream", None).await;
    assert_eq!(full.status(), StatusCode::SERVICE_UNAVAILABLE);
    readers.pop();
    assert_eq!(listen(&receiver, "/api/stream", None).await.status(), 200);
    assert_eq!(
        listen(&receiver, "/api/stream?query=(", None)
            .await
            .status(),
        400
    );
}

#[tokio::test]
async fn a_shutdown_ends_what_is_listened_to() {
    let collector = start().await;
    let address = collector.http_addr();
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new());
    let request = Request::get(format!("http://{address}/api/stream"));
    let request = request.body(Body::empty()).unwrap();
    let answer = client.build_http().request(request).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut body = answer.into_body();
    assert!(body.frame().await.unwrap().is_ok());
    collector.shutdown().await;
    assert!(body.frame().await.is_none_or(|frame| frame.is_err()));
}

#[tokio::test]
async fn what_is_cleared_is_gone_and_what_comes_in_a_pause_is_not_kept() {
    let collector = start().await;
    let http = collector.http_addr();
    let headers = [("content-type", PROTOBUF)];
    let body = sample::one_span().encode_to_vec();
    let fill = async || {
        post(http, "/v1/traces", &headers, body.clone())
            .await
            .status
    };
    assert_eq!(fill().await, 200);
    for foreign in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "http://elsewhere.example"),
    ] {
        let answer = post(http, "/api/clear", &[foreign], "").await;
        assert_eq!(answer.status, 403, "{foreign:?}");
    }
    assert_eq!(collector.store().traces().len(), 1);
    let own = format!("http://{http}");
    let own = [("origin", &*own), ("sec-fetch-site", "same-origin")];
    assert_eq!(
        post(http, "/api/clear", &own, "").await.json()["cleared"],
        true
    );
    assert_eq!(collector.store().traces().len(), 0);
    let pause = async |paused: bool| {
        let path = format!("/api/pause?paused={paused}");
        assert_eq!(post(http, &path, &own, "").await.json()["paused"], paused);
    };
    pause(true).await;
    assert_eq!(fill().await, 200);
    assert_eq!(collector.store().traces().len(), 0);
    assert_eq!(get(http, "/api/doctor").await.json()["ignored"], 1);
    pause(false).await;
    assert_eq!(fill().await, 200);
    assert_eq!(collector.store().traces().len(), 1);
    post(http, "/v1/traces", &headers, "\u{1}nonsense").await;
    let doctor = get(http, "/api/doctor").await.json();
    assert_eq!(doctor["refusals"][0]["signal"], "traces");
    assert_eq!(doctor["endpoints"]["http"], format!("http://{http}"));
    collector.shutdown().await;
}
