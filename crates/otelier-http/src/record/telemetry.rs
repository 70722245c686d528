//! The client, as what it records says who recorded it.

use std::error::Error;

use opentelemetry::InstrumentationScope;
use otelier_core::{
    Outcome, Run,
    edge::{
        Span,
        http_client::{self, Answer, Client},
    },
    scope,
};

use super::error;
use crate::config::Config;

pub(crate) type Telemetry = http_client::Telemetry<Http>;
pub(crate) type Way<'a> = http_client::Way<'a, Http>;
pub(crate) type Peers = http_client::Peers<Http>;
pub(crate) type Record = http_client::Operation<Http>;
pub(crate) type Operation = Run<Record>;

const _: () = assert!(size_of::<Operation>() <= 128);

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

    fn fail(
        more: &IsSecure,
        _: Option<Answer>,
        span: &Span,
        error: &(dyn Error + 'static),
    ) -> Outcome {
        error::fail(error, more.0, span)
    }
}
