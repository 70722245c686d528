//! Names and routes.

use std::convert::Infallible;

use axum::{
    Router,
    body::Body,
    http::{Method, Request, Response, StatusCode},
    routing::{get, post},
};
use http_body_util::BodyExt as _;
use otelier_axum::{instrument, layer};
use otelier_testing::capture;
use tower::{Layer as _, service_fn};

use crate::{
    anything, call, get as request,
    wire::{ended, send, send_h2, serve},
};

fn shop() -> Router {
    let orders = Router::new()
        .route("/{id}", get(async || "an order"))
        .route(
            "/{id}/boom",
            get(async || StatusCode::INTERNAL_SERVER_ERROR),
        );
    Router::new()
        .route("/", get(async || "shop"))
        .route("/search", post(async || StatusCode::UNPROCESSABLE_ENTITY))
        .nest("/orders", orders)
}

#[tokio::test]
async fn spans_are_named_by_method_and_route() {
    let telemetry = capture();
    let server = serve(instrument(shop())).await;
    for head in [
        "GET / HTTP/1.1",
        "GET /orders/7 HTTP/1.1",
        "GET /orders/7/boom HTTP/1.1",
        "POST /search HTTP/1.1",
        "POST /orders/7 HTTP/1.1",
        "GET /wp-login.php HTTP/1.1",
        "GET /orders/7/8/9 HTTP/1.1",
        "PURGE /orders/7 HTTP/1.1",
    ] {
        send(server, head).await;
    }
    ended(&telemetry, 8).await;
    let tree = telemetry
        .tree()
        .with_attributes(&["http.route", "url.path"]);
    insta::assert_snapshot!(tree, @r"
    GET / [server] 200 http.route=/ url.path=/
    GET /orders/{id} [server] 200 http.route=/orders/{id} url.path=/orders/7
    GET /orders/{id}/boom [server] 500 ERROR http.route=/orders/{id}/boom url.path=/orders/7/boom
    POST /search [server] 422 http.route=/search url.path=/search
    POST /orders/{id} [server] 405 http.route=/orders/{id} url.path=/orders/7
    GET [server] 404 url.path=/wp-login.php
    GET [server] 404 url.path=/orders/7/8/9
    HTTP /orders/{id} [server] 405 http.route=/orders/{id} url.path=/orders/7
    ");
}

#[tokio::test]
async fn requests_over_http2_are_recorded() {
    let telemetry = capture();
    let server = serve(instrument(shop())).await;
    let response = send_h2(server, "/orders/7").await;
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "an order");
    let spans = ended(&telemetry, 1).await;
    insta::assert_snapshot!(telemetry.tree(), @"GET /orders/{id} [server] 200");
    assert_eq!(spans[0].get("network.protocol.version"), Some("2".into()));
    assert_eq!(spans[0].get("server.address"), Some("shop.example".into()));
}

#[tokio::test]
async fn an_unknown_method_never_names_a_span() {
    let telemetry = capture();
    for method in ["PURGE", "get", &"X".repeat(1000)] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = Request::builder().method(method).uri("/");
        call(anything(), request.body(Body::empty()).unwrap()).await;
    }
    let spans = telemetry.spans();
    for (span, original) in spans.iter().zip(["PURGE", "get", &"X".repeat(64)]) {
        assert_eq!(span.name, "HTTP");
        assert_eq!(span.get("http.request.method"), Some("_OTHER".into()));
        let recorded = span.get("http.request.method_original");
        assert_eq!(recorded, Some(original.to_owned().into()));
    }
}

#[tokio::test]
async fn two_layers_make_one_span() {
    let telemetry = capture();
    let app = Router::new()
        .route("/orders/{id}", get(async || "").layer(layer()))
        .layer(layer());
    let app = instrument(Router::new().nest("/api", app));
    call(app, request("/api/orders/7")).await;
    insta::assert_snapshot!(telemetry.tree(), @"GET /api/orders/{id} [server] 200");
    assert_eq!(telemetry.metric("http.server.request.duration").count(), 1);
}

#[tokio::test]
async fn an_inner_layer_tells_the_route_to_one_around_the_router() {
    let telemetry = capture();
    let app = layer().layer(instrument(shop()));
    call(app, request("/orders/7")).await;
    let tree = telemetry.tree().with_attributes(&["http.route"]);
    insta::assert_snapshot!(tree, @"GET /orders/{id} [server] 200 http.route=/orders/{id}");
    let duration = telemetry.metric("http.server.request.duration");
    assert_eq!(
        duration.points[0].attributes.get("http.route"),
        Some("/orders/{id}".into())
    );
}

#[tokio::test]
async fn a_layer_around_the_router_alone_sees_no_route() {
    let telemetry = capture();
    let app = layer().layer(shop());
    call(app, request("/orders/7")).await;
    insta::assert_snapshot!(telemetry.tree(), @"GET [server] 200");
}

#[tokio::test]
async fn a_layer_on_a_nested_router_names_the_whole_route() {
    let telemetry = capture();
    let inner = Router::new()
        .route("/{id}", get(async || "an order"))
        .layer(layer());
    let app = Router::new().nest("/orders", inner);
    call(app, request("/orders/7")).await;
    let tree = telemetry.tree().with_attributes(&["url.path"]);
    insta::assert_snapshot!(tree, @"GET /orders/{id} [server] 200 url.path=/orders/7");
}

#[tokio::test]
async fn a_nested_service_has_no_route_but_its_whole_path() {
    let telemetry = capture();
    let files = service_fn(async |request: Request<Body>| {
        let path = request.uri().path().to_owned();
        Ok::<_, Infallible>(Response::new(Body::from(path)))
    });
    let app = instrument(Router::new().nest_service("/files", files));
    assert_eq!(call(app, request("/files/a/b")).await.body(), "/a/b");
    let tree = telemetry.tree().with_attributes(&["url.path"]);
    insta::assert_snapshot!(tree, @"GET [server] 200 url.path=/files/a/b");
}

#[tokio::test]
async fn a_layer_in_a_nested_service_tells_the_whole_route() {
    let telemetry = capture();
    let app = instrument(Router::new().nest_service("/api", instrument(shop())));
    call(app, request("/api/orders/7")).await;
    let tree = telemetry.tree().with_attributes(&["url.path"]);
    insta::assert_snapshot!(tree, @"GET /api/orders/{id} [server] 200 url.path=/api/orders/7");
}

#[tokio::test]
async fn a_layer_on_one_route_leaves_the_others_alone() {
    let telemetry = capture();
    let app = Router::new()
        .route("/orders/{id}", get(async || "").layer(layer()))
        .route("/users/{id}", get(async || ""));
    for path in ["/orders/7", "/users/7"] {
        call(app.clone(), request(path)).await;
    }
    insta::assert_snapshot!(telemetry.tree(), @"GET /orders/{id} [server] 200");
}
