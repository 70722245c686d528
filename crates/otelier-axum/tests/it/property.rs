//! Whatever the network sends, nothing panics and nothing grows.

use std::net::SocketAddr;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri},
};
use otelier_axum::layer;
use otelier_core::{Conventions, Propagation};
use otelier_testing::{Telemetry, capture, capture_with};
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
        headers in vec(header(), HEADERS.len()),
        method in "[A-Za-z!#$%&'*+.^_`|~-]{1,20}",
        path in "/[ -~]{0,60}",
        query in vec(any::<u8>(), 0..300),
        peer in peers(),
    ) {
        let telemetry = listening();
        let mut request = Request::new(Body::empty());
        if let Ok(method) = Method::from_bytes(method.as_bytes()) {
            *request.method_mut() = method;
        }
        *request.uri_mut() = uri(&path, &query);
        add(&mut request, &headers, peer);

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

/// Propagates all that the specification knows.
fn listening() -> Telemetry {
    let propagation = Propagation::none().with_trace_context().with_baggage();
    capture_with(propagation, Conventions::default())
}

/// Often one that is believed about `Forwarded`.
fn peers() -> impl Strategy<Value = SocketAddr> {
    let near = prop_oneof![Just([127, 0, 0, 1]), Just([10, 0, 0, 1])];
    prop_oneof![near, any::<[u8; 4]>()].prop_map(|ip| SocketAddr::from((ip, 80)))
}

/// What these bytes are, or a root if they are no URI.
fn uri(path: &str, query: &[u8]) -> Uri {
    let uri = [path.as_bytes(), b"?", query].concat();
    Uri::try_from(uri).unwrap_or_else(|_| Uri::from_static("/"))
}

/// Bytes that come as close to what a header should hold as chance does not.
fn header() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        Just("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        Just("for="),
        Just("host="),
        Just("proto="),
        Just("https"),
        Just("[::1]"),
        Just("192.0.2.1"),
        Just(":80"),
        Just("key=value"),
        Just(","),
        Just(";"),
        Just("\""),
        Just("%zz"),
        Just("\u{e9}"),
    ];
    let nearly = vec(token, 0..12).prop_map(|tokens| tokens.concat().into_bytes());
    prop_oneof![nearly, vec(any::<u8>(), 0..300)]
}

fn add(request: &mut Request<Body>, headers: &[Vec<u8>], peer: SocketAddr) {
    for (name, value) in HEADERS.into_iter().zip(headers) {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            request.headers_mut().append(name, value);
        }
    }
    request.extensions_mut().insert(ConnectInfo(peer));
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

fn sent(body: &[u8]) -> Request<Body> {
    let mut request = Request::new(Body::from(body.to_vec()));
    *request.method_mut() = Method::POST;
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
        headers in vec(header(), HEADERS.len()),
        path in "/[ -~]{0,60}",
        query in vec(any::<u8>(), 0..100),
        peer in peers(),
        body in prop_oneof![vec(any::<u8>(), 0..300), nearly_json().prop_map(String::into_bytes)],
    ) {
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        let request = || {
            let mut request = sent(&body);
            *request.uri_mut() = uri(&path, &query);
            add(&mut request, &headers, peer);
            request
        };
        let off = runtime.block_on(call(curious(), request()));
        let telemetry = listening();
        let on = runtime.block_on(call(curious(), request()));
        prop_assert_eq!(off.status(), on.status());
        prop_assert_eq!(off.headers(), on.headers());
        prop_assert_eq!(off.body(), on.body());
        for span in telemetry.spans() {
            for (key, value) in span.attributes.iter() {
                prop_assert!(value.as_str().len() <= 8 * 1024, "{key}");
            }
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
            runtime.block_on(call(curious(), sent(body.as_bytes())));
            let text = telemetry.spans()[0].attributes.to_string();
            prop_assert!(!text.contains("s3cret-value"), "{}", text);
        }
    }
}
