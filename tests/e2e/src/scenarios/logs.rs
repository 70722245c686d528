//! Log records of all levels, and with secrets in them.

use otelier::otel::{
    KeyValue, global,
    trace::{Span as _, Tracer as _},
};

pub(crate) fn levels() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    tracing::info!("outside");
    tracing::info_span!("inside").in_scope(|| {
        tracing::trace!("at trace");
        tracing::debug!("at debug");
        tracing::info!("at info");
        tracing::warn!("at warn");
        tracing::error!("at error");
        tracing::debug!(target: "elsewhere", "elsewhere at debug");
    });
    let _ = telemetry.shutdown_blocking();
    Ok(())
}

pub(crate) fn secrets() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    tracing::info_span!(
        "by tracing",
        password = "hunter2",
        api_key = "hunter2",
        max_tokens = 100,
        token_count = 7
    )
    .in_scope(|| {
        tracing::info!(
            db.password = "hunter2",
            authorization = "Bearer hunter2",
            max_tokens = 100,
            "log"
        );
    });
    let mut span = global::tracer("secrets").start("by api");
    span.set_attribute(KeyValue::new("client_secret", "hunter2"));
    span.add_event("login", vec![KeyValue::new("access_token", "hunter2")]);
    span.end();
    // What was redacted is counted when it is sent, and told with the next metrics.
    super::ends::current_thread()?.block_on(async {
        let _ = telemetry.flush().await;
        let _ = telemetry.shutdown().await;
        Ok(())
    })
}
