//! What a server of tonic's records.

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{Request, Version};
use http_body_util::Full;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use opentelemetry::trace::SpanKind;
use otelier_testing::capture;
use prost::Message as _;

use crate::{assert_ended_as, shop, spans, text};

#[tokio::test]
async fn a_server_says_how_it_was_called_and_by_whom() {
    let telemetry = capture();
    let uri = shop::serve().await;
    shop::Client::new(shop::channel(&uri))
        .get("paper")
        .await
        .unwrap();
    let span = &spans(&telemetry, 1).await[0];
    assert_eq!(span.get("server.address"), Some("127.0.0.1".into()));
    let port = i64::from(uri.port_u16().unwrap());
    assert_eq!(span.get("server.port"), Some(port.into()));
    let peer = text(span, "network.peer.address");
    assert_eq!(peer.as_deref(), Some("127.0.0.1"));
    assert!(span.get("network.peer.port").is_some());
    let (kind, get) = (SpanKind::Server, "shop.Prices/Get");
    assert_ended_as(&telemetry, kind, (get, "OK"), None);
}

/// A message as gRPC frames it.
fn framed(item: &shop::Item) -> Bytes {
    let mut framed = BytesMut::new();
    framed.put_u8(0);
    framed.put_u32(u32::try_from(item.encoded_len()).unwrap());
    item.encode(&mut framed).unwrap();
    framed.freeze()
}

#[tokio::test]
async fn a_handler_that_is_not_done_at_its_deadline_has_exceeded_it() {
    let telemetry = capture();
    let uri = shop::serve().await;
    let client = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http();
    let request = Request::post(format!("{uri}shop.Prices/Get"))
        .version(Version::HTTP_2)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        // The client does not keep it itself, but waits for the server.
        .header("grpc-timeout", "20m")
        .body(Full::new(framed(&shop::item("hang", 1))))
        .unwrap();
    let response = client.request(request).await.unwrap();
    assert!(response.headers().contains_key("grpc-status"));
    spans(&telemetry, 1).await;
    let (get, code) = ("shop.Prices/Get", "DEADLINE_EXCEEDED");
    assert_ended_as(&telemetry, SpanKind::Server, (get, code), Some(code));
}

#[tokio::test]
async fn a_panic_in_a_handler_is_told_and_the_next_call_is_served() {
    let telemetry = capture();
    let uri = shop::serve().await;
    let mut client = shop::Client::new(shop::channel(&uri));
    client.get("panic").await.unwrap_err();
    let span = &spans(&telemetry, 1).await[0];
    assert_eq!(text(span, "error.type").as_deref(), Some("panic"));
    client.get("paper").await.unwrap();
}
