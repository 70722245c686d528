//! The client, as what it records says who recorded it.

use std::error::Error;

use opentelemetry::InstrumentationScope;
use otelier_core::{
    Outcome, Run,
    edge::{
        Span,
        http_client::{self, Answer, Client},
    },
    name_error, scope,
};

use super::error;
use crate::config::{Config, SpanEnd};

pub(crate) type Telemetry = http_client::Telemetry<Reqwest>;
pub(crate) type Way<'a> = http_client::Way<'a, Reqwest>;
pub(crate) type Operation = http_client::Operation<Reqwest>;
pub(crate) type Attempt = Run<Operation>;

// It moves with every poll: a line of the cache more would cost a call of
// `memcpy` each time.
const _: () = assert!(size_of::<Attempt>() <= 128);

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

    fn fail(
        _: &SpanEnd,
        answer: Option<Answer>,
        span: &Span,
        error: &(dyn Error + 'static),
    ) -> Outcome {
        error::fail(error, answer, span)
    }
}
