//! The layers that export.

use tracing_core::Subscriber;
use tracing_subscriber::{Layer, registry::LookupSpan};

use crate::Telemetry;

/// A layer for any subscriber.
pub(crate) type Boxed<S> = Box<dyn Layer<S> + Send + Sync>;

/// Spans, events where the bridge is compiled in, and statements where they are
/// listened to; `None` while telemetry is off.
pub(crate) fn export<S>(telemetry: &Telemetry) -> Option<Boxed<S>>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let spans = telemetry.sdk.span_layer()?;
    let mut layers = vec![spans];
    layers.extend(events(telemetry));
    layers.extend(statements(telemetry));
    // Not one around the other: on a registry the outermost alone would say which levels
    // anybody wants.
    Some(layers.boxed())
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
