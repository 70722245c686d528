//! Headers of requests.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    pin::pin,
    task::{Context as Task, Poll, Waker},
};

use axum::{body::Body, extract::ConnectInfo};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri};
use http_body_util::BodyExt as _;
use opentelemetry::{Context, trace::TraceContextExt as _};
use otelier_core::Conventions;
use otelier_sdk::fuzz::propagations;
use otelier_testing::capture_with;
use tower::{Layer as _, ServiceExt as _};

/// Lines of `name: value`, those that HTTP can carry.
fn headers(data: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n').take(200) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let value = line[colon + 1..].trim_ascii();
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(&line[..colon]),
            HeaderValue::from_bytes(value),
        ) {
            headers.append(name, value);
        }
    }
    headers
}

/// What is read of trace context, baggage and B3 is written and read again.
pub fn trace_headers(data: &[u8]) {
    let headers = headers(data);
    for (format, propagation) in propagations().into_iter().enumerate() {
        let context = propagation.extract(&headers, &Context::new());
        let span = context.span().span_context().clone();
        assert!(!span.is_valid() || span.is_remote());

        let mut written = HeaderMap::new();
        propagation.inject(&context, &mut written);
        for (name, value) in &written {
            assert!(value.len() <= 16 * 1024, "{name} of {} bytes", value.len());
        }
        let again = propagation.extract(&written, &Context::new());
        let same = again.span().span_context().clone();
        assert_eq!(same.trace_id(), span.trace_id());
        assert_eq!(same.span_id(), span.span_id());
        assert_eq!(same.is_sampled(), span.is_sampled());
        // B3 knows no such list.
        if format == 0 {
            assert_eq!(same.trace_state(), span.trace_state());
        }
    }
}

/// A request that came over a proxy, through the whole layer: method and target
/// on the first line, headers on the next ones, and a body behind an empty one.
pub fn proxy_headers(data: &[u8]) {
    let end = data.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = data.split_at(end.unwrap_or(data.len()));
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut words = line.splitn(2, |byte| *byte == b' ');
    let method = words.next().and_then(|word| Method::from_bytes(word).ok());
    let uri = words.next().and_then(|word| Uri::try_from(word).ok());
    let mut request = Request::new(Body::from(body.to_vec()));
    *request.method_mut() = method.unwrap_or_default();
    *request.uri_mut() = uri.unwrap_or_default();
    *request.headers_mut() = headers(head.get(line.len()..).unwrap_or_default());
    let peer = SocketAddr::from(([127, 0, 0, 1], 1));
    request.extensions_mut().insert(ConnectInfo(peer));

    let [_, _, _, all] = propagations();
    let telemetry = capture_with(all, Conventions::default());
    let layer = otelier_axum::layer()
        .with_request_header(HeaderName::from_static("x-token"))
        .with_request_body_field("messages")
        .with_body_sizes();
    let service = tower::service_fn(|request: Request<Body>| async move {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Ok::<_, Infallible>(Response::new(Body::from(body)))
    });
    let answer = pin!(layer.layer(service).oneshot(request));
    let Poll::Ready(Ok(response)) = answer.poll(&mut Task::from_waker(Waker::noop())) else {
        panic!("the layer waits");
    };
    drop(response);
    for span in telemetry.spans() {
        for (key, value) in span.attributes.iter() {
            let text = value.to_string();
            assert!(text.len() <= 16 * 1024, "{key} of {} bytes", text.len());
            let is_odd = |c: char| c.is_control() || c.is_whitespace();
            match key {
                "url.scheme" => assert!(matches!(&*text, "http" | "https"), "{text}"),
                "client.address" | "network.peer.address" => {
                    assert!(text.parse::<IpAddr>().is_ok(), "{text}");
                }
                "server.address" => assert!(!text.contains(is_odd), "{text:?}"),
                _ => {}
            }
        }
    }
}
