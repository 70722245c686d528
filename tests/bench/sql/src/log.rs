//! Who hears what sqlx logs.

use otelier_sql::{Config, layer};
use tracing_subscriber::{Layer, Registry, filter::Targets, layer::SubscriberExt as _};

/// Does nothing with it: what is left is sqlx's own share.
struct Deaf;

impl Layer<Registry> for Deaf {}

pub(crate) fn hear() {
    let filter = Targets::new().with_target("sqlx::query", tracing::Level::DEBUG);
    let subscriber = tracing_subscriber::registry().with(Deaf.with_filter(filter));
    tracing::subscriber::set_global_default(subscriber).expect("once");
}

pub(crate) fn listen() {
    let subscriber = tracing_subscriber::registry().with(layer(Config::new()));
    tracing::subscriber::set_global_default(subscriber).expect("once");
}
