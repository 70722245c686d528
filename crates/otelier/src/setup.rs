//! How telemetry is set up in code.

use std::{panic::Location, time::Duration};

use crate::{Telemetry, subscriber};

/// Sets telemetry up for the calling crate and returns the guard that flushes
/// it: `otelier::setup!().init()`.
///
/// The service is named after the crate; `OTEL_SERVICE_NAME` wins.
#[macro_export]
macro_rules! init {
    () => {
        $crate::setup!().init()
    };
}

/// A [`Setup`] with the name, version and source of the calling crate.
///
/// The commit is taken from the first of `VERGEN_GIT_SHA`, `GIT_COMMIT_SHA`,
/// `GITHUB_SHA`, `CI_COMMIT_SHA` and `DD_GIT_COMMIT_SHA` that is set when the
/// crate is compiled; the repository from `DD_GIT_REPOSITORY_URL`,
/// `CI_PROJECT_URL` or the crate's manifest.
#[macro_export]
macro_rules! setup {
    () => {
        $crate::Setup::new(
            ::core::env!("CARGO_PKG_NAME"),
            ::core::env!("CARGO_PKG_VERSION"),
        )
        .with_revision(&[
            ::core::option_env!("VERGEN_GIT_SHA"),
            ::core::option_env!("GIT_COMMIT_SHA"),
            ::core::option_env!("GITHUB_SHA"),
            ::core::option_env!("CI_COMMIT_SHA"),
            ::core::option_env!("DD_GIT_COMMIT_SHA"),
        ])
        .with_repository(&[
            ::core::option_env!("DD_GIT_REPOSITORY_URL"),
            ::core::option_env!("CI_PROJECT_URL"),
            ::core::option_env!("CARGO_PKG_REPOSITORY"),
        ])
    };
}

/// The code's side of the set-up; variables win against it. Made by
/// [`setup!`](crate::setup!).
#[derive(Clone, Debug)]
#[must_use = "telemetry starts with `init`"]
pub struct Setup {
    pub(crate) sdk: otelier_sdk::Setup,
    #[cfg(feature = "console")]
    pub(crate) console: crate::console::Options,
    subscriber: Subscriber,
}

/// Who installs the `tracing` subscriber.
#[derive(Clone, Copy, Debug)]
enum Subscriber {
    Ours,
    Theirs,
}

impl Setup {
    /// A service by its name and version.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        let sdk = otelier_sdk::Setup::new(name, version);
        Self {
            sdk: if cfg!(feature = "logs") {
                sdk
            } else {
                sdk.without_log_bridge()
            },
            #[cfg(feature = "console")]
            console: crate::console::Options::default(),
            subscriber: Subscriber::Ours,
        }
    }

    /// Sets `service.name`. `OTEL_SERVICE_NAME` wins.
    pub fn with_service_name(mut self, name: impl Into<String>) -> Self {
        self.sdk = self.sdk.with_service_name(name);
        self
    }

    /// Adds a resource attribute. `OTEL_RESOURCE_ATTRIBUTES` wins.
    pub fn with_attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.sdk = self.sdk.with_attribute(key, value);
        self
    }

    /// Sets the commit the program was built from: the first that is known.
    pub fn with_revision(mut self, candidates: &[Option<&str>]) -> Self {
        self.sdk = self.sdk.with_revision(first(candidates));
        self
    }

    /// Sets the URL of the source repository: the first that is known.
    pub fn with_repository(mut self, candidates: &[Option<&str>]) -> Self {
        self.sdk = self.sdk.with_repository(first(candidates));
        self
    }

    /// Sets the bound on flush and shutdown. Defaults to five seconds.
    pub fn with_shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.sdk = self.sdk.with_shutdown_timeout(timeout);
        self
    }

    /// Sets the console's format. `OTELIER_CONSOLE` wins.
    #[cfg(feature = "console")]
    pub fn with_console(mut self, format: crate::Format) -> Self {
        self.console.format = Some(format);
        self
    }

    /// Adds Datadog's names for the ids to JSON lines.
    #[cfg(feature = "console")]
    pub fn with_datadog(mut self, datadog: crate::Datadog) -> Self {
        self.console.datadog = Some(datadog);
        self
    }

    /// Prints nothing, unless `OTELIER_CONSOLE` asks for it.
    #[cfg(feature = "console")]
    pub fn without_console(mut self) -> Self {
        self.console.format = None;
        self
    }

    /// Leaves the `tracing` subscriber to the program, which adds
    /// `Telemetry::layer` (feature `layer`) to its own.
    pub fn without_subscriber(mut self) -> Self {
        self.subscriber = Subscriber::Theirs;
        self
    }

    /// Starts what the environment asks for.
    ///
    /// Never fails: what cannot be used is said once and told by
    /// [`Telemetry::status`]. Call it once, early in `main`; a second call
    /// changes nothing and warns, naming the first.
    #[must_use = "telemetry stops when the guard is dropped"]
    #[track_caller]
    pub fn init(self) -> Telemetry {
        let telemetry = Telemetry(otelier_sdk::start(&self.sdk, Location::caller()));
        match self.subscriber {
            Subscriber::Ours => subscriber::install(&self, &telemetry),
            Subscriber::Theirs => {}
        }
        telemetry.0.announce();
        telemetry
    }
}

fn first<'a>(candidates: &[Option<&'a str>]) -> Option<&'a str> {
    let mut known = candidates.iter().flatten().copied();
    known.find(|candidate| !candidate.is_empty())
}
