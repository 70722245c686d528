//! Jobs that are under way when the process is asked to end, and one that fails.

use std::{convert::Infallible, error::Error, future::pending, io, sync::Arc};

use otelier::jobs::{Job, JoinSetExt as _};
use tokio::{sync::Barrier, task::JoinSet};

/// Three jobs that never end by themselves; they are dropped at the signal.
pub(crate) async fn endless() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    let stop = otelier::shutdown_signal();
    let begun = Arc::new(Barrier::new(4));
    let mut jobs = JoinSet::new();
    for id in 0..3 {
        let begun = Arc::clone(&begun);
        jobs.spawn_in_context(Job::new("endless").id(id).announced().run(async move {
            tracing::info!(id, "working");
            begun.wait().await;
            pending::<Result<Infallible, Infallible>>().await
        }));
    }
    begun.wait().await;
    crate::tell(format_args!("all are under way"))?;
    stop.await;
    jobs.shutdown().await;
    let _ = telemetry.shutdown().await;
    Ok(())
}

/// A job whose error was logged before it ended.
pub(crate) async fn failing() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    let failed = Job::new("failing").run(async {
        let full = io::Error::other("password=hunter2 is full");
        tracing::warn!(error = &full as &dyn Error, "goes on");
        Err::<(), _>(anyhow::Error::from(full))
    });
    failed.await.ok();
    let _ = telemetry.shutdown().await;
    Ok(())
}
