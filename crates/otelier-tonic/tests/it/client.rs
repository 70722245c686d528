//! What a client of tonic's records.

use std::{task, time::Duration};

use opentelemetry::trace::{SpanKind, Status};
use otelier_core::{Conventions, Propagation};
use otelier_testing::{capture, capture_with};
use otelier_tonic::client_layer;
use tonic::{service::interceptor::InterceptedService, transport::Channel};
use tower::Layer as _;

use crate::{assert_ended_as, shop, spans};

const GET: &str = "shop.Prices/Get";

#[tokio::test]
async fn a_client_says_whom_its_channel_calls() {
    let telemetry = capture();
    let uri = shop::serve().await;
    shop::traced(&uri).get("paper").await.unwrap();
    let spans = spans(&telemetry, 2).await;
    let mut clients = spans.iter().filter(|span| span.kind == SpanKind::Client);
    let span = clients.next().unwrap();
    let port = i64::from(uri.port_u16().unwrap());
    let duration = telemetry.metric("rpc.client.call.duration");
    for (key, expected) in [
        ("server.address", "127.0.0.1".into()),
        ("server.port", port.into()),
    ] {
        assert_eq!(span.get(key), Some(expected));
        assert_eq!(span.get(key), duration.points[0].attributes.get(key));
    }
    assert_ended_as(&telemetry, SpanKind::Client, (GET, "OK"), None);
}

#[tokio::test]
async fn a_server_that_is_not_there_refuses_the_connection() {
    let telemetry = capture();
    let mut client = shop::traced(&"http://127.0.0.1:1".parse().unwrap());
    let refused = client.get("paper").await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unavailable);
    let (code, kind) = ("UNAVAILABLE", "connection_refused");
    assert_ended_as(&telemetry, SpanKind::Client, (GET, code), Some(kind));
    let Status::Error { description } = &telemetry.spans()[0].status else {
        panic!("it failed");
    };
    assert!(
        description.starts_with("transport error: "),
        "{description}"
    );
}

#[tokio::test]
async fn a_client_that_waits_no_longer_than_its_deadline_says_so() {
    let telemetry = capture();
    let uri = shop::serve().await;
    let mut request = tonic::Request::new(shop::item("hang", 1));
    request.set_timeout(Duration::from_millis(20));
    let mut client = shop::traced(&uri);
    client.call("/shop.Prices/Get", request).await.unwrap_err();
    // Whichever of the two is faster.
    let spans = spans(&telemetry, 2).await;
    let mut clients = spans.iter().filter(|span| span.kind == SpanKind::Client);
    let kind = crate::text(clients.next().unwrap(), "error.type").unwrap();
    assert!(["timeout", "CANCELLED"].contains(&&*kind), "{kind}");
}

#[tokio::test]
async fn a_call_that_is_given_up_is_cancelled_on_both_sides() {
    let telemetry = capture();
    let uri = shop::serve().await;
    let mut client = shop::traced(&uri);
    // The connection is there, so that the call gets to the server.
    client.get("paper").await.unwrap();
    {
        let mut called = Box::pin(client.get("hang"));
        let mut cx = task::Context::from_waker(task::Waker::noop());
        for _ in 0..100 {
            assert!(called.as_mut().poll(&mut cx).is_pending());
            tokio::task::yield_now().await;
        }
    }
    spans(&telemetry, 4).await;
    let tree = telemetry.tree().with_attributes(&["rpc.status_code"]);
    let tree = tree.to_string();
    let expected = "\
shop.Prices/Get [client] ERROR CANCELLED rpc.status_code=CANCELLED
  shop.Prices/Get [server] rpc.status_code=CANCELLED
";
    assert!(tree.ends_with(expected), "{tree}");
}

#[tokio::test]
async fn interceptors_go_around_a_recorded_channel() {
    let telemetry = capture();
    let uri = shop::serve().await;
    let recorded = client_layer().layer(shop::channel(&uri));
    let refuses = |_: tonic::Request<()>| Err(tonic::Status::unauthenticated("who?"));
    let mut client = shop::Client::new(InterceptedService::new(recorded, refuses));
    client.get("paper").await.unwrap_err();
    assert_eq!(telemetry.spans().len(), 0, "it was never sent");
    let _: otelier_tonic::ClientService<Channel> = client_layer().layer(shop::channel(&uri));
}

#[tokio::test]
async fn what_is_recorded_of_a_reset_is_what_the_caller_is_told() {
    let mut conventions = Conventions::default();
    conventions.old_rpc_names = true;
    let telemetry = capture_with(Propagation::none().with_trace_context(), conventions);
    let uri = shop::serve().await;
    // tonic resets the stream of a handler that panics.
    let told = shop::traced(&uri).get("panic").await.unwrap_err().code();
    let spans = spans(&telemetry, 2).await;
    let mut clients = spans.iter().filter(|span| span.kind == SpanKind::Client);
    let span = clients.next().unwrap();
    let told = i64::from(i32::from(told));
    assert_eq!(
        span.get("rpc.grpc.status_code"),
        Some(told.into()),
        "{span:?}"
    );
    assert_eq!(span.get("error.type"), Some("stream_reset".into()));
}
