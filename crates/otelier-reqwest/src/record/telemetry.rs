//! The client, as what it records says who recorded it.

use std::error::Error;

use opentelemetry::InstrumentationScope;
use otelier_core::{Outcome, edge::http_client::Client, name_error, scope};

use super::{Operation, error};
use crate::config::{Config, SpanEnd};

/// The client that requests are made with.
pub(crate) struct Reqwest;

impl Client for Reqwest {
    type Config = Config;
    type More = SpanEnd;

    fn scope() -> InstrumentationScope {
        scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn prepare() {
        name_error::<reqwest::Error>();
        name_error::<reqwest_middleware::Error>();
    }

    fn fail(operation: &Operation, error: &(dyn Error + 'static)) -> Outcome {
        error::fail(error, operation.answer, &operation.span)
    }
}
