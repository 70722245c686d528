//! Who may ask, and from where.

use crate::{
    sample,
    wire::{Answer, JSON, TRACE_SERVICE, call, frame, send, start},
};
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use otelier_collector::{Code, Collector, Error, Running};
use prost::Message as _;

async fn ask(
    collector: &Running,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let uri = format!("http://{}{path}", collector.http_addr());
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
    send(request.body(body).unwrap(), false).await
}

async fn get_as(collector: &Running, path: &str, host: &str) -> u16 {
    let headers = [("host", host)];
    let answer = ask(collector, Method::GET, path, &headers, "").await;
    answer.status.as_u16()
}

async fn send_as(collector: &Running, headers: &[(&str, &str)]) -> u16 {
    let headers = [&[("content-type", JSON)], headers].concat();
    let answer = ask(
        collector,
        Method::POST,
        "/v1/logs",
        &headers,
        sample::LOGS_JSON,
    )
    .await;
    answer.status.as_u16()
}

/// Hosts that are nobody else's, and hosts that a stranger may have pointed here.
const OWN: [&str; 6] = [
    "127.0.0.1",
    "192.0.2.7:4318",
    "[::1]:4318",
    "localhost:4318",
    "LocalHost",
    "localhost.",
];
const STRANGE: [&str; 8] = [
    "rebound.example",
    "rebound.example:4318",
    "localhost.rebound.example",
    "127.0.0.1.rebound.example",
    "localhost@rebound.example",
    "0x7f000001",
    "127.1",
    "",
];

#[tokio::test]
async fn what_is_kept_is_shown_to_addresses_and_localhost_alone() {
    let collector = start().await;
    for path in [
        "/",
        "/api/traces",
        "/api/logs",
        "/api/stats",
        "/metrics",
        "/nothing",
    ] {
        let known = if path == "/nothing" { 404 } else { 200 };
        for host in OWN {
            assert_eq!(get_as(&collector, path, host).await, known, "{path} {host}");
        }
        for host in STRANGE {
            assert_eq!(get_as(&collector, path, host).await, 403, "{path} {host}");
        }
    }
    let headers = [("host", "rebound.example")];
    let answer = ask(&collector, Method::GET, "/api/traces", &headers, "").await;
    let error = answer.json()["error"].as_str().unwrap().to_owned();
    assert!(
        error.contains("rebound.example") && error.contains("--allow-host"),
        "{error}"
    );
    collector.shutdown().await;
}

#[tokio::test]
async fn a_name_that_was_allowed_is_let_in() {
    let collector = Collector::builder().with_allowed_host("Collector.Test");
    let collector = collector.start().await.unwrap();
    assert_eq!(
        get_as(&collector, "/api/traces", "collector.test:4318").await,
        200
    );
    assert_eq!(
        get_as(&collector, "/api/traces", "collector.test.").await,
        200
    );
    assert_eq!(
        get_as(&collector, "/api/traces", "x.collector.test").await,
        403
    );
    collector.shutdown().await;
    for (host, origin) in [
        ("a b", ""),
        ("http://x", ""),
        ("x:1", ""),
        ("", "x"),
        ("", "http://x/y"),
    ] {
        let collector = match origin {
            "" => Collector::builder().with_allowed_host(host),
            origin => Collector::builder().with_allowed_origin(origin),
        };
        let error = collector.start().await.unwrap_err();
        assert!(matches!(error, Error::Allow { .. }), "{host} {origin}");
    }
}

#[tokio::test]
async fn senders_call_it_by_any_name_only_where_it_listens_beyond_loopback() {
    let collector = start().await;
    assert_eq!(
        send_as(&collector, &[("host", "otel-collector:4318")]).await,
        403
    );
    assert_eq!(get_as(&collector, "/healthz", "otel-collector").await, 403);
    collector.shutdown().await;
    let open = Collector::builder().with_host([0, 0, 0, 0].into());
    let open = open.start().await.unwrap();
    let at = std::net::SocketAddr::from(([127, 0, 0, 1], open.http_addr().port()));
    for (method, path, status) in [
        (Method::POST, "/v1/logs", 200),
        (Method::GET, "/healthz", 200),
        (Method::GET, "/api/logs", 403),
        (Method::GET, "/metrics", 403),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{at}{path}"))
            .header("host", "otel-collector:4318")
            .header("content-type", JSON)
            .body(Full::new(Bytes::from_static(sample::LOGS_JSON.as_bytes())))
            .unwrap();
        assert_eq!(send(request, false).await.status, status, "{path}");
    }
    open.shutdown().await;
}

#[tokio::test]
async fn a_page_of_another_origin_is_refused_everywhere() {
    let collector = start().await;
    let own = format!("http://{}", collector.http_addr());
    let host = collector.http_addr().to_string();
    for (origin, host, status) in [
        (&*own, &*host, 200),
        ("http://localhost:4318", "localhost:4318", 200),
        ("http://evil.example", &host, 403),
        ("null", &host, 403),
        ("http://127.0.0.1:5173", &host, 403),
        // A page that rebinds is of one origin with what it asks, and no friend for that.
        ("http://rebound.example:4318", "rebound.example:4318", 403),
    ] {
        let headers = [("origin", origin), ("host", host)];
        assert_eq!(send_as(&collector, &headers).await, status, "{origin}");
        for path in ["/", "/healthz", "/api/logs", "/api/traces"] {
            let answer = ask(&collector, Method::GET, path, &headers, "").await;
            assert_eq!(answer.status, status, "{origin} {path}");
            assert!(!answer.headers.contains_key("access-control-allow-origin"));
        }
    }
    let headers = [("origin", "http://evil.example")];
    let body = frame(false, &sample::one_span().encode_to_vec());
    let answer = call(collector.grpc_addr(), TRACE_SERVICE, &headers, body).await;
    assert_eq!(answer.grpc_status().0, Code::PermissionDenied as i32);
    assert_eq!(collector.store().spans().len(), 0);
    assert_eq!(collector.store().logs().len(), 2);
    collector.shutdown().await;
}

#[tokio::test]
async fn a_page_that_was_allowed_asks_first_and_then_sends() {
    const PAGE: &str = "http://localhost:5173";
    let collector = Collector::builder().with_allowed_origin(PAGE);
    let collector = collector.start().await.unwrap();
    let preflight = [
        ("origin", PAGE),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type,x-otel"),
        ("access-control-request-private-network", "true"),
    ];
    let answer = ask(&collector, Method::OPTIONS, "/v1/logs", &preflight, "").await;
    assert_eq!(answer.status, 204);
    for (name, value) in [
        ("access-control-allow-origin", PAGE),
        ("access-control-allow-methods", "GET, POST"),
        ("access-control-allow-headers", "content-type,x-otel"),
        ("access-control-allow-private-network", "true"),
        ("vary", "origin"),
    ] {
        assert_eq!(answer.headers[name], value);
    }
    let headers = [("origin", PAGE), ("content-type", JSON)];
    for (method, path, body) in [
        (Method::POST, "/v1/logs", sample::LOGS_JSON),
        (Method::GET, "/api/logs", ""),
        // Also what is refused can be read by the page.
        (Method::POST, "/v1/logs", "{"),
    ] {
        let answer = ask(&collector, method, path, &headers, body).await;
        assert_eq!(answer.headers["access-control-allow-origin"], PAGE);
    }
    assert_eq!(collector.store().logs().len(), 1);
    let other = [("origin", "http://localhost:5174"), preflight[1]];
    let answer = ask(&collector, Method::OPTIONS, "/v1/logs", &other, "").await;
    assert_eq!(answer.status, 403);
    collector.shutdown().await;
}

#[tokio::test]
async fn what_is_shown_is_not_taken_for_anything_else() {
    let collector = start().await;
    let answer = ask(&collector, Method::GET, "/api/traces", &[], "").await;
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(
        answer.headers["cross-origin-resource-policy"],
        "same-origin"
    );
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    collector.shutdown().await;
}
