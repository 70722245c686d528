//! The client, as what it records says who recorded it.

use std::error::Error;

use opentelemetry::InstrumentationScope;
use otelier_core::{Outcome, edge::http_client::Client, scope};

use super::error;
use crate::config::Config;

/// Any client.
pub(crate) struct Http;

/// Whether a request goes over TLS.
pub(crate) struct IsSecure(pub(super) bool);

impl Client for Http {
    type Config = Config;
    type More = IsSecure;

    fn scope() -> InstrumentationScope {
        scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn fail(operation: &super::Record, error: &(dyn Error + 'static)) -> Outcome {
        error::fail(error, operation.more.0, &operation.span)
    }
}
