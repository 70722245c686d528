//! Every way in which a call can end, of any service.

use std::{convert::Infallible, future::pending, io, panic::AssertUnwindSafe, task};

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use http::{HeaderMap, Request, Response, StatusCode, Version};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use opentelemetry::{
    Context,
    trace::{SpanKind, Status, TraceContextExt as _},
};
use otelier_testing::{Telemetry, capture};
use otelier_tonic::{client_layer, server_layer};
use tower::{Layer as _, Service as _, service_fn};

use crate::assert_ended_as;

const GET: &str = "shop.Prices/Get";
/// `None` as long as the answer is not there.
type Answer = Option<Result<Response<Body>, io::Error>>;
type Body = StreamBody<stream::BoxStream<'static, Result<Frame<Bytes>, io::Error>>>;

pub(crate) fn call(path: &str) -> Request<()> {
    let request = Request::post(path).version(Version::HTTP_2);
    let request = request.header("content-type", "application/grpc");
    request.body(()).unwrap()
}

fn trailers(status: &str) -> Frame<Bytes> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", status.parse().unwrap());
    Frame::trailers(trailers)
}

fn data() -> Frame<Bytes> {
    Frame::data(Bytes::from_static(b"0"))
}

/// A body of frames, which goes on for ever if it is not whole.
fn body(frames: Vec<Result<Frame<Bytes>, io::Error>>, is_whole: bool) -> Body {
    let frames = stream::iter(frames);
    StreamBody::new(if is_whole {
        frames.boxed()
    } else {
        frames.chain(stream::pending()).boxed()
    })
}

fn answer(frames: Vec<Result<Frame<Bytes>, io::Error>>) -> Answer {
    Some(Ok(Response::new(body(frames, true))))
}

/// Has both sides end the same way, each alone: the body is read as far as it
/// goes.
async fn ends(make: impl Fn() -> Answer, server: Option<&str>, client: Option<&str>, code: &str) {
    for (kind, error) in [(SpanKind::Server, server), (SpanKind::Client, client)] {
        let telemetry = capture();
        let mut made = Some(make());
        let service = service_fn(move |_: Request<()>| {
            let made = made.take().flatten();
            async {
                match made {
                    Some(answer) => answer,
                    None => pending().await,
                }
            }
        });
        let mut cx = task::Context::from_waker(task::Waker::noop());
        macro_rules! run {
            ($layer:expr) => {{
                let mut service = $layer.layer(service);
                let mut request = Box::pin(service.call(call("/shop.Prices/Get")));
                match request.as_mut().poll(&mut cx) {
                    task::Poll::Ready(Ok(response)) => {
                        let mut body = Box::pin(response.into_body().collect());
                        let _ = body.as_mut().poll(&mut cx);
                    }
                    task::Poll::Ready(Err(_)) | task::Poll::Pending => {}
                }
            }};
        }
        match kind {
            SpanKind::Server => run!(server_layer()),
            _ => run!(client_layer()),
        }
        assert_ended_as(&telemetry, kind, (GET, code), error);
    }
}

#[tokio::test]
async fn trailers_say_how_a_call_ended() {
    let ok = || answer(vec![Ok(data()), Ok(trailers("0"))]);
    ends(ok, None, None, "OK").await;
    let missing = || answer(vec![Ok(trailers("5"))]);
    ends(missing, None, Some("NOT_FOUND"), "NOT_FOUND").await;
    let internal = || answer(vec![Ok(data()), Ok(trailers("13"))]);
    ends(internal, Some("INTERNAL"), Some("INTERNAL"), "INTERNAL").await;
    let odd = || answer(vec![Ok(trailers("99"))]);
    ends(odd, Some("UNKNOWN"), Some("UNKNOWN"), "UNKNOWN").await;
}

#[tokio::test]
async fn a_head_that_has_the_status_is_the_end() {
    let refused = || {
        let mut response = Response::new(body(vec![], false));
        let headers = response.headers_mut();
        headers.insert("grpc-status", "7".parse().unwrap());
        Some(Ok(response))
    };
    let code = "PERMISSION_DENIED";
    ends(refused, None, Some(code), code).await;
}

#[tokio::test]
async fn what_has_no_status_gets_one_by_that_of_http_or_is_unknown() {
    let gateway = || {
        let mut response = Response::new(body(vec![Ok(data())], true));
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        Some(Ok(response))
    };
    let code = "UNAVAILABLE";
    ends(gateway, Some(code), Some(code), code).await;
    let torn = || answer(vec![Ok(data())]);
    ends(torn, Some("UNKNOWN"), Some("UNKNOWN"), "UNKNOWN").await;
}

#[tokio::test]
async fn what_is_dropped_is_cancelled_before_the_head_and_after_it() {
    ends(|| None, None, Some("CANCELLED"), "CANCELLED").await;
    let stalls = || Some(Ok(Response::new(body(vec![Ok(data())], false))));
    ends(stalls, None, Some("CANCELLED"), "CANCELLED").await;
}

#[tokio::test]
async fn a_body_that_breaks_and_a_service_that_fails_have_their_names() {
    let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
    let broken = || answer(vec![Ok(data()), Err(io::Error::other("torn"))]);
    let (server, client) = (Some("body_error"), Some("request_error"));
    ends(broken, server, client, "UNKNOWN").await;
    let fails = || Some(Err(io::Error::other("burnt")));
    let (server, client) = (Some("service_error"), Some("request_error"));
    ends(fails, server, client, "UNKNOWN").await;

    for (error, kind, code) in [
        (reset(), "connection_reset", "UNAVAILABLE"),
        (
            io::ErrorKind::TimedOut.into(),
            "timeout",
            "DEADLINE_EXCEEDED",
        ),
        (
            io::Error::other("Timeout expired"),
            "timeout",
            "DEADLINE_EXCEEDED",
        ),
    ] {
        let telemetry = capture();
        let mut error = Some(error);
        let service = service_fn(move |_: Request<()>| {
            let error = error.take().unwrap();
            async { Err::<Response<Body>, _>(error) }
        });
        let mut client = client_layer().layer(service);
        client.call(call("/shop.Prices/Get")).await.unwrap_err();
        assert_ended_as(&telemetry, SpanKind::Client, (GET, code), Some(kind));
    }
}

#[tokio::test]
async fn what_is_dropped_when_its_deadline_has_passed_says_so() {
    for kind in [SpanKind::Server, SpanKind::Client] {
        let telemetry = capture();
        let service = service_fn(|_: Request<()>| pending::<Result<Response<Body>, Infallible>>());
        let mut request = call("/shop.Prices/Get");
        let headers = request.headers_mut();
        headers.insert("grpc-timeout", "0n".parse().unwrap());
        match kind {
            SpanKind::Server => {
                let called = server_layer().layer(service).call(request);
                assert!(called.now_or_never().is_none());
            }
            _ => {
                let called = client_layer().layer(service).call(request);
                assert!(called.now_or_never().is_none());
            }
        }
        let code = "DEADLINE_EXCEEDED";
        assert_ended_as(&telemetry, kind, (GET, code), Some(code));
    }
}

#[tokio::test]
async fn what_is_never_polled_is_cancelled_and_nobody_is_known_to_have_been_there() {
    let service = || service_fn(|_: Request<()>| pending::<Result<Response<Body>, Infallible>>());
    let telemetry = capture();
    drop(
        server_layer()
            .layer(service())
            .call(call("/shop.Prices/Get")),
    );
    let server = SpanKind::Server;
    assert_ended_as(&telemetry, server, ("_OTHER", "CANCELLED"), None);
    let telemetry = capture();
    drop(
        client_layer()
            .layer(service())
            .call(call("/shop.Prices/Get")),
    );
    let client = SpanKind::Client;
    assert_ended_as(&telemetry, client, (GET, "CANCELLED"), Some("CANCELLED"));
}

async fn burns(_: Request<()>) -> Result<Response<Body>, Infallible> {
    if true {
        panic!("burnt");
    }
    Ok(Response::new(body(vec![], true)))
}

async fn panics(telemetry: &Telemetry, kind: SpanKind) {
    match kind {
        SpanKind::Server => {
            let mut service = server_layer().layer(service_fn(burns));
            let mut called = Box::pin(service.call(call("/shop.Prices/Get")));
            let caught = AssertUnwindSafe(called.as_mut()).catch_unwind().await;
            assert!(caught.is_err());
        }
        _ => {
            let mut service = client_layer().layer(service_fn(burns));
            let mut called = Box::pin(service.call(call("/shop.Prices/Get")));
            let caught = AssertUnwindSafe(called.as_mut()).catch_unwind().await;
            assert!(caught.is_err());
        }
    }
    assert_ended_as(telemetry, kind, (GET, "UNKNOWN"), Some("panic"));
}

#[tokio::test]
async fn a_panic_is_an_error_even_where_it_is_caught() {
    panics(&capture(), SpanKind::Server).await;
    panics(&capture(), SpanKind::Client).await;
}

#[tokio::test]
async fn the_span_is_current_in_call_poll_and_body() {
    let _telemetry = capture();
    let service = service_fn(|_: Request<()>| {
        assert!(Context::current().has_active_span());
        async {
            assert!(Context::current().has_active_span());
            let frames = stream::poll_fn(|_| {
                assert!(Context::current().has_active_span());
                task::Poll::Ready(None::<Result<Frame<Bytes>, io::Error>>)
            });
            Ok::<_, Infallible>(Response::new(StreamBody::new(frames)))
        }
    });
    let mut server = server_layer().layer(service);
    let response = server.call(call("/shop.Prices/Get")).await.unwrap();
    assert!(!Context::current().has_active_span());
    response.into_body().collect().await.unwrap();
}

#[tokio::test]
async fn the_message_of_a_status_describes_the_span_without_its_secrets() {
    let telemetry = capture();
    let uri = crate::shop::serve().await;
    let mut client = crate::shop::traced(&uri);
    client.get("broken").await.unwrap_err();
    client.get("missing").await.unwrap_err();
    let spans = crate::spans(&telemetry, 4).await;
    let mut said = Vec::new();
    for span in &spans {
        if let Status::Error { description } = &span.status {
            said.push(&**description);
        }
    }
    said.sort_unstable();
    let broken = "out of paper, password=[REDACTED]";
    assert_eq!(said, ["no such item: é", broken, broken]);
}
