//! A service of one route.

use axum::{Router, extract::Path, routing::get};

#[tokio::main]
async fn main() {
    #[cfg(feature = "lean")]
    let _telemetry = otelier::init!();
    #[cfg(feature = "oxtel")]
    let _telemetry = oxtel::init().expect("telemetry");
    let app = Router::new().route("/orders/{id}", get(order));
    #[cfg(feature = "lean")]
    let app = otelier::axum::instrument(app);
    #[cfg(feature = "oxtel")]
    let app = app.layer(oxtel_tower::HttpServerLayer::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let server = axum::serve(listener.expect("a port"), app);
    let server = server.with_graceful_shutdown(async {
        let _ = tokio::signal::ctrl_c().await;
    });
    server.await.expect("a server");
}

async fn order(Path(id): Path<u64>) -> String {
    #[cfg(any(feature = "lean", feature = "oxtel"))]
    tracing::info!(id, "looking up an order");
    format!("order {id}")
}
