//! What of otelier-logs all have in common that write lines, or ship them: the limit of
//! lines per second and target, panics told once, and the records of the `log` crate.

use std::num::NonZeroU32;

use otelier_logs::LogLimit;
pub(crate) use otelier_logs::{PanicGuard, PanicHook};
use otelier_sdk::variables::LOG_LIMIT;

/// The limit, as the variable or the code says. Dropped, it tells what was left out at last.
#[derive(Debug, Default)]
pub(crate) struct Limit(Option<LogLimit>);

impl Limit {
    pub(crate) fn new(mut lines: u32, sdk: &otelier_sdk::Telemetry) -> Self {
        if let Some(said) = LOG_LIMIT.get() {
            match said.parse() {
                Ok(said) => lines = said,
                Err(_) => sdk.warn(&format!(
                    "{}: not a whole number; it is ignored",
                    LOG_LIMIT.name
                )),
            }
        }
        let lines = NonZeroU32::new(lines);
        Self(lines.map(|lines| LogLimit::new(lines, otelier_sdk::warn)))
    }

    pub(crate) fn get(&self) -> Option<&LogLimit> {
        self.0.as_ref()
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        if let Some(limit) = &self.0 {
            limit.tell();
        }
    }
}

/// Has the hook tell of panics where events are shipped to, too, and installs it.
#[cfg(all(feature = "logs", feature = "otel-http"))]
pub(crate) fn tell_of_panics(sdk: &otelier_sdk::Telemetry, hook: PanicHook) -> PanicGuard {
    let Some(provider) = sdk.logger_provider() else {
        return hook.install();
    };
    let flushed = provider.clone();
    let hook = hook.with_records(provider, move || drop(flushed.force_flush()));
    hook.install()
}

/// Installs the hook: nothing is shipped.
#[cfg(not(all(feature = "logs", feature = "otel-http")))]
pub(crate) fn tell_of_panics(_: &otelier_sdk::Telemetry, hook: PanicHook) -> PanicGuard {
    hook.install()
}

/// Makes events of records of the `log` crate. A logger that is already set is the program's
/// choice.
pub(crate) fn hear_log_crate() {
    otelier_logs::install_log_tracer().ok();
}
