//! The layer for what sqlx logs.

use tracing_core::Subscriber;
use tracing_subscriber::{Layer, registry::LookupSpan};

use crate::{Config, record};

/// A `tracing` layer that records each statement which sqlx 0.7, 0.8 or 0.9 logs
/// when it is over, whoever owns the pool, with a filter of its own: other layers
/// see of these events what they saw before. Without the feature `otel` it does
/// nothing.
///
/// It records to the providers that are current when it is made, or, if there are
/// none, to the process's as soon as these are installed.
///
/// ```
/// use otelier_sql::Config;
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// let config = Config::new().with_system("postgresql");
/// let subscriber = tracing_subscriber::registry().with(otelier_sql::layer(config));
/// # drop(subscriber);
/// ```
///
/// # Cost
/// `DEBUG` becomes the most that the process's callsites ask for; those of others
/// remember that nobody wants them.
#[must_use]
pub fn layer<S>(config: Config) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    record::layer(config)
}
