//! Panics, told once on the console, in the file, and as a log record.

pub(crate) use otelier_logs::{PanicGuard, PanicHook};

use crate::layers;

/// Has the hook tell where events are exported to, too, and installs it.
pub(crate) fn install(sdk: &otelier_sdk::Telemetry, hook: PanicHook) -> PanicGuard {
    layers::record_panics(sdk, hook).install()
}
