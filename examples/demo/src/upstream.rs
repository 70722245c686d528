//! What the service asks for commits: a second service, and so a second name in
//! the trace. Who wrote them it asks a third, by gRPC.

use std::env;

use anyhow::Context as _;
use authors::Commit;
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Serves on a free port until SIGTERM or Ctrl-C.
pub(crate) async fn run() -> anyhow::Result<()> {
    let telemetry = otelier::setup!().with_service_name("upstream").init();
    let url = env::var("AUTHORS_URL").context("AUTHORS_URL is not set")?;
    let app = Router::new()
        .route("/repos/{id}/commits", get(commits))
        .with_state(authors::client(url.parse()?));
    let app = otelier::axum::instrument(app);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app)
        .with_graceful_shutdown(otelier::shutdown_signal())
        .await?;
    let _ = telemetry.shutdown().await;
    Ok(())
}

async fn commits(
    State(mut authors): State<authors::Client>,
    Path(repo): Path<i64>,
) -> Result<Json<Value>, StatusCode> {
    let found = authors.find(Commit { repo, number: 1 }).await;
    let author = found.map_err(|_| StatusCode::BAD_GATEWAY)?.name;
    Ok(Json(
        json!([{ "repo": repo, "message": "first commit", "author": author }]),
    ))
}
