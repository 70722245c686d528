//! The `tracing` subscriber that is installed where the program has none.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing_subscriber::{Registry, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::{Setup, Telemetry, layers};

/// Set once a subscriber of ours is in place: a second `init` leaves it alone.
static OURS: AtomicBool = AtomicBool::new(false);

/// Installs a subscriber of the export layers and the console, unless there is
/// nothing to put in it.
pub(crate) fn install(setup: &Setup, telemetry: &Telemetry) {
    if OURS.load(Ordering::Acquire) {
        return;
    }
    let export = layers::export::<Registry>(telemetry);
    let (console, problems) = console(setup);
    if export.is_none() && console.is_none() {
        return;
    }
    let exports = export.is_some();
    let shows = console.is_some();
    let subscriber =
        tracing_subscriber::registry().with(export.into_iter().chain(console).collect::<Vec<_>>());
    if subscriber.try_init().is_ok() {
        OURS.store(true, Ordering::Release);
        if !shows {
            telemetry.0.speak_on_stderr();
        }
        bridge_log_crate();
    } else if exports {
        telemetry.0.warn(
            "the program has a `tracing` subscriber already, so its spans and events are not \
             exported: start with `otelier::setup!().without_subscriber().init()`, then add \
             `telemetry.layer()` to that subscriber",
        );
    }
    for problem in problems {
        telemetry.0.warn(&problem);
    }
}

/// Records of the `log` crate become events. A logger that is already set is the
/// program's choice.
fn bridge_log_crate() {
    #[cfg(any(feature = "console", feature = "logs"))]
    otelier_logs::install_log_tracer().ok();
}

#[cfg(feature = "console")]
fn console(setup: &Setup) -> (Option<layers::Boxed<Registry>>, Vec<String>) {
    crate::console::layer(setup)
}

#[cfg(not(feature = "console"))]
fn console(_: &Setup) -> (Option<layers::Boxed<Registry>>, Vec<String>) {
    (None, Vec::new())
}
