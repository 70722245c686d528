#![expect(missing_docs, reason = "documented once, in `on`")]

#[path = "no_hooks.rs"]
mod hooks;

use std::{borrow::Cow, panic::Location, sync::Once, time::Duration};

use crate::{
    Off, Report, Setup, Status, doctor, say,
    variables::{self, ENDPOINT, SDK_DISABLED, SERVICE_NAME},
};

pub(crate) use self::hooks::Hooks;

#[derive(Debug)]
#[must_use = "telemetry is flushed when it is dropped"]
pub struct Telemetry(());

pub fn start(setup: &Setup, _: &'static Location<'static>) -> Telemetry {
    static WARNED: Once = Once::new();
    let disabled = SDK_DISABLED.get();
    let disabled = disabled.is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let set = ENDPOINT.names().find(|name| variables::get(name).is_some());
    if let Some(variable) = set.filter(|_| !disabled) {
        let why = "this program was built without the cargo feature `otel`: nothing is exported";
        WARNED.call_once(|| say::warn(format_args!("{variable} is set, but {why}")));
    }
    let telemetry = Telemetry(());
    if doctor::is_asked() {
        doctor::tell(setup, &telemetry.status(), &[]);
    }
    telemetry
}

pub fn warn(message: &str) {
    say::warn(format_args!("{message}"));
}

pub(crate) fn flush_at_signal() {}

impl Telemetry {
    #[must_use]
    pub fn status(&self) -> Status {
        Status::off([const { Off::CompiledOut }; 3])
    }

    #[must_use]
    pub fn service_name<'a>(&'a self, setup: &'a Setup) -> Cow<'a, str> {
        SERVICE_NAME
            .get()
            .map_or(Cow::Borrowed(&setup.service_name), Cow::Owned)
    }

    pub fn announce(&self) {}

    pub fn speak_on_stderr(&self) {}

    pub fn speak_through_ours(&self) {}

    pub fn warn(&self, message: &str) {
        say::warn(format_args!("{message}"));
    }

    #[must_use]
    pub fn stall_threshold(&self) -> Option<Duration> {
        None
    }

    pub async fn flush(&self) -> Report {
        self.report()
    }

    pub fn flush_blocking(&self) -> Report {
        self.report()
    }

    pub async fn shutdown(self) -> Report {
        self.report()
    }

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
