//! Stands for TLS where the feature `tls` is off: no connection is encrypted, and
//! what asks for that cannot be set up.

use std::{convert::Infallible, fmt, io, sync::Arc};

use crate::{Cause, Error, Feature, Protocol, Tls};

#[derive(Clone)]
pub(crate) enum Config {}

#[derive(Clone, Debug)]
pub(crate) struct Fault(Infallible);

impl fmt::Display for Fault {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {}
    }
}

impl std::error::Error for Fault {}

pub(crate) const fn config(_: &Tls, _: Protocol) -> Result<Config, Error> {
    Err(missing("ENDPOINT"))
}

pub(crate) const fn proxy_config(_: &Tls, variable: &'static str) -> Result<Config, Error> {
    Err(missing(variable))
}

const fn missing(variable: &'static str) -> Error {
    Error::NotEnabled {
        variable,
        feature: Feature::Tls,
    }
}

#[expect(clippy::unused_async, reason = "as where it takes time")]
pub(crate) async fn handshake<S>(config: &Config, _: &str, _: S) -> io::Result<S> {
    match *config {}
}

pub(crate) const fn cause(error: &Fault, _: Protocol, _: &Arc<str>) -> Cause {
    match error.0 {}
}
