//! How a runtime comes to be watched, and ceases to be.

use std::sync::{Arc, LazyLock, Once};

use otelier_core::{Observed, cut};
use tokio::runtime::Handle;

use super::{
    heartbeat::{Heartbeat, Pulse},
    runtimes::Refusal,
    stalls::Stalls,
    telemetry::Telemetry,
    watchdog,
};
use crate::options::Options;

/// What the runtime is called in which telemetry is set up.
const MAIN: &str = "main";
/// A name is a label, and no longer than this.
const NAME_LENGTH: usize = 64;

/// What was to be watched before telemetry was set up.
static EARLY: LazyLock<Observed<Target>> = LazyLock::new(Observed::new);

/// What the guard holds.
#[derive(Debug, Default)]
pub(crate) struct Watching(Option<Arc<Target>>);

pub(crate) fn is_watching(watching: &Watching) -> bool {
    let target = watching.0.as_ref();
    target.is_some_and(|target| target.pulse.is_alive())
}

impl Drop for Watching {
    fn drop(&mut self) {
        if let Some(target) = &self.0 {
            target.pulse.end();
        }
    }
}

/// A runtime that is to be watched.
#[derive(Debug)]
struct Target {
    name: Arc<str>,
    runtime: Handle,
    options: Option<Options>,
    pulse: Arc<Pulse>,
}

impl Target {
    fn new(name: &str, runtime: &Handle, options: Option<Options>) -> Self {
        Self {
            name: cut(name, NAME_LENGTH).into(),
            runtime: runtime.clone(),
            options,
            pulse: Arc::default(),
        }
    }

    /// Begins to watch it, once.
    fn begin(&self, telemetry: &Arc<Telemetry>) {
        let pulse = &self.pulse;
        if !pulse.begin() {
            return;
        }
        if let Err(refusal) = telemetry.runtimes.add(&self.name, &self.runtime, pulse) {
            pulse.end();
            return refuse(refusal, &self.name);
        }
        // It also tells when the runtime ends, so it is needed without a watchdog.
        self.runtime.spawn(Heartbeat(Arc::clone(pulse)));
        let options = self.options.or_else(|| telemetry.options.get().copied());
        if let Some(threshold) = options.unwrap_or_default().stall_threshold() {
            let name = Arc::clone(&self.name);
            let stalls = Stalls::new(telemetry, name, self.runtime.clone());
            watchdog::watch(Arc::clone(pulse), threshold, stalls);
        }
    }
}

pub(crate) fn start(options: Options) -> Watching {
    let Some(telemetry) = Telemetry::current() else {
        return Watching::default();
    };
    if telemetry.options.set(options).is_err() {
        return Watching::default();
    }
    telemetry.observe_process();
    let main = Handle::try_current().map(|runtime| {
        let main = Target::new(MAIN, &runtime, None);
        main.begin(&telemetry);
        Arc::new(main)
    });
    if telemetry.captured.is_none() {
        EARLY.each(|target| target.begin(&telemetry));
    }
    Watching(main.ok())
}

pub(crate) fn watch(name: &str, runtime: &Handle, options: Option<Options>) -> Watching {
    let target = Arc::new(Target::new(name, runtime, options));
    if Telemetry::current().is_none() {
        EARLY.add(&target);
    }
    // It may have been set up just now.
    if let Some(telemetry) = Telemetry::current() {
        target.begin(&telemetry);
    }
    Watching(Some(target))
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
