//! Flushes that block, wherever code that is not async may be called.

use std::time::Duration;

use anyhow::bail;
use otelier::Telemetry;

/// Flushes there, and tells what came of it before anything stops.
pub(crate) fn blocking(place: &str) -> anyhow::Result<()> {
    let setup = otelier::setup!().with_shutdown_timeout(Duration::from_millis(300));
    let flush = |telemetry: &Telemetry| {
        tracing::info_span!("flushed").in_scope(|| tracing::info!("flushed"));
        let report = telemetry.flush_blocking();
        let [traces, logs] = [&report.status.traces, &report.status.logs];
        crate::tell(format_args!(
            "flushed: {} {} {}",
            report.is_complete(),
            traces.exported,
            logs.exported
        ))
    };
    let telemetry = match place {
        "outside of a runtime" => {
            let telemetry = setup.init();
            flush(&telemetry)?;
            telemetry
        }
        "in a runtime" => crate::runtime(2)?.block_on(async {
            let telemetry = setup.init();
            flush(&telemetry).map(|()| telemetry)
        })?,
        // On the only thread that could run anything.
        "on the only worker" => {
            let runtime = crate::runtime(1)?;
            let task = runtime.spawn(async move {
                let telemetry = setup.init();
                flush(&telemetry).map(|()| telemetry)
            });
            runtime.block_on(task)??
        }
        "on a current-thread runtime" => super::ends::current_thread()?.block_on(async {
            let telemetry = setup.init();
            flush(&telemetry).map(|()| telemetry)
        })?,
        "after the end" => {
            let telemetry = setup.init();
            let again = otelier::init!();
            let _ = telemetry.shutdown_blocking();
            flush(&again)?;
            return Ok(());
        }
        other => bail!("no such place: {other:?}"),
    };
    // It goes on as before.
    flush(&telemetry)?;
    let _ = telemetry.shutdown_blocking();
    Ok(())
}
