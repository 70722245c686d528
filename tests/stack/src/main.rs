//! The services whose telemetry goes through the real Collector, for the tests
//! beside them.
//!
//! The first argument names the role. `numbered` does what it is told on
//! standard input, a command a line, and answers each on standard output, after
//! `> `.

mod numbered;

use std::{
    env,
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};

use anyhow::bail;
use axum::{Json, Router, extract::Path, routing::get};
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Handle, task::JoinSet};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match *arguments.as_slice() {
        ["api"] => runtime()?.block_on(api::run()),
        ["numbered"] => numbered::obey(),
        ["scraped"] => runtime()?.block_on(scraped::run()),
        ["stalls"] => runtime()?.block_on(stalls()),
        ["upstream"] => runtime()?.block_on(upstream()),
        ["worker"] => runtime()?.block_on(worker::run()),
        ref other => bail!("no such role: {other:?}"),
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
}

/// What the api asks for commits.
async fn upstream() -> anyhow::Result<()> {
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

/// How long a service computes where it must not.
const BLOCKED: Duration = Duration::from_millis(1500);

/// Blocks its thread, as no task may.
#[expect(clippy::disallowed_methods, reason = "to block is what it is for")]
fn block() {
    thread::sleep(BLOCKED);
}

/// Blocks all of its threads once, as a service does that computes where it must not.
async fn stalls() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    let workers = Handle::current().metrics().num_workers();
    let all = Arc::new(Barrier::new(workers));
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let all = Arc::clone(&all);
        tasks.spawn(async move {
            all.wait();
            block();
        });
    }
    tasks.join_all().await;
    otelier::shutdown_signal().await;
    let _ = telemetry.shutdown().await;
    Ok(())
}
