//! The layer.

use tower_layer::Layer;

use super::{config::Config, service::GenAi};
use crate::record::{Layered, Telemetry, layered};

/// Reads calls to models out of the requests of a tower service and their answers, see
/// the [crate] root.
///
/// It stands outside of the layer that records requests, and outside of retries: a call
/// is one span, however often it is tried. Services of [`http::Request`] have a body that
/// is cloned to be read, such as `Full<Bytes>`; those of reqwest need nothing.
///
/// The layer records to the providers that are current when it is made, or, if there
/// are none, to the process's as soon as these are installed.
///
/// ```
/// use otelier_genai::GenAiLayer;
/// use tower_layer::Layer as _;
///
/// # fn wrap<S>(client: S) {
/// let client = GenAiLayer::new().layer(client);
/// # drop(client);
/// # }
/// ```
///
/// # Cost
/// A request that is no call to a model pays a look at its method and path.
#[derive(Clone, Debug, Default)]
pub struct GenAiLayer {
    telemetry: Telemetry,
}

impl GenAiLayer {
    /// Makes a layer that knows the providers' own hosts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a layer that knows others, too, or prices.
    #[must_use]
    pub fn with_config(config: Config) -> Self {
        Self {
            telemetry: Telemetry::new(config),
        }
    }

    #[cfg_attr(
        not(feature = "reqwest"),
        expect(dead_code, reason = "reqwest's alone")
    )]
    pub(crate) fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }
}

impl<S> Layer<S> for GenAiLayer {
    type Service = Layered<S, GenAi<S>>;

    fn layer(&self, inner: S) -> Self::Service {
        layered(inner, |inner| GenAi::new(inner, self.telemetry.clone()))
    }
}
