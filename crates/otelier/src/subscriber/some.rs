//! The `tracing` subscriber that is installed where the program has none.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing_subscriber::{Registry, layer::SubscriberExt as _, util::SubscriberInitExt as _};

#[cfg(feature = "console")]
use crate::console::Printing;
use crate::{
    Setup, Telemetry, layers,
    lines::{PanicHook, hear_log_crate},
};

/// Set once a subscriber of ours is in place: a second `init` leaves it alone.
static OURS: AtomicBool = AtomicBool::new(false);

/// Installs a subscriber of the export layers and the console, unless there is
/// nothing to put in it. Returns what prints panics beside it.
pub(crate) fn install(setup: &Setup, telemetry: &mut Telemetry) -> PanicHook {
    if OURS.load(Ordering::Acquire) {
        return PanicHook::default();
    }
    let mut hook = PanicHook::default();
    let export = layers::export::<Registry>(telemetry);
    let printing = printing(setup, telemetry);
    let exports = export.is_some();
    let shows = !printing.layers.is_empty();
    let layers = export.into_iter().chain(printing.layers);
    let layers: Vec<_> = layers.chain(own(setup)).collect();
    let useful = !layers.is_empty();
    if useful
        && tracing_subscriber::registry()
            .with(layers)
            .try_init()
            .is_ok()
    {
        OURS.store(true, Ordering::Release);
        telemetry.sdk.speak_through_ours();
        hook = printing.panics;
        #[cfg(feature = "file")]
        {
            telemetry.file = printing.file;
        }
        if !shows {
            telemetry.sdk.speak_on_stderr();
        }
        hear_log_crate();
    } else if exports {
        telemetry.sdk.warn(
            "the program has a `tracing` subscriber already, so its spans and events are not \
             exported: start with `otelier::setup!().without_subscriber().init()`, then add \
             `telemetry.layer()` to that subscriber",
        );
    }
    for problem in printing.problems {
        telemetry.sdk.warn(&problem);
    }
    hook
}

#[cfg(feature = "layer")]
fn own(setup: &Setup) -> Vec<layers::Boxed<Registry>> {
    setup.own_layers.take()
}

#[cfg(not(feature = "layer"))]
fn own(_: &Setup) -> Vec<layers::Boxed<Registry>> {
    Vec::new()
}

#[cfg(feature = "console")]
fn printing(setup: &Setup, telemetry: &Telemetry) -> Printing {
    let service = telemetry.sdk.service_name(&setup.sdk);
    Printing::new(&setup.console, &service, &telemetry.limit)
}

/// Without the console nothing is printed.
#[cfg(not(feature = "console"))]
struct Printing {
    layers: Vec<layers::Boxed<Registry>>,
    panics: PanicHook,
    problems: Vec<String>,
}

#[cfg(not(feature = "console"))]
fn printing(_: &Setup, _: &Telemetry) -> Printing {
    Printing {
        layers: Vec::new(),
        panics: PanicHook::default(),
        problems: Vec::new(),
    }
}
