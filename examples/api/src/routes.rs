//! The routes.

use std::{
    convert::Infallible,
    env,
    time::{Duration, UNIX_EPOCH},
};

use anyhow::Context as _;
use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, post},
};
use futures_util::stream;
use reqwest_middleware::ClientWithMiddleware;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    error::Error,
    store::{Repo, Store},
};

/// What the routes share.
#[derive(Clone, Debug)]
pub struct App {
    store: Store,
    http: ClientWithMiddleware,
    upstream: Option<String>,
}

impl App {
    /// Opens the database of `DATABASE_URL` and reads `UPSTREAM_URL`.
    ///
    /// # Errors
    /// The database cannot be opened, or the HTTP client not be set up.
    pub async fn from_env() -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .build()
            .context("the HTTP client cannot be set up")?;
        Ok(Self {
            store: Store::from_env().await?,
            http: otelier::reqwest::client(http),
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

async fn show(State(app): State<App>, Path(id): Path<i64>) -> Result<Json<Repo>, Error> {
    app.store.repo(id).await?.map(Json).ok_or(Error::NoRepo(id))
}

async fn index(
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<(StatusCode, Json<Value>), Error> {
    app.store.repo(id).await?.ok_or(Error::NoRepo(id))?;
    let job = format!(
        "{id}-{:x}",
        UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos()
    );
    app.store.enqueue(&job, "index", id).await?;
    tracing::info!(job.id = job, repo.id = id, "index requested");
    Ok((StatusCode::ACCEPTED, Json(json!({ "job_id": job }))))
}

async fn commits(State(app): State<App>, Path(id): Path<i64>) -> Result<Json<Value>, Error> {
    app.store.repo(id).await?.ok_or(Error::NoRepo(id))?;
    let upstream = app.upstream.as_deref().unwrap_or("http://127.0.0.1:9");
    let url = format!("{upstream}/repos/{id}/commits");
    let answer = app.http.get(url).send().await?.error_for_status()?;
    Ok(Json(answer.json().await?))
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
