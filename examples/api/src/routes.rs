//! The routes.

use std::{convert::Infallible, env, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, post},
};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    error::Error,
    repos::{Repo, Repos},
};

/// What the routes share.
#[derive(Clone, Debug)]
pub struct App {
    repos: Arc<Repos>,
    http: reqwest::Client,
    upstream: Option<String>,
}

impl App {
    /// Reads `UPSTREAM_URL`.
    ///
    /// # Errors
    /// The HTTP client cannot be set up.
    pub fn from_env() -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .build()
            .context("the HTTP client cannot be set up")?;
        Ok(Self {
            repos: Arc::new(Repos::new()),
            http,
            upstream: env::var("UPSTREAM_URL").ok(),
        })
    }
}

/// The service without telemetry.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/health", get(|| async { "ok" }))
        .route("/repos/{id}", get(show))
        .route("/repos/{id}/index", post(index))
        .route("/repos/{id}/commits", get(commits))
        .route("/boom", get(|| async { Err::<(), _>(Error::Internal) }))
        .route("/panic", get(panic))
        .route("/slow", get(slow))
        .route("/stream", get(stream))
        .with_state(app)
}

async fn show(State(app): State<App>, Path(id): Path<u64>) -> Result<Json<Repo>, Error> {
    app.repos.find(id).map(Json).ok_or(Error::NoRepo(id))
}

async fn index(
    State(app): State<App>,
    Path(id): Path<u64>,
) -> Result<(StatusCode, Json<Value>), Error> {
    app.repos.find(id).ok_or(Error::NoRepo(id))?;
    let job = app.repos.enqueue_index();
    tracing::info!(job.id = job, repo.id = id, "index requested");
    Ok((StatusCode::ACCEPTED, Json(json!({ "job_id": job }))))
}

async fn commits(State(app): State<App>, Path(id): Path<u64>) -> Result<Json<Value>, Error> {
    app.repos.find(id).ok_or(Error::NoRepo(id))?;
    let upstream = app.upstream.as_deref().unwrap_or("http://127.0.0.1:9");
    let url = format!("{upstream}/repos/{id}/commits");
    let answer = app.http.get(url).send().await.map_err(Error::Upstream)?;
    let answer = answer.error_for_status().map_err(Error::Upstream)?;
    Ok(Json(answer.json().await.map_err(Error::Upstream)?))
}

#[expect(
    clippy::panic,
    reason = "the route is there to show what a panic looks like"
)]
async fn panic() -> &'static str {
    panic!("this route panics")
}

#[derive(Deserialize)]
struct Slow {
    #[serde(default)]
    ms: u64,
}

async fn slow(Query(Slow { ms }): Query<Slow>) -> String {
    let ms = ms.min(60_000);
    sleep(Duration::from_millis(ms)).await;
    format!("waited {ms} ms")
}

#[derive(Deserialize)]
struct Stream {
    #[serde(default)]
    chunks: u32,
    #[serde(default)]
    ms: u64,
}

async fn stream(Query(Stream { chunks, ms }): Query<Stream>) -> Body {
    let (chunks, pause) = (chunks.min(10_000), Duration::from_millis(ms.min(60_000)));
    Body::from_stream(stream::unfold(0, move |chunk| async move {
        if chunk == chunks {
            return None;
        }
        sleep(pause).await;
        Some((Ok::<_, Infallible>(format!("chunk {chunk}\n")), chunk + 1))
    }))
}
