//! The layers that export.

use tracing_core::Subscriber;
use tracing_subscriber::{Layer, registry::LookupSpan};

use crate::Telemetry;
#[cfg(any(feature = "console", feature = "logs"))]
use crate::panics::PanicHook;

/// A layer for any subscriber.
pub(crate) type Boxed<S> = Box<dyn Layer<S> + Send + Sync>;

/// Spans, events where the bridge is compiled in, and statements where they are
/// listened to; `None` while telemetry is off.
pub(crate) fn export<S>(telemetry: &Telemetry) -> Option<Boxed<S>>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let spans = telemetry.sdk.span_layer()?;
    // As one: of layers that follow each other on a registry, the last says alone which level
    // is the most that is asked for.
    let more = events(telemetry).into_iter().chain(statements(telemetry));
    let more: Vec<_> = more.collect();
    if more.is_empty() {
        return Some(spans);
    }
    Some(spans.and_then(more).boxed())
}

#[cfg(feature = "sql-log")]
fn statements<S>(telemetry: &Telemetry) -> Option<Boxed<S>>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let config = telemetry.sql_log.clone()?;
    Some(otelier_sql::layer(config).boxed())
}

#[cfg(not(feature = "sql-log"))]
fn statements<S>(_: &Telemetry) -> Option<Boxed<S>> {
    None
}

#[cfg(feature = "logs")]
fn events<S>(telemetry: &Telemetry) -> Option<Boxed<S>>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let provider = telemetry.sdk.logger_provider()?;
    let directives = telemetry.sdk.log_filter()?.clone();
    let mut ship = otelier_logs::Ship::new()
        .with_directives(directives)
        .with_span_fields(telemetry.sdk.log_span_fields());
    if let Some((name, version)) = telemetry.sdk.own_crate() {
        ship = ship.with_version_of(name, version);
    }
    if let Some(limit) = telemetry.limit.get() {
        ship = ship.with_limit(limit.clone());
    }
    let bridge = otelier_logs::bridge(provider, ship);
    if let Some(filter) = &telemetry.log_filter {
        filter.join(bridge.filter());
    }
    Some(bridge.boxed())
}

#[cfg(not(feature = "logs"))]
fn events<S>(_: &Telemetry) -> Option<Boxed<S>> {
    None
}

/// Has panics shipped where events are.
#[cfg(feature = "logs")]
pub(crate) fn record_panics(telemetry: &Telemetry, hook: PanicHook) -> PanicHook {
    let Some(provider) = telemetry.sdk.logger_provider() else {
        return hook;
    };
    let flushed = provider.clone();
    hook.with_records(provider, move || drop(flushed.force_flush()))
}

#[cfg(all(feature = "console", not(feature = "logs")))]
pub(crate) fn record_panics(_: &Telemetry, hook: PanicHook) -> PanicHook {
    hook
}
