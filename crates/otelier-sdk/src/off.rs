#![expect(missing_docs, reason = "documented once, in `on`")]

use std::{borrow::Cow, env, panic::Location, sync::Once, time::Duration};

use crate::{Off, Report, Setup, SignalStatus, Status, say};

#[derive(Debug)]
#[must_use = "telemetry is flushed when it is dropped"]
pub struct Telemetry(());

/// Nothing can be added to what is not there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hooks {}

/// Every variable that names a receiver.
const ENDPOINTS: [&str; 4] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
];

pub fn start(_: &Setup, _: &'static Location<'static>) -> Telemetry {
    static WARNED: Once = Once::new();
    let is_set = |name: &&&str| env::var(name).is_ok_and(|value| !value.trim().is_empty());
    let disabled =
        env::var("OTEL_SDK_DISABLED").is_ok_and(|v| v.trim().eq_ignore_ascii_case("true"));
    if let Some(variable) = ENDPOINTS.iter().find(is_set).filter(|_| !disabled) {
        WARNED.call_once(|| {
            say::warn(format_args!(
                "{variable} is set, but this program was built without the cargo feature `otel`: \
                 nothing is exported"
            ));
        });
    }
    Telemetry(())
}

pub fn warn(message: &str) {
    say::warn(format_args!("{message}"));
}

#[inline]
pub(crate) fn flush_at_signal() {}

impl Telemetry {
    #[must_use]
    #[inline]
    pub fn status(&self) -> Status {
        let off = || SignalStatus::off(Off::CompiledOut);
        Status {
            traces: off(),
            metrics: off(),
            logs: off(),
        }
    }

    #[must_use]
    pub fn service_name<'a>(&'a self, setup: &'a Setup) -> Cow<'a, str> {
        let named = env::var("OTEL_SERVICE_NAME").unwrap_or_default();
        match named.trim() {
            "" => Cow::Borrowed(&setup.service_name),
            name => Cow::Owned(name.to_owned()),
        }
    }

    #[inline]
    pub fn announce(&self) {}

    #[inline]
    pub fn speak_on_stderr(&self) {}

    #[inline]
    pub fn speak_through_ours(&self) {}

    pub fn warn(&self, message: &str) {
        say::warn(format_args!("{message}"));
    }

    #[must_use]
    #[inline]
    pub fn stall_threshold(&self) -> Option<Duration> {
        None
    }

    #[inline]
    pub async fn flush(&self) -> Report {
        self.report()
    }

    #[inline]
    pub fn flush_blocking(&self) -> Report {
        self.report()
    }

    #[inline]
    pub async fn shutdown(self) -> Report {
        self.report()
    }

    #[inline]
    pub fn shutdown_blocking(self) -> Report {
        self.report()
    }

    fn report(&self) -> Report {
        Report {
            in_time: true,
            status: self.status(),
        }
    }
}
