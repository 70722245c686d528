//! Set-up in unusual ways.

use std::time::Duration;

/// Started twice, as by a program and a library in it.
pub(crate) fn init() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    let again = otelier::init!();
    tracing::info_span!("once").in_scope(|| tracing::info!("said once"));
    // The second guard is not the one that ends telemetry.
    drop(again);
    tracing::info_span!("later").in_scope(|| tracing::info!("said later"));
    let _ = telemetry.shutdown_blocking();
    Ok(())
}

/// Stops soon, whatever the receiver does.
pub(crate) fn impatient() -> anyhow::Result<()> {
    let setup = otelier::setup!().with_shutdown_timeout(Duration::from_millis(300));
    let telemetry = setup.init();
    tracing::info_span!("hurried").in_scope(|| tracing::info!("hurried"));
    let report = telemetry.shutdown_blocking();
    crate::tell(format_args!("complete: {}", report.is_complete()))?;
    for signal in [&report.status.traces, &report.status.logs] {
        let lost = signal.dropped + signal.failed;
        crate::tell(format_args!("books: {} and {lost} lost", signal.exported))?;
    }
    Ok(())
}

/// Flushes and stops in all the time of the world.
pub(crate) fn eternal() -> anyhow::Result<()> {
    let telemetry = otelier::setup!()
        .with_shutdown_timeout(Duration::MAX)
        .init();
    tracing::info_span!("flushed").in_scope(|| ());
    let runtime = super::ends::current_thread()?;
    let flushed = runtime.block_on(telemetry.flush()).is_complete();
    tracing::info_span!("stopped").in_scope(|| ());
    let stopped = telemetry.shutdown_blocking().is_complete();
    crate::tell(format_args!("complete: {}", flushed && stopped))?;
    Ok(())
}

/// Named and described in code.
pub(crate) fn named() -> anyhow::Result<()> {
    let telemetry = otelier::setup!()
        .with_service_name("named in code")
        .with_attribute("team", "platform")
        .with_revision(&[None, Some("0123abcd")])
        .init();
    tracing::info_span!("named").in_scope(|| ());
    let _ = telemetry.shutdown_blocking();
    Ok(())
}
