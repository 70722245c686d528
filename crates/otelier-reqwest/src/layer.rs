//! The layer, for services over reqwest without its middleware.

use tower_layer::Layer;

use crate::{
    config::Config,
    record::{Layered, Telemetry, layered},
    service::Trace,
};

/// Records a span and metrics for each request of a tower service over
/// [`reqwest::Client`], see the [crate] root.
///
/// Put it on innermost, directly around the client: a retry layer outside of it
/// gives one span per attempt. These are not counted, and have no template: a
/// [`reqwest::Request`] carries no extensions.
///
/// The layer records to the providers that are current when it is made, or, if
/// there are none, to the process's as soon as these are installed.
///
/// Context of others passes through as with the middleware.
///
/// ```
/// use otelier_reqwest::TraceLayer;
/// use tower_layer::Layer as _;
///
/// let client = TraceLayer::new().layer(reqwest::Client::new());
/// # let _ = client;
/// ```
///
/// # Cost
/// While telemetry is off a request pays two atomic loads and two branches.
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
