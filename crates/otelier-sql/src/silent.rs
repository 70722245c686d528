//! What records, where telemetry is compiled out: nothing listens.

use tracing_subscriber::layer::Identity;

use crate::Config;

pub(crate) fn layer(_: Config) -> Identity {
    Identity::new()
}
