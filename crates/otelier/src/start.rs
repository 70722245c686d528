//! Starts what the set-up asks for.

use std::panic::Location;

use crate::{
    Setup, Telemetry,
    lines::{Limit, PanicGuard, PanicHook, tell_of_panics},
    setup::Subscriber,
    subscriber,
};

impl Setup {
    /// Starts what the environment asks for.
    ///
    /// Never fails: what cannot be used is said once and told by
    /// [`Telemetry::status`]. Call it once, early in `main`; a second call
    /// changes nothing and warns, naming the first.
    #[must_use = "telemetry stops when the guard is dropped"]
    #[track_caller]
    pub fn init(self) -> Telemetry {
        let sdk = otelier_sdk::start(&self.sdk, Location::caller());
        let mut telemetry = Telemetry {
            #[cfg(feature = "runtime")]
            watch: self.watch(&sdk),
            panics: PanicGuard::default(),
            limit: Limit::default(),
            #[cfg(feature = "logs")]
            log_filter: None,
            #[cfg(feature = "sql-log")]
            sql_log: self.sql_log.clone(),
            sdk,
            #[cfg(feature = "file")]
            file: None,
        };
        telemetry.limit = Limit::new(self.log_limit, &telemetry.sdk);
        #[cfg(feature = "logs")]
        {
            telemetry.log_filter = self.log_filter.clone();
        }
        let hook = match self.subscriber {
            Subscriber::Ours => subscriber::install(&self, &mut telemetry),
            Subscriber::Theirs => PanicHook::default(),
        };
        telemetry.panics = tell_of_panics(&telemetry.sdk, hook);
        #[cfg(feature = "metrics")]
        hear_the_facade(&telemetry.sdk);
        telemetry.sdk.announce();
        telemetry
    }

    /// Observes the process and the runtime that this is called in.
    #[cfg(feature = "runtime")]
    fn watch(&self, started: &otelier_sdk::Telemetry) -> otelier_runtime::Watch {
        let Some(options) = self.runtime else {
            return otelier_runtime::Watch::default();
        };
        otelier_runtime::start(match started.stall_threshold() {
            Some(threshold) => options.with_stall_threshold(threshold),
            None => options,
        })
    }
}

/// Records what is counted with the `metrics` facade, where metrics are exported.
#[cfg(feature = "metrics")]
fn hear_the_facade(started: &otelier_sdk::Telemetry) {
    if matches!(started.status().metrics.state, otelier_sdk::State::Off(_)) {
        return;
    }
    if otelier_metrics::install().is_err() {
        started.warn(
            "the metrics facade has another recorder, so that nothing counted with it is exported",
        );
    }
}
