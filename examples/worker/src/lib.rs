//! A worker for the jobs that examples/api enqueues, instrumented with otelier.
//!
//! It is a process of its own, with its own service name, and finds the jobs in
//! the same database. Each claimed job is a span in the trace of the request
//! that enqueued it. With a language model, which `MODEL_URL` names, it has the
//! repository described, too.

mod librarian;

use std::time::Duration;

use api::store::{Claimed, Store};
use otelier::jobs::{Context, Correlation, Job, unrecorded};
use tokio::time::sleep;

use self::librarian::Librarian;

/// How long an empty queue is left alone.
const PAUSE: Duration = Duration::from_millis(100);

/// Works until SIGTERM or Ctrl-C; a job that is under way then is finished.
///
/// # Errors
/// The database cannot be opened, or fails, or `MODEL_URL` is no URL.
pub async fn run() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    let store = Store::from_env().await?;
    let librarian = Librarian::from_env()?;
    tracing::info!("waiting for jobs");

    let mut stop = std::pin::pin!(otelier::shutdown_signal());
    loop {
        // Looking into an empty queue ten times a second is nobody's concern.
        let Some(job) = unrecorded(store.claim()).await? else {
            tokio::select! {
                () = sleep(PAUSE) => continue,
                () = &mut stop => break,
            }
        };
        work(&store, librarian.as_ref(), job).await;
    }

    let _ = telemetry.shutdown().await;
    Ok(())
}

/// Runs one job. Its span tells of a failure, and the next job is another; a
/// database that is gone fails the next claim.
async fn work(store: &Store, librarian: Option<&Librarian>, job: Claimed) {
    let context: Context = job.context.as_str().into();
    let _ = Job::new("clone_index")
        .with_id(&job.id)
        .with_attribute("repo.id", job.repo_id)
        .with_context(&context)
        // One job for one request: it reads best as a part of the same trace.
        .with_correlation(Correlation::Parent)
        .run(settle(store, librarian, &job))
        .await;
}

/// Does the job, and writes down how it ended: within the job's span, so that the
/// statement is a part of its trace.
async fn settle(store: &Store, librarian: Option<&Librarian>, job: &Claimed) -> anyhow::Result<()> {
    let done = index(store, librarian, job).await;
    let state = if done.is_ok() { "done" } else { "failed" };
    store.finish(&job.id, state).await?;
    done
}

async fn index(store: &Store, librarian: Option<&Librarian>, job: &Claimed) -> anyhow::Result<()> {
    let repo = store.repo(job.repo_id).await?;
    let repo = repo.ok_or_else(|| anyhow::anyhow!("the repository is gone"))?;
    tracing::info!(repo.name = repo.name, "cloned");
    if let Some(librarian) = librarian {
        librarian.describe(&job.id, &repo.name).await?;
        tracing::info!("described");
    }
    embed(job).await
}

#[tracing::instrument(name = "embed", skip_all)]
async fn embed(job: &Claimed) -> anyhow::Result<()> {
    sleep(Duration::from_millis(20)).await;
    otelier::jobs::count(("embeddings", "{embedding}"), 128);
    tracing::info!(job.id = job.id, "embedded");
    Ok(())
}
