//! How telemetry is set up in code.

use std::time::Duration;

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
        .with_crate(::core::module_path!(), ::core::env!("CARGO_PKG_VERSION"))
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
///
/// ```
/// let telemetry = otelier::setup!()
///     .with_service_name("shop")
///     .with_attribute("deployment.region", "eu")
///     .init();
/// # drop(telemetry);
/// ```
#[derive(Clone, Debug)]
#[must_use = "telemetry starts with `init`"]
pub struct Setup {
    pub(crate) sdk: otelier_sdk::Setup,
    #[cfg(feature = "console")]
    pub(crate) console: crate::console::Options,
    #[cfg(feature = "runtime")]
    pub(crate) runtime: Option<otelier_runtime::Options>,
    pub(crate) log_limit: u32,
    #[cfg(feature = "logs")]
    pub(crate) log_filter: Option<crate::LogFilter>,
    #[cfg(feature = "sql-log")]
    pub(crate) sql_log: Option<otelier_sql::Config>,
    #[cfg(feature = "layer")]
    pub(crate) own_layers: crate::own_layers::OwnLayers,
    pub(crate) subscriber: Subscriber,
}

/// Who installs the `tracing` subscriber.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subscriber {
    Ours,
    Theirs,
}

impl Setup {
    /// A service by its name and version.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        let mut sdk = otelier_sdk::Setup::new(name, version);
        sdk.bridged = cfg!(feature = "logs");
        Self {
            sdk,
            #[cfg(feature = "console")]
            console: crate::console::Options::default(),
            #[cfg(feature = "runtime")]
            runtime: Some(otelier_runtime::Options::default()),
            log_limit: 0,
            #[cfg(feature = "logs")]
            log_filter: None,
            #[cfg(feature = "sql-log")]
            sql_log: Some(otelier_sql::Config::default()),
            #[cfg(feature = "layer")]
            own_layers: Default::default(),
            subscriber: Subscriber::Ours,
        }
    }

    /// Sets `service.name`. `OTEL_SERVICE_NAME` wins.
    pub fn with_service_name(mut self, name: impl Into<String>) -> Self {
        self.sdk.service_name = name.into();
        self
    }

    /// Adds a resource attribute. `OTEL_RESOURCE_ATTRIBUTES` wins.
    pub fn with_attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.sdk.attributes.push((key.into(), value.into()));
        self
    }

    /// Sets the crate that starts telemetry, by the path of one of its modules,
    /// and its version: its log records stand beside that.
    pub fn with_crate(mut self, module: &str, version: impl Into<String>) -> Self {
        let name = module.split("::").next().unwrap_or_default();
        self.sdk.own_crate = Some((name.to_owned(), version.into()));
        self
    }

    /// Sets the commit the program was built from: the first that is known.
    pub fn with_revision(mut self, candidates: &[Option<&str>]) -> Self {
        self.sdk.revision = first(candidates);
        self
    }

    /// Sets the URL of the source repository: the first that is known.
    pub fn with_repository(mut self, candidates: &[Option<&str>]) -> Self {
        self.sdk.repository = first(candidates);
        self
    }

    /// Sets the bound on flush and shutdown. Defaults to five seconds.
    pub fn with_shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.sdk.shutdown_timeout = timeout;
        self
    }

    /// Sends up to so many batches of one signal at the same time, from 1, the
    /// default, to 16. `OTELIER_EXPORT_CONCURRENCY` wins.
    pub fn with_export_concurrency(mut self, batches: usize) -> Self {
        self.sdk.export_concurrency = Some(batches);
        self
    }

    /// Keeps up to so many bytes of one signal's encoded batches while the
    /// receiver is away; above, the oldest are dropped and counted. Defaults to
    /// 16 MiB. `OTELIER_EXPORT_BUFFER_BYTES` wins.
    pub fn with_export_buffer(mut self, bytes: usize) -> Self {
        self.sdk.export_buffer = Some(bytes);
        self
    }

    /// Keeps no exemplars: durations leave no trace ids beside their histograms.
    /// `OTEL_METRICS_EXEMPLAR_FILTER` wins.
    pub fn without_exemplars(mut self) -> Self {
        self.sdk.exemplars = false;
        self
    }

    /// Keeps metrics for Prometheus to scrape, also where nothing is exported:
    /// [`otelier::prometheus`](crate::prometheus) has the route. The list of
    /// `OTEL_METRICS_EXPORTER` wins, and `OTEL_SDK_DISABLED`.
    #[cfg(feature = "prometheus")]
    pub fn with_prometheus(mut self) -> Self {
        self.sdk.prometheus = true;
        self
    }

    /// Copies these fields of the `tracing` spans around an event to its log
    /// record, 64 at most: the innermost span's value counts, and the event's own
    /// before it. `OTELIER_LOG_SPAN_FIELDS` wins.
    #[cfg(feature = "logs")]
    pub fn with_log_span_fields(
        mut self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.sdk.log_span_fields = names.into_iter().map(Into::into).collect();
        self
    }

    /// Has what is shipped of log records changed while the program runs, by
    /// `filter`.
    #[cfg(feature = "logs")]
    pub fn with_log_filter(mut self, filter: &crate::LogFilter) -> Self {
        self.log_filter = Some(filter.clone());
        self
    }

    /// Lets one target have so many lines in a second, and leaves out the rest: on
    /// the console, in the log file and among the records shipped, each counted by
    /// itself, and errors beside the others. How many were left out is told at
    /// most once a minute, and at the end. Defaults to 0, which is no limit.
    /// `OTELIER_LOG_LIMIT` wins.
    ///
    /// In a subscriber of the program's own it is for what is shipped alone.
    #[cfg(any(feature = "console", feature = "logs"))]
    pub fn with_log_limit(mut self, lines: u32) -> Self {
        self.log_limit = lines;
        self
    }

    /// Sets the console's format. `OTELIER_CONSOLE` wins.
    #[cfg(feature = "console")]
    pub fn with_console(mut self, format: crate::Format) -> Self {
        self.console.format = Some(format);
        self
    }

    /// Adds Datadog's names for the ids to JSON lines, and `dd.service`, `dd.env`
    /// and `dd.version`. `DD_SERVICE`, `DD_ENV` and `DD_VERSION` win; the service's
    /// name stands where nobody says another.
    #[cfg(feature = "console")]
    pub fn with_datadog(mut self, datadog: crate::Datadog) -> Self {
        self.console.datadog = Some(datadog);
        self
    }

    /// Has what is printed changed while the program runs, by `filter`.
    #[cfg(feature = "console")]
    pub fn with_console_filter(mut self, filter: &crate::ConsoleFilter) -> Self {
        self.console.filter = Some(filter.clone());
        self
    }

    /// Prints nothing, unless `OTELIER_CONSOLE` asks for it.
    #[cfg(feature = "console")]
    pub fn without_console(mut self) -> Self {
        self.console.format = None;
        self
    }

    /// Sets for how long the runtime may run none of its tasks before that is
    /// reported. Defaults to one second; zero is no watchdog.
    /// `OTELIER_RUNTIME_STALL_THRESHOLD` wins.
    #[cfg(feature = "runtime")]
    pub fn with_stall_threshold(mut self, threshold: Duration) -> Self {
        let options = self.runtime.unwrap_or_default();
        self.runtime = Some(options.with_stall_threshold(threshold));
        self
    }

    /// Leaves the runtime and the process unobserved.
    #[cfg(feature = "runtime")]
    pub fn without_runtime(mut self) -> Self {
        self.runtime = None;
        self
    }

    /// Sets how the statements that sqlx logs are recorded, such as which database it
    /// is. They are recorded without it, too: by the subscriber that
    /// [`init`](Self::init) installs, and by `Telemetry::layer`.
    #[cfg(feature = "sql-log")]
    pub fn with_sql_log(mut self, config: otelier_sql::Config) -> Self {
        self.sql_log = Some(config);
        self
    }

    /// Leaves the statements that sqlx logs alone.
    #[cfg(feature = "sql-log")]
    pub fn without_sql_log(mut self) -> Self {
        self.sql_log = None;
        self
    }

    /// Prints to a file, too, one JSON object a line, whatever the console's
    /// format. `OTELIER_LOG_FILE` and what begins like it win.
    #[cfg(feature = "file")]
    pub fn with_log_file(mut self, file: crate::LogFile) -> Self {
        self.console.file = Some(file);
        self
    }

    /// Leaves the `tracing` subscriber to the program, which adds
    /// `Telemetry::layer` (feature `layer`) to its own.
    pub fn without_subscriber(mut self) -> Self {
        self.subscriber = Subscriber::Theirs;
        self
    }

    /// Adds a `tracing` layer to the subscriber that [`init`](Self::init)
    /// installs, behind ours, also while telemetry is off or compiled out. A
    /// filter of its own is for it alone: `layer.with_filter(filter)`.
    #[cfg(feature = "layer")]
    pub fn with_layer(
        self,
        layer: impl tracing_subscriber::Layer<tracing_subscriber::Registry> + Send + Sync,
    ) -> Self {
        let layer = tracing_subscriber::Layer::boxed(layer);
        self.own_layers.push(layer);
        self
    }
}

fn first(candidates: &[Option<&str>]) -> Option<String> {
    let mut known = candidates.iter().flatten();
    let first = known.find(|candidate| !candidate.is_empty())?;
    Some((*first).to_owned())
}
