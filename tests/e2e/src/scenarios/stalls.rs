//! A runtime that is blocked for a while.

use std::{
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};

use anyhow::bail;
use tokio::{runtime::Handle, task::JoinSet};

const BLOCKED: Duration = Duration::from_millis(1500);

/// Blocks every worker at once, then waits for its end.
pub(crate) fn on(flavor: &str) -> anyhow::Result<()> {
    let runtime = match flavor {
        "multi-thread" => crate::runtime(2)?,
        "current-thread" => super::ends::current_thread()?,
        other => bail!("no such flavor: {other:?}"),
    };
    runtime.block_on(async {
        let telemetry = otelier::init!();
        let stop = otelier::shutdown_signal();
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
        stop.await;
        let _ = telemetry.shutdown().await;
        Ok(())
    })
}

/// Tells when it is ready, and does nothing until its end.
pub(crate) fn none() -> anyhow::Result<()> {
    crate::runtime(2)?.block_on(async {
        let telemetry = otelier::init!();
        let stop = otelier::shutdown_signal();
        crate::tell(format_args!("ready"))?;
        stop.await;
        let _ = telemetry.shutdown().await;
        Ok(())
    })
}

/// Tells which runtimes a program of three is told to watch.
pub(crate) fn several() -> anyhow::Result<()> {
    let telemetry = otelier::setup!()
        .with_stall_threshold(Duration::from_secs(60))
        .init();
    let [cpu, io] = [crate::runtime(1)?, crate::runtime(3)?];
    let watches = [
        otelier::runtime::watch("cpu", cpu.handle()),
        otelier::runtime::watch("io", io.handle()),
    ];
    let watching = watches.iter().filter(|watch| watch.is_watching()).count();
    crate::tell(format_args!("watching: {watching}"))?;
    // What is dropped now is told of once more.
    drop(watches);
    let _ = telemetry.shutdown_blocking();
    Ok(())
}

/// Blocks its thread, as no task may.
#[expect(clippy::disallowed_methods, reason = "to block is what it is for")]
fn block() {
    thread::sleep(BLOCKED);
}
