//! Whatever the network sends, nothing panics and nothing grows.

use std::net::SocketAddr;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri},
};
use otelier_axum::layer;
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

/// Everything that a layer can be asked to look at.
fn curious() -> Router {
    let layer = layer()
        .with_body_sizes()
        .with_request_body_field("a")
        .with_request_body_field("b")
        .with_request_header(HeaderName::from_static("host"))
        .with_response_header(HeaderName::from_static("x-echo"))
        .with_context_header(HeaderName::from_static("user-agent"), "agent");
    let echo = async |headers: HeaderMap, body: Bytes| {
        let echo = headers.get("user-agent").cloned();
        let mut response = Response::new(Body::from(body));
        response
            .headers_mut()
            .extend(echo.map(|echo| (HeaderName::from_static("x-echo"), echo)));
        response
    };
    Router::new().fallback(echo).layer(layer)
}

fn sent(headers: &[Vec<u8>], body: &[u8]) -> Request<Body> {
    let mut request = Request::new(Body::from(body.to_vec()));
    *request.method_mut() = Method::POST;
    for (name, value) in HEADERS.into_iter().zip(headers) {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            request.headers_mut().append(name, value);
        }
    }
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert("content-type", json);
    request
}

/// Text that looks like JSON, more or less.
fn nearly_json() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        Just(r#""a":"#.to_owned()),
        Just(r#""b":"#.to_owned()),
        "[{}\\[\\],:\"\\\\]",
        "\"[a-z\\\\u0-9é]{0,6}\"",
        "-?[0-9]{1,20}(\\.[0-9]{1,3})?",
        Just("true".to_owned()),
        Just("null".to_owned()),
    ];
    vec(token, 0..40).prop_map(|tokens| ["{", &tokens.concat()].concat())
}

proptest! {
    #[test]
    fn responses_are_the_same_with_telemetry_on_and_off(
        headers in vec(vec(any::<u8>(), 0..100), HEADERS.len()),
        body in prop_oneof![vec(any::<u8>(), 0..300), nearly_json().prop_map(String::into_bytes)],
    ) {
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        let off = runtime.block_on(call(curious(), sent(&headers, &body)));
        let telemetry = capture();
        let on = runtime.block_on(call(curious(), sent(&headers, &body)));
        prop_assert_eq!(off.status(), on.status());
        prop_assert_eq!(off.headers(), on.headers());
        prop_assert_eq!(off.body(), on.body());
        prop_assert_eq!(telemetry.spans().len(), 1);
        for (key, value) in telemetry.spans()[0].attributes.iter() {
            prop_assert!(value.as_str().len() <= 8 * 1024, "{key}");
        }
    }

    #[test]
    fn no_secret_of_a_body_is_recorded(before in nearly_json(), after in nearly_json(), depth in 0..40usize) {
        let (open, close) = (r#"{"n":"#.repeat(depth), "}".repeat(depth));
        let body = format!(r#"{before},"a":[{after},{open}{{"api_key":"s3cret-value"}}{close}]}}"#);
        let clean = format!(r#"{{"b":1,"a":{open}{{"api_key":"s3cret-value"}}{close}}}"#);
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        for body in [body, clean] {
            let telemetry = capture();
            runtime.block_on(call(curious(), sent(&[], body.as_bytes())));
            let text = telemetry.spans()[0].attributes.to_string();
            prop_assert!(!text.contains("s3cret-value"), "{}", text);
        }
    }
}
