//! Jobs that are under way when the process is asked to end.

use std::{convert::Infallible, future::pending, sync::Arc};

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
