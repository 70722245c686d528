//! The example service, compiled without telemetry, serving one request to
//! itself.

use api::{App, router};
use axum::{body::Body, http::Request};
use tower::ServiceExt as _;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    let again = otelier::init!();
    let app = otelier::axum::instrument(router(App::from_env().await?));
    let response = app.oneshot(Request::new(Body::empty())).await?;
    assert_eq!(response.status(), 404);
    if std::env::args().any(|argument| argument == "log") {
        tracing::info!(
            password = "s3cr3t",
            "connected to postgres://ann:s3cr3t@db/shop"
        );
    }
    let report = telemetry.shutdown().await;
    assert!(report.is_complete());
    drop(again);
    Ok(())
}
