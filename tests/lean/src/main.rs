//! A service that serves one request to itself, logs a line at each of two levels, and ends.

use std::convert::Infallible;

use axum::{Router, body::Body, http::Request, routing::get};
use tower::ServiceExt as _;

#[tokio::main]
async fn main() -> Result<(), Infallible> {
    let telemetry = otelier::init!();
    let app = Router::new().route("/", get(async || "hello"));
    let app = otelier::axum::instrument(app);
    let response = app.oneshot(Request::new(Body::empty())).await?;
    assert_eq!(response.status(), 200);
    // Its span ends with it.
    drop(response);
    tracing::info!("served");
    tracing::debug!("left out");
    let report = telemetry.shutdown().await;
    println!("traces: {}", report.status.traces.exported);
    Ok(())
}
