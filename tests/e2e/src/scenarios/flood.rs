//! More than can be sent, from many threads.

use std::{sync::Barrier, thread, time::Duration};

use otelier::{
    SignalStatus,
    otel::{global, trace::Tracer as _},
};

const THREADS: u64 = 4;

/// Records `each` spans and log records on every thread, then tells the books.
pub(crate) fn books(each: &str) -> anyhow::Result<()> {
    let each: u64 = each.parse()?;
    let setup = otelier::setup!().with_shutdown_timeout(Duration::from_secs(60));
    let telemetry = setup.init();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let tracer = global::tracer("flood");
                for at in 0..each {
                    drop(tracer.start("flood"));
                    tracing::info!(at, "flood");
                }
            });
        }
    });
    let report = telemetry.shutdown_blocking();
    let show =
        |signal: &SignalStatus| format!("{} {} {}", signal.exported, signal.dropped, signal.failed);
    crate::tell(format_args!("traces: {}", show(&report.status.traces)))?;
    crate::tell(format_args!("logs: {}", show(&report.status.logs)))?;
    crate::tell(format_args!("metrics: {}", show(&report.status.metrics)))?;
    crate::tell(format_args!("recorded: {}", THREADS * each))?;
    Ok(())
}

/// Starts telemetry on many threads at once; each records when all have.
pub(crate) fn race() -> anyhow::Result<()> {
    let threads = 8;
    let (start, started) = (Barrier::new(threads), Barrier::new(threads));
    let guards: Vec<_> = thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    let telemetry = otelier::init!();
                    started.wait();
                    tracing::info_span!("raced").in_scope(|| tracing::info!("raced"));
                    drop(global::tracer("race").start("raced by api"));
                    telemetry
                })
            })
            .collect();
        handles.into_iter().filter_map(|h| h.join().ok()).collect()
    });
    crate::tell(format_args!("guards: {}", guards.len()))?;
    Ok(())
}

/// Goes on recording when telemetry has stopped.
pub(crate) fn afterwards() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    tracing::info_span!("before").in_scope(|| tracing::info!("before"));
    let report = telemetry.shutdown_blocking();
    crate::tell(format_args!("complete: {}", report.is_complete()))?;
    for _ in 0..5000 {
        tracing::info_span!("afterwards").in_scope(|| tracing::info!("afterwards"));
        let meter = global::meter("flood");
        meter.u64_counter("afterwards").build().add(1, &[]);
    }
    Ok(())
}
