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
