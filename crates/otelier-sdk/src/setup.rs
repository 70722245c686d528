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
/// let mut setup = Setup::new("shop", "1.2.0");
/// setup.shutdown_timeout = Duration::from_secs(2);
/// let region = ("deployment.region".to_owned(), "eu".to_owned());
/// setup.attributes.push(region);
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "otel"),
    expect(dead_code, reason = "without `otel` nobody takes what is added")
)]
#[non_exhaustive]
pub struct Setup {
    /// `service.name`
    pub service_name: String,
    /// `service.version`
    pub service_version: String,
    /// The commit that the program was built from (`vcs.ref.head.revision`).
    pub revision: Option<String>,
    /// The URL of the repository that it was built from (`vcs.repository.url.full`).
    pub repository: Option<String>,
    /// Attributes of the resource; of two with the same key the later one counts.
    pub attributes: Vec<(String, String)>,
    /// The bound on flush and shutdown, all signals together. Five seconds by default.
    pub shutdown_timeout: Duration,
    /// Up to so many batches of one signal are sent at the same time, from 1, the
    /// default, to 16. `OTELIER_EXPORT_CONCURRENCY` wins.
    pub export_concurrency: Option<usize>,
    /// So many bytes of one signal's encoded batches are kept while the receiver is
    /// away; above, the oldest are dropped and counted. 16 MiB by default.
    /// `OTELIER_EXPORT_BUFFER_BYTES` wins.
    pub export_buffer: Option<usize>,
    /// Whether something bridges `tracing` events to OpenTelemetry logs; where nothing
    /// does, the logs signal stays off.
    pub bridged: bool,
    /// These fields of the `tracing` spans around an event are copied to its log record,
    /// 64 at most. `OTELIER_LOG_SPAN_FIELDS` wins.
    pub log_span_fields: Vec<String>,
    /// Whether exemplars are kept: durations leave trace ids beside their histograms.
    /// `OTEL_METRICS_EXEMPLAR_FILTER` wins.
    pub exemplars: bool,
    /// Whether metrics are kept for Prometheus to scrape, exported or not. The list of
    /// `OTEL_METRICS_EXPORTER` wins.
    pub prometheus: bool,
    /// The crate that starts telemetry and its version: its log records stand beside
    /// that.
    pub own_crate: Option<(String, String)>,
    pub(crate) hooks: Hooks,
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
}
