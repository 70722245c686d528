//! A WebSocket over a real socket: the request ends with its 101, and what
//! follows has a span of its own.

use axum::{
    Router,
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    routing::get,
};
use otelier_axum::{instrument, upgraded};
use otelier_testing::{Telemetry, capture};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::wire::{ended, watch};

/// What a client's text frames are masked with.
const MASK: [u8; 4] = [1, 2, 3, 4];

/// Says everything back, and panics where it is asked to.
async fn echo(mut socket: WebSocket) {
    while let Some(Ok(Message::Text(text))) = socket.recv().await {
        tracing::info!("{text}");
        assert_ne!(text.as_str(), "burn", "burnt");
        if text.as_str() == "bye" {
            return;
        }
        socket.send(Message::Text(text)).await.unwrap();
    }
}

fn app() -> Router {
    let chat = async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(upgraded("chat", echo));
    instrument(Router::new().route("/chat", get(chat)))
}

struct Client(TcpStream);

impl Client {
    /// Shakes hands.
    async fn connect() -> Self {
        let (server, _) = watch(app()).await;
        let mut stream = TcpStream::connect(server).await.unwrap();
        let head = "GET /chat HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\n\
            Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
        assert!(answer.starts_with(b"HTTP/1.1 101 "));
        Self(stream)
    }

    /// Sends a short text in one frame.
    async fn say(&mut self, text: &str) {
        let masked = text.bytes().zip(MASK.iter().cycle());
        let mut frame = vec![0x81, 0x80 | text.len() as u8];
        frame.extend(MASK);
        frame.extend(masked.map(|(byte, mask)| byte ^ mask));
        self.0.write_all(&frame).await.unwrap();
    }

    /// Receives a short text in one frame.
    async fn hear(&mut self) -> String {
        assert_eq!(self.0.read_u8().await.unwrap(), 0x81);
        let mut text = vec![0; self.0.read_u8().await.unwrap().into()];
        self.0.read_exact(&mut text).await.unwrap();
        String::from_utf8(text).unwrap()
    }
}

#[track_caller]
fn assert_request_has_ended(telemetry: &Telemetry) {
    let request = telemetry.span("GET /chat");
    assert_eq!(request.get("http.response.status_code"), Some(101.into()));
    assert_eq!(request.get("error.type"), None);
    assert_eq!(telemetry.metric("http.server.request.duration").count(), 1);
    assert_eq!(telemetry.metric("http.server.active_requests").total(), 0.0);
}

#[track_caller]
fn assert_talk_ended_as(telemetry: &Telemetry, ending: &'static str) {
    let talk = telemetry.span("chat");
    assert_eq!(talk.get("otelier.stream.ending"), Some(ending.into()));
    let lasted = telemetry.metric("otelier.http.server.stream.duration");
    let labels = &lasted.points[0].attributes;
    assert_eq!(lasted.count(), 1);
    assert_eq!(labels.get("otelier.stream.ending"), Some(ending.into()));
    assert_eq!(labels.get("http.route"), Some("/chat".into()));
    assert_eq!(telemetry.metric("otelier.http.server.streams").total(), 0.0);
}

#[tokio::test]
async fn a_websocket_that_says_its_last_word_is_complete() {
    let telemetry = capture();
    let mut client = Client::connect().await;
    client.say("bye").await;
    ended(&telemetry, 2).await;
    assert_talk_ended_as(&telemetry, "complete");
}

#[tokio::test]
async fn a_websocket_outlives_its_request_and_has_a_span_of_its_own() {
    let telemetry = capture();
    let mut client = Client::connect().await;
    client.say("one").await;
    assert_eq!(client.hear().await, "one");
    // The request is over, the talk is not.
    assert_eq!(telemetry.spans().len(), 1);
    assert_request_has_ended(&telemetry);
    client.say("two").await;
    assert_eq!(client.hear().await, "two");
    let open = telemetry.metric("otelier.http.server.streams");
    let labels = &open.points[0].attributes;
    assert_eq!(open.total(), 1.0);
    assert_eq!(labels.get("http.route"), Some("/chat".into()));
    assert_eq!(labels.get("otelier.stream.kind"), Some("upgrade".into()));
    drop(client);
    ended(&telemetry, 2).await;
    assert_talk_ended_as(&telemetry, "client_cancel");
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET /chat [server] 101
      chat [internal]
        INFO one
        INFO two
    ");
}

#[tokio::test]
async fn a_websocket_that_panics_ends_its_own_span_only() {
    let telemetry = capture();
    let mut client = Client::connect().await;
    client.say("burn").await;
    let spans = ended(&telemetry, 2).await;
    assert_request_has_ended(&telemetry);
    assert_talk_ended_as(&telemetry, "panic");
    let talk = spans.iter().find(|span| span.name == "chat").unwrap();
    assert_eq!(talk.get("error.type"), Some("panic".into()));
}
