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

/// Changes what the console shows.
pub(crate) fn changes() -> anyhow::Result<()> {
    let filter = otelier::ConsoleFilter::new();
    let telemetry = otelier::setup!().with_console_filter(&filter).init();
    let say = |when: &str| {
        tracing::info!("info {when}");
        tracing::debug!("debug {when}");
    };
    say("first");
    filter.set("debug")?;
    say("second");
    anyhow::ensure!(filter.set("scenario=loud").is_err());
    say("third");
    filter.clone().set("warn")?;
    say("fourth");
    let _ = telemetry.shutdown_blocking();
    Ok(())
}

/// Changes what is shipped.
pub(crate) fn ships() -> anyhow::Result<()> {
    let filter = otelier::LogFilter::new();
    let telemetry = otelier::setup!().with_log_filter(&filter).init();
    let say = |when: &str| {
        tracing::info!("info {when}");
        tracing::debug!("debug {when}");
        tracing::debug!(target: "hyper::proto", "hyper {when}");
    };
    say("first");
    filter.set("debug")?;
    say("second");
    anyhow::ensure!(filter.set("scenario=loud").is_err());
    say("third");
    filter.clone().set("warn,hyper=debug")?;
    say("fourth");
    let _ = telemetry.shutdown_blocking();
    Ok(())
}

/// Says more in a second than it may.
pub(crate) fn limited(lines: &str) -> anyhow::Result<()> {
    let telemetry = otelier::setup!().with_log_limit(lines.parse()?).init();
    for at in 0..500 {
        tracing::info!(at, "flood");
    }
    tracing::error!("error beside it");
    tracing::info!(target: "elsewhere", "another target");
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

/// The same key again and again, wherever one can stand.
pub(crate) fn doubles() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    let job = async {
        otelier::context::set("user.id", "of the context");
        tracing::info!(user.id = "of the event", "nearest");
        tracing::info!("farther");
        tracing::info!(a = 1, b = 2, a = 3, "last");
        tracing::info!(code.file.path = "mine", "place");
        let span = tracing::info_span!("work", user.id = "of the span", step = 1);
        for step in 2..4 {
            span.record("step", step);
        }
        drop(span.enter());
        let mut span = global::tracer("doubles").start("by api");
        let twice = || {
            vec![
                KeyValue::new("a", 1),
                KeyValue::new("b", 2),
                KeyValue::new("a", 3),
            ]
        };
        span.set_attributes(twice());
        span.add_event("said", twice());
        span.end();
        let counter = global::meter("doubles").u64_counter("counted").build();
        counter.add(1, &twice());
        Ok::<_, std::convert::Infallible>(())
    };
    super::ends::current_thread()?.block_on(async {
        let _ = otelier::jobs::Job::new("doubles").run(job).await;
        let _ = telemetry.shutdown().await;
        Ok(())
    })
}
