//! What the service asks for commits: a second service, and so a second name in
//! the trace.

use axum::{Json, Router, extract::Path, routing::get};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Serves on a free port until SIGTERM or Ctrl-C.
pub(crate) async fn run() -> anyhow::Result<()> {
    let telemetry = otelier::setup!().with_service_name("upstream").init();
    let app = Router::new().route("/repos/{id}/commits", get(commits));
    let app = otelier::axum::instrument(app);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app)
        .with_graceful_shutdown(otelier::shutdown_signal())
        .await?;
    let _ = telemetry.shutdown().await;
    Ok(())
}

async fn commits(Path(id): Path<u64>) -> Json<Value> {
    Json(json!([{ "repo": id, "message": "first commit" }]))
}
