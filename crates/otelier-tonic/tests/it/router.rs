//! Servers of HTTP and of gRPC in one process, and in one router.

use std::{future::IntoFuture as _, net::SocketAddr};

use axum::{Router, routing::get};
use http::Uri;
use otelier_testing::capture;
use otelier_tonic::server_layer;
use tokio::net::TcpListener;
use tonic::service::Routes;

use crate::{shop, spans};

#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
async fn serve(router: Router) -> Uri {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, router).into_future());
    shop::uri(address)
}

fn orders() -> Router {
    Router::new().route("/orders/{id}", get(|| async { "an order" }))
}

/// Asks for an order, calls a method, and another one that nobody knows.
async fn asked(router: impl FnOnce() -> Router) -> String {
    let telemetry = capture();
    let uri = serve(router()).await;
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new());
    let client = client.build_http::<axum::body::Body>();
    client
        .get(format!("{uri}orders/7").parse().unwrap())
        .await
        .unwrap();
    let mut prices = shop::Client::new(shop::channel(&uri));
    prices.get("paper").await.unwrap();
    prices.get("broken").await.unwrap_err();
    let unknown = prices.call("/shop.Nothing/Get", shop::item("", 0)).await;
    unknown.unwrap_err();
    spans(&telemetry, 4).await;
    let durations = telemetry.metric("http.server.request.duration");
    assert_eq!(durations.count(), 1, "calls are none of HTTP's");
    assert_eq!(telemetry.metric("rpc.server.call.duration").count(), 3);
    let tree = telemetry.tree().with_attributes(&["rpc.status_code"]);
    tree.to_string()
}

const ASKED: &str = "\
GET /orders/{id} [server] 200
shop.Prices/Get [server] rpc.status_code=OK
shop.Prices/Get [server] ERROR: out of paper, password=[REDACTED] INTERNAL rpc.status_code=INTERNAL
grpc [server] ERROR UNIMPLEMENTED rpc.status_code=UNIMPLEMENTED
";

#[tokio::test]
async fn a_router_of_both_leaves_calls_to_the_layer_inside() {
    let router = || {
        let prices = Routes::new(shop::Prices).into_axum_router();
        let prices = prices.layer(server_layer());
        otelier_axum::instrument(orders().merge(prices))
    };
    assert_eq!(asked(router).await, ASKED);
}

#[tokio::test]
async fn a_router_of_both_leaves_calls_to_the_layer_outside() {
    let router = || {
        let both = orders().merge(Routes::new(shop::Prices).into_axum_router());
        otelier_axum::instrument(both).layer(server_layer())
    };
    assert_eq!(asked(router).await, ASKED);
}
