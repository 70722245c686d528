//! Without OpenTelemetry there is nothing to export to.

use tracing_core::Subscriber;
use tracing_subscriber::Layer;

use crate::Telemetry;
#[cfg(feature = "console")]
use crate::panics::PanicHook;

pub(crate) type Boxed<S> = Box<dyn Layer<S> + Send + Sync>;

pub(crate) fn export<S: Subscriber>(_: &Telemetry) -> Option<Boxed<S>> {
    None
}

#[cfg(feature = "console")]
pub(crate) fn record_panics(_: &otelier_sdk::Telemetry, hook: PanicHook) -> PanicHook {
    hook
}
