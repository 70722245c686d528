//! The layer, and the shortest way to put it on.

use std::sync::{Arc, OnceLock};

use axum::Router;
use otelier_core::Source;
use tower_layer::Layer;

use super::{service::Trace, telemetry::Telemetry};

/// Records a span and metrics for each request, see the [crate] root.
///
/// Put it on with [`Router::layer`] as the last call, so that fallbacks are
/// covered; with `ServiceBuilder` around something else than a router it works
/// too, without routes. Where two of them meet, the outer one records.
///
/// The layer records to the providers that are current when it is made, or, if
/// there are none, to the process's as soon as these are installed.
///
/// # Cost
/// While telemetry is off a request pays one atomic load and a branch.
#[derive(Clone, Debug, Default)]
pub struct TraceLayer {
    shared: Arc<Shared>,
}

/// What the clones of a layer have in common.
#[derive(Debug)]
pub(super) struct Shared {
    source: Source,
    telemetry: OnceLock<Telemetry>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            source: Source::current(),
            telemetry: OnceLock::new(),
        }
    }
}

impl Shared {
    /// Tracer and instruments, made at the first request, or `None` while
    /// telemetry is off.
    #[inline]
    pub(super) fn telemetry(&self) -> Option<&Telemetry> {
        let providers = self.source.providers()?;
        Some(
            self.telemetry
                .get_or_init(|| Telemetry::new(providers.clone())),
        )
    }
}

impl TraceLayer {
    /// Makes a layer that records to the current providers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<S> Layer<S> for TraceLayer {
    type Service = Trace<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Trace::new(inner, Arc::clone(&self.shared))
    }
}

/// Makes a layer for a part of a router, see [`TraceLayer`].
#[must_use]
pub fn layer() -> TraceLayer {
    TraceLayer::new()
}

/// Records every request of a router that is complete.
///
/// While telemetry is off the router comes back untouched, so that its
/// requests cost nothing; call it after telemetry was set up.
pub fn instrument<S>(router: Router<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    if Source::current().providers().is_some() {
        router.layer(layer())
    } else {
        router
    }
}
