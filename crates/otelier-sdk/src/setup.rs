//! What the calling program says about itself.

use std::time::Duration;

use crate::imp::Hooks;

/// The code's side of the configuration. Variables win against it.
///
/// ```
/// use std::time::Duration;
///
/// use otelier_sdk::Setup;
///
/// let setup = Setup::new("shop", "1.2.0")
///     .with_attribute("deployment.environment.name", "staging")
///     .with_shutdown_timeout(Duration::from_secs(2));
/// assert_eq!(setup.service_name(), "shop");
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "otel"),
    expect(
        dead_code,
        reason = "without `otel` nobody asks what the program is called"
    )
)]
pub struct Setup {
    pub(crate) service_name: String,
    pub(crate) service_version: String,
    pub(crate) revision: Option<String>,
    pub(crate) repository: Option<String>,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) shutdown_timeout: Duration,
    pub(crate) export_concurrency: Option<usize>,
    pub(crate) export_buffer: Option<usize>,
    pub(crate) bridged: bool,
    pub(crate) log_span_fields: Vec<String>,
    pub(crate) exemplars: bool,
    pub(crate) prometheus: bool,
    pub(crate) hooks: Hooks,
    pub(crate) own_crate: Option<(String, String)>,
}

impl Setup {
    /// A service by its name and version. `OTEL_SERVICE_NAME` and
    /// `OTEL_RESOURCE_ATTRIBUTES` win.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            service_name: name.into(),
            service_version: version.into(),
            revision: None,
            repository: None,
            attributes: Vec::new(),
            shutdown_timeout: Duration::from_secs(5),
            export_concurrency: None,
            export_buffer: None,
            bridged: true,
            log_span_fields: Vec::new(),
            exemplars: true,
            prometheus: false,
            hooks: Hooks::default(),
            own_crate: None,
        }
    }

    /// The name that code gives the service.
    #[must_use]
    pub fn service_name(&self) -> &str {
        &self.service_name
    }

    /// Sets `service.name`.
    #[must_use]
    pub fn with_service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = name.into();
        self
    }

    /// Adds a resource attribute, replacing one of the same key.
    #[must_use]
    pub fn with_attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push((key.into(), value.into()));
        self
    }

    /// Sets the crate that starts telemetry, by the path of one of its modules,
    /// and its version: its log records stand beside that.
    #[must_use]
    pub fn with_crate(mut self, module: &str, version: impl Into<String>) -> Self {
        let name = module.split("::").next().unwrap_or_default();
        self.own_crate = Some((name.to_owned(), version.into()));
        self
    }

    /// Sets the commit the program was built from (`vcs.ref.head.revision`).
    #[must_use]
    pub fn with_revision(mut self, revision: Option<&str>) -> Self {
        self.revision = revision.map(Into::into);
        self
    }

    /// Sets the URL of the repository the program was built from
    /// (`vcs.repository.url.full`).
    #[must_use]
    pub fn with_repository(mut self, url: Option<&str>) -> Self {
        self.repository = url.map(Into::into);
        self
    }

    /// Sets the bound on flush and shutdown, all signals together. Defaults to
    /// five seconds.
    #[must_use]
    pub fn with_shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Sends up to so many batches of one signal at the same time, from 1, the
    /// default, to 16. `OTELIER_EXPORT_CONCURRENCY` wins.
    #[must_use]
    pub fn with_export_concurrency(mut self, batches: usize) -> Self {
        self.export_concurrency = Some(batches);
        self
    }

    /// Keeps up to so many bytes of one signal's encoded batches while the
    /// receiver is away; above, the oldest are dropped and counted. Defaults to
    /// 16 MiB. `OTELIER_EXPORT_BUFFER_BYTES` wins.
    #[must_use]
    pub fn with_export_buffer(mut self, bytes: usize) -> Self {
        self.export_buffer = Some(bytes);
        self
    }

    /// Copies these fields of the `tracing` spans around an event to its log
    /// record, 64 at most. `OTELIER_LOG_SPAN_FIELDS` wins.
    #[must_use]
    pub fn with_log_span_fields(
        mut self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.log_span_fields = names.into_iter().map(Into::into).collect();
        self
    }

    /// Keeps no exemplars: durations leave no trace ids beside their histograms.
    /// `OTEL_METRICS_EXEMPLAR_FILTER` wins.
    #[must_use]
    pub fn without_exemplars(mut self) -> Self {
        self.exemplars = false;
        self
    }

    /// Keeps metrics for Prometheus to scrape, whether they are exported or not. The
    /// list of `OTEL_METRICS_EXPORTER` wins.
    #[must_use]
    pub fn with_prometheus(mut self) -> Self {
        self.prometheus = true;
        self
    }

    /// Says that nothing will bridge `tracing` events to OpenTelemetry logs, so
    /// that the logs signal stays off.
    #[must_use]
    pub fn without_log_bridge(mut self) -> Self {
        self.bridged = false;
        self
    }
}
