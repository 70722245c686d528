//! A service behind a proxy whose server does not tell who asks. What is said of
//! it is said once in a process, so it has one of its own.
#![cfg(test)]

use std::net::SocketAddr;

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use otelier_axum::{ProxyTrust, TraceLayer, instrument_with, layer};
use otelier_testing::capture;
use tower::ServiceExt as _;

fn forwarded(name: &str) -> Request<Body> {
    Request::get("/")
        .header("x-other", "1")
        .header(name, "https")
        .body(Body::empty())
        .unwrap()
}

async fn call(layer: &TraceLayer, request: Request<Body>) {
    let app = Router::new().fallback(async || "ok");
    let app = instrument_with(app, layer.clone());
    app.oneshot(request).await.unwrap();
}

#[tokio::test]
async fn one_warning_tells_that_a_proxy_is_not_believed_because_nobody_knows_it() {
    let telemetry = capture();
    let warnings = || telemetry.logs().len();

    // Nothing is odd where there is no proxy, where it is known who asks, and
    // where somebody has decided whom to believe.
    call(&layer(), Request::get("/").body(Body::empty()).unwrap()).await;
    let mut known = forwarded("x-forwarded-proto");
    let peer = SocketAddr::from(([8, 8, 8, 8], 1));
    known.extensions_mut().insert(ConnectInfo(peer));
    call(&layer(), known).await;
    for trust in [ProxyTrust::Everybody, ProxyTrust::Nobody] {
        let layer = layer().with_proxy_trust(trust);
        call(&layer, forwarded("x-forwarded-proto")).await;
    }
    assert_eq!(warnings(), 0);

    for name in [
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
    ] {
        call(&layer(), forwarded(name)).await;
        assert_eq!(warnings(), 1, "{name}");
    }
    let said = telemetry.tree().to_string();
    assert!(
        said.contains("into_make_service_with_connect_info"),
        "{said}"
    );
}
