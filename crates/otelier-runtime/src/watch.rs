//! The guard of a watched runtime.

use std::sync::{Arc, Once};

use otelier_core::cut;
use tokio::runtime::Handle;

use super::{
    heartbeat::{Heartbeat, Pulse},
    runtimes::Refusal,
    stalls::Stalls,
    telemetry::Telemetry,
    watchdog,
};
use crate::Options;

/// What the runtime is called in which telemetry is set up.
const MAIN: &str = "main";
/// A name is a label, and no longer than this.
const NAME_LENGTH: usize = 64;

/// A runtime that is watched; none by default. Watching ends when this is
/// dropped, and when the runtime is.
#[derive(Debug, Default)]
#[must_use = "watching ends when this is dropped"]
pub struct Watch(Option<Arc<Pulse>>);

impl Watch {
    /// Whether the runtime is watched. It is not while telemetry is off, once
    /// the runtime is gone, and if it was one too many.
    #[must_use]
    pub fn is_watching(&self) -> bool {
        self.0.as_ref().is_some_and(|pulse| !pulse.has_ended())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(pulse) = &self.0 {
            pulse.end();
        }
    }
}

/// Observes the process, and watches the runtime that this is called in, if
/// any, as `main`. What `options` say holds for [`watch`] too.
///
/// Takes effect if telemetry was set up before, and once. The facade calls it.
pub fn start(options: Options) -> Watch {
    let Some(telemetry) = Telemetry::current() else {
        return Watch::default();
    };
    if telemetry.options.set(options).is_err() {
        return Watch::default();
    }
    telemetry.observe_process();
    match Handle::try_current() {
        Ok(runtime) => begin(&telemetry, MAIN, &runtime, options),
        Err(_) => Watch::default(),
    }
}

/// Watches a runtime under a name, which is the label `tokio.runtime.name`.
///
/// Takes effect if telemetry was set up before, and for up to sixteen runtimes
/// at a time. A name that is in use stays with its runtime. Of the name, 64
/// bytes are kept.
///
/// # Cost
/// A task in the runtime, and a thread; see the [crate](crate).
pub fn watch(name: &str, runtime: &Handle) -> Watch {
    Telemetry::current().map_or(Watch::default(), |telemetry| {
        let options = telemetry.options.get().copied().unwrap_or_default();
        begin(&telemetry, name, runtime, options)
    })
}

/// The same with options of its own.
pub fn watch_with(name: &str, runtime: &Handle, options: Options) -> Watch {
    Telemetry::current().map_or(Watch::default(), |telemetry| {
        begin(&telemetry, name, runtime, options)
    })
}

fn begin(telemetry: &Arc<Telemetry>, name: &str, runtime: &Handle, options: Options) -> Watch {
    let name = Arc::<str>::from(cut(name, NAME_LENGTH));
    let pulse = Arc::new(Pulse::default());
    if let Err(refusal) = telemetry.runtimes.add(&name, runtime, &pulse) {
        refuse(refusal, &name);
        return Watch::default();
    }
    // It also tells when the runtime ends, so it is needed without a watchdog.
    runtime.spawn(Heartbeat(Arc::clone(&pulse)));
    if let Some(threshold) = options.stall_threshold() {
        let stalls = Stalls::new(telemetry, name, runtime.clone());
        watchdog::watch(Arc::clone(&pulse), threshold, stalls);
    }
    Watch(Some(pulse))
}

fn refuse(refusal: Refusal, name: &str) {
    static TAKEN: Once = Once::new();
    static TOO_MANY: Once = Once::new();
    match refusal {
        Refusal::NameTaken => TAKEN.call_once(|| {
            tracing::warn!("a runtime called {name:?} is watched already; another is not");
        }),
        Refusal::TooMany => TOO_MANY.call_once(|| {
            tracing::warn!("the runtime {name:?} is one too many to be watched");
        }),
    }
}
