//! Whatever the network sends, nothing panics and nothing grows.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, Method, Request, Uri},
};
use otelier_testing::capture;
use proptest::{collection::vec, prelude::*};
use tokio::runtime;

use crate::{anything, call};

const HEADERS: [&str; 9] = [
    "traceparent",
    "tracestate",
    "baggage",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "host",
    "user-agent",
];

const LABELS: [&str; 6] = [
    "http.request.method",
    "url.scheme",
    "network.protocol.version",
    "http.route",
    "http.response.status_code",
    "error.type",
];

proptest! {
    #[test]
    fn any_request_is_recorded_within_bounds(
        headers in vec(vec(any::<u8>(), 0..300), HEADERS.len()),
        method in "[A-Za-z!#$%&'*+.^_`|~-]{1,20}",
        path in "/[ -~]{0,60}",
        query in vec(any::<u8>(), 0..300),
        peer in any::<[u8; 4]>(),
    ) {
        let telemetry = capture();
        let mut request = Request::new(Body::empty());
        if let Ok(method) = Method::from_bytes(method.as_bytes()) {
            *request.method_mut() = method;
        }
        let uri = [path.as_bytes(), b"?", &query].concat();
        if let Ok(uri) = Uri::try_from(uri) {
            *request.uri_mut() = uri;
        }
        for (name, value) in HEADERS.into_iter().zip(&headers) {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                request.headers_mut().append(name, value);
            }
        }
        let peer = SocketAddr::from((peer, 80));
        request.extensions_mut().insert(ConnectInfo(peer));

        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        let response = runtime.block_on(call(anything(), request));
        prop_assert_eq!(response.body(), "ok");

        for span in telemetry.spans() {
            for (key, value) in span.attributes.iter() {
                prop_assert!(value.as_str().len() <= 8 * 1024, "{key}");
            }
        }
        for metric in telemetry.metrics() {
            for (key, value) in metric.points[0].attributes.iter() {
                prop_assert!(LABELS.contains(&key), "{key}");
                prop_assert!(value.as_str().len() <= 20, "{key}={value}");
            }
        }
    }
}
