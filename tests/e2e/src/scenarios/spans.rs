//! Spans of `tracing`.

use tracing::field::Empty;

pub(crate) fn fields() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    let span = tracing::info_span!(
        "numbers",
        small = 1_u8,
        size = 2_usize,
        most = i64::MAX as u64,
        above = u64::MAX,
        text = "3",
        early = Empty,
        late = Empty,
    );
    span.record("early", 4_u64);
    span.in_scope(|| span.record("late", 5_u64));
    drop(span);

    drop(tracing::info_span!(target: "opentelemetry_app::orders", "of an app"));
    drop(tracing::info_span!(target: "otelier_shop", "of a shop"));
    drop(tracing::info_span!(target: "opentelemetry_sdk::trace", "of the SDK"));
    drop(tracing::info_span!(target: "otelier_sdk", "of otelier"));
    let _ = telemetry.shutdown_blocking();
    Ok(())
}
