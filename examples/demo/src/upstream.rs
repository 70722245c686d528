//! What the service asks for commits.

use axum::{Json, Router, extract::Path, routing::get};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Starts it on a free port and returns its URL.
pub(crate) async fn start() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let app = Router::new().route("/repos/{id}/commits", get(commits));
    tokio::task::spawn(async { axum::serve(listener, app).await });
    Ok(url)
}

async fn commits(Path(id): Path<u64>) -> Json<Value> {
    Json(json!([{ "repo": id, "message": "first commit" }]))
}
