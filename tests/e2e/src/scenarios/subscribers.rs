//! Programs with a `tracing` subscriber of their own.

use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

fn fmt_layer<S>() -> impl tracing_subscriber::Layer<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    tracing_subscriber::fmt::layer().with_ansi(false)
}

/// Its subscriber is there before telemetry.
pub(crate) fn first() -> anyhow::Result<()> {
    tracing_subscriber::registry().with(fmt_layer()).init();
    let telemetry = otelier::init!();
    tracing::info_span!("theirs").in_scope(|| tracing::info!("own line"));
    let _ = telemetry.shutdown_blocking();
    Ok(())
}

/// A filter for all layers that names the program's targets alone.
pub(crate) fn deaf() -> anyhow::Result<()> {
    let telemetry = otelier::setup!().without_subscriber().init();
    tracing_subscriber::registry()
        .with(telemetry.layer())
        .with(fmt_layer())
        .with(only_ours())
        .init();
    let _second = otelier::setup!().without_subscriber().init();
    let _ = telemetry.shutdown_blocking();
    Ok(())
}

/// The same filter on what is printed, as getting-started has it.
pub(crate) fn filtered_layer() -> anyhow::Result<()> {
    use tracing_subscriber::Layer as _;

    let telemetry = otelier::setup!().without_subscriber().init();
    tracing_subscriber::registry()
        .with(telemetry.layer())
        .with(fmt_layer().with_filter(only_ours()))
        .init();
    tracing::info!(target: "library", "shipped alone");
    tracing::info!(target: "app", "shipped and printed");
    let _ = telemetry.shutdown_blocking();
    Ok(())
}

/// `app=debug,tower_http=debug`
fn only_ours() -> tracing_subscriber::filter::Targets {
    let level = tracing::Level::DEBUG;
    tracing_subscriber::filter::Targets::new()
        .with_target("app", level)
        .with_target("tower_http", level)
}

/// It drops the guard where it gets it, and goes on.
pub(crate) fn unkept() -> anyhow::Result<()> {
    let _ = otelier::init!();
    tracing::info!("lost");
    Ok(())
}

/// It takes the export layer into its own subscriber.
pub(crate) fn with_layer() -> anyhow::Result<()> {
    let telemetry = otelier::setup!().without_subscriber().init();
    tracing_subscriber::registry()
        .with(telemetry.layer())
        .with(fmt_layer())
        .init();
    tracing::info_span!("theirs").in_scope(|| tracing::info!("own line"));
    let _ = telemetry.shutdown_blocking();
    Ok(())
}
