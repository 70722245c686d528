//! The layer.

use tower_layer::Layer;

use crate::{
    config::Config,
    record::{Layered, Telemetry, layered},
    service::Trace,
};

/// Records a span and metrics for each request of a tower service of
/// [`http::Request`], see the [crate] root.
///
/// Put it on innermost, directly around the client: a retry layer outside of it
/// gives one span per attempt. A second one gives a second span. The service's
/// error is a type that is an [`Error`](std::error::Error), as a client's own is;
/// layers that box it stand outside.
///
/// The layer records to the providers that are current when it is made, or, if
/// there are none, to the process's as soon as these are installed.
///
/// While telemetry is disabled, or all its exporters are `none`, the current
/// context is sent along all the same, so that the traces of others stay whole;
/// where neither an endpoint nor `OTEL_PROPAGATORS` is set nothing is done.
///
/// See the [example of the crate](crate).
///
/// # Cost
/// While telemetry is off a request pays two atomic loads and two branches; where
/// it is compiled out, the service is the client itself.
#[derive(Clone, Debug, Default)]
pub struct TraceLayer {
    telemetry: Telemetry,
}

impl TraceLayer {
    /// Makes a layer that records to the current providers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a layer that records as the configuration says.
    #[must_use]
    pub fn with_config(config: Config) -> Self {
        Self {
            telemetry: Telemetry::new(config),
        }
    }
}

impl<S> Layer<S> for TraceLayer {
    type Service = Layered<S, Trace<S>>;

    fn layer(&self, inner: S) -> Self::Service {
        layered(inner, |inner| Trace::new(inner, self.telemetry.clone()))
    }
}
