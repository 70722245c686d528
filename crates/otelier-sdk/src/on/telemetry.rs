//! The guard: what is running, and how it ends.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, OnceLock, PoisonError, mpsc::Receiver},
    thread,
    time::{Duration, Instant},
};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::{
    Resource, logs::SdkLoggerProvider, metrics::SdkMeterProvider, trace::SdkTracerProvider,
};
use otelier_core::{edge::Exemplars, scope, span_layer};
use otelier_otlp::{Outbox, Transport};
use tokio::sync::oneshot;
use tracing::Subscriber;
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

use super::{
    admission::drain,
    bounded,
    config::Config,
    flushes::Flushes,
    ledger::Ledger,
    notice::{self, Announcement},
    resource,
    runtime::ExportRuntime,
    scrape::Pages,
};
use crate::{Off, Report, Setup, Status};

/// Kept back from the bound of a shutdown, so that transports which give up at
/// the last moment can still be booked.
const MARGIN: Duration = Duration::from_millis(100);
/// For so long the SDK waits for the last export of metrics, whatever it is told.
const PATIENCE_OF_THE_SDK: Duration = Duration::from_secs(5);

/// Running telemetry. Dropping it flushes and stops within the bound (five
/// seconds unless [`Setup::with_shutdown_timeout`](crate::Setup) says otherwise).
///
/// Keep it until the end of `main`: what is recorded afterwards is lost, as is
/// everything still queued when a process ends by SIGKILL, `abort` or
/// `std::process::exit`.
///
/// See the [example of the crate](crate).
#[derive(Debug)]
#[must_use = "telemetry stops when it is dropped"]
pub struct Telemetry {
    running: Result<Arc<Running>, [Off; 3]>,
    /// A second `start` gets a view of the first, which it must not stop.
    owner: bool,
    service_name: String,
}

#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) ledgers: [Arc<Ledger>; 3],
    pub(crate) tracer: SdkTracerProvider,
    pub(crate) meter: SdkMeterProvider,
    pub(crate) exemplars: Option<Exemplars>,
    pub(crate) pages: Pages,
    pub(crate) logger: SdkLoggerProvider,
    pub(crate) transports: Vec<Transport>,
    /// Where metrics wait, if they do: no processor of theirs knows of it.
    pub(crate) metrics_outbox: Option<Arc<Outbox>>,
    /// Tells when metrics were exported for the last time.
    pub(crate) metrics_ended: Mutex<Option<Receiver<()>>>,
    pub(crate) runtime: Mutex<Option<ExportRuntime>>,
    pub(crate) config: Arc<Config>,
    pub(crate) resource: Resource,
    /// Who asks whether a span is kept cannot know what code decides.
    pub(crate) is_sampled_by_code: bool,
    pub(crate) started: Instant,
    /// Said once a subscriber is there to hear it.
    pub(crate) announcements: Mutex<Vec<Announcement>>,
    pub(crate) flushes: Flushes,
    pub(crate) stopped: OnceLock<Report>,
}

impl Telemetry {
    pub(crate) fn off(why: [Off; 3], service_name: String) -> Self {
        Self {
            running: Err(why),
            owner: true,
            service_name,
        }
    }

    pub(crate) fn owner(running: Arc<Running>) -> Self {
        Self {
            service_name: resource::service_name(&running.resource),
            running: Ok(running),
            owner: true,
        }
    }

    pub(crate) fn follower(running: Arc<Running>) -> Self {
        Self {
            service_name: resource::service_name(&running.resource),
            running: Ok(running),
            owner: false,
        }
    }

    /// What the resource calls the service, whether anything is exported or not.
    /// Without the feature `otel` there is no resource: what `OTEL_SERVICE_NAME`
    /// says, or the code.
    #[must_use]
    pub fn service_name<'a>(&'a self, _: &'a Setup) -> Cow<'a, str> {
        Cow::Borrowed(&self.service_name)
    }

    /// Whether any signal is exported.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.running.is_ok()
    }

    /// Says what was found at start: bad variables, and what goes where, or that
    /// nothing does. Called
    /// once the program's subscriber is set; a second call says nothing.
    pub fn announce(&self) {
        match &self.running {
            Ok(running) => {
                let mut said = lock(&running.announcements);
                for announcement in std::mem::take(&mut *said) {
                    announcement.say();
                }
            }
            Err([Off::NoEndpoint, ..]) => notice::not_exported(),
            Err(_) => {}
        }
    }

    /// Writes messages on standard error from now on: the subscriber shows
    /// nothing.
    pub fn speak_on_stderr(&self) {
        notice::speak_on_stderr();
    }

    /// Leaves it to the subscriber which messages are shown: it is ours, and
    /// `RUST_LOG` has decided.
    pub fn speak_through_ours(&self) {
        notice::speak_through_ours();
    }

    /// Warns of something, with what [`announce`](Self::announce) says where
    /// that is still to come.
    pub fn warn(&self, message: &str) {
        match &self.running {
            Ok(running) => {
                let warning = Announcement::Warning(message.to_owned());
                lock(&running.announcements).push(warning);
            }
            Err(_) => notice::warn(format_args!("{message}")),
        }
    }

    /// The state of each signal at this moment.
    #[must_use]
    pub fn status(&self) -> Status {
        match &self.running {
            Ok(running) => running.status(),
            Err(why) => Status::off(why.clone()),
        }
    }

    /// The layer that turns `tracing` spans into OpenTelemetry spans, `None`
    /// while telemetry is off: [`otelier_core::span_layer`].
    #[must_use]
    pub fn span_layer<S>(&self) -> Option<Box<dyn Layer<S> + Send + Sync>>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let running = self.running.as_ref().ok()?;
        let tracer = running.tracer.tracer_with_scope(scope("tracing", None));
        Some(span_layer(tracer))
    }

    /// The provider that a log bridge writes to, `None` while logs are off.
    #[must_use]
    pub fn logger_provider(&self) -> Option<&SdkLoggerProvider> {
        self.running.as_ref().ok()?.log_records()
    }

    /// Which log records are shipped (`OTEL_LOG_LEVEL`).
    #[must_use]
    pub fn log_filter(&self) -> Option<&Targets> {
        self.running
            .as_ref()
            .ok()
            .map(|running| &running.config.log_filter)
    }

    /// Which fields of the spans around an event its log record carries, too.
    #[must_use]
    pub fn log_span_fields(&self) -> &[String] {
        let running = self.running.as_ref();
        running.map_or(&[], |running| &running.config.log_span_fields)
    }

    /// The crate that started telemetry, and its version, where they are known.
    #[must_use]
    pub fn own_crate(&self) -> Option<(&str, &str)> {
        let (name, version) = self.running.as_ref().ok()?.config.own_crate.as_ref()?;
        Some((name, version))
    }

    /// For how long a runtime may stall before that is reported, where
    /// `OTELIER_RUNTIME_STALL_THRESHOLD` says so. Zero: it is not watched.
    #[must_use]
    pub fn stall_threshold(&self) -> Option<Duration> {
        self.running.as_ref().ok()?.config.stall_threshold
    }

    /// Sends what has been recorded so far. Flushes that are asked for at the same
    /// time are one.
    ///
    /// # Cancellation
    /// Dropping the future does not stop the flush, which ends by itself within
    /// the bound.
    pub async fn flush(&self) -> Report {
        let Ok(running) = &self.running else {
            return self.nothing();
        };
        let flushed = running.flush_soon().await;
        flushed.unwrap_or_else(|_| running.report(false))
    }

    /// The same for code that is not async. Blocks up to the bound.
    pub fn flush_blocking(&self) -> Report {
        match &self.running {
            Ok(running) => running.flush(),
            Err(_) => self.nothing(),
        }
    }

    /// Sends what has been recorded, then stops for good. The report tells what
    /// was not delivered. Works on every kind of runtime, and outside of one.
    ///
    /// # Cancellation
    /// Dropping the future stops in the background; the bound holds all the same.
    pub async fn shutdown(mut self) -> Report {
        self.owner = false;
        self.stop_off_thread().await
    }

    /// The same for code that is not async. Blocks up to the bound.
    pub fn shutdown_blocking(mut self) -> Report {
        self.owner = false;
        match &self.running {
            Ok(running) => running.stop(),
            Err(_) => self.nothing(),
        }
    }

    /// Waits on a thread of its own: the caller's may be the only one of its
    /// runtime.
    async fn stop_off_thread(&self) -> Report {
        let Ok(running) = &self.running else {
            return self.nothing();
        };
        let (sender, receiver) = oneshot::channel();
        let shared = Arc::clone(running);
        let spawned = thread::Builder::new()
            .name("otelier-flush".to_owned())
            .spawn(move || {
                sender.send(shared.stop()).ok();
            });
        match spawned {
            Ok(_) => receiver.await.unwrap_or_else(|_| running.report(false)),
            Err(_) => running.stop(),
        }
    }

    fn nothing(&self) -> Report {
        Report {
            in_time: true,
            status: self.status(),
        }
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let (Ok(running), true) = (&self.running, self.owner) {
            running.warn_of_an_early_end();
            let _ = running.stop();
        }
    }
}

impl Running {
    fn status(&self) -> Status {
        let [traces, metrics, logs] = &self.ledgers;
        Status {
            traces: traces.status(),
            metrics: metrics.status(),
            logs: logs.status(),
        }
    }

    fn report(&self, in_time: bool) -> Report {
        Report {
            in_time,
            status: self.status(),
        }
    }

    /// Flushes on a thread of its own, or on the caller's where there is none.
    pub(crate) fn flush_soon(self: &Arc<Self>) -> oneshot::Receiver<Report> {
        let (report, runs) = self.flushes.ask();
        if runs {
            let running = Arc::clone(self);
            let thread = thread::Builder::new().name("otelier-flush".to_owned());
            let spawned = thread.spawn(move || running.flushes.run(|| running.flush()));
            if spawned.is_err() {
                self.flushes.run(|| self.flush());
            }
        }
        report
    }

    // Metrics come last: they tell of what became of the others.
    fn flush(&self) -> Report {
        let (tracer, meter, logger) = self.providers();
        let (outbox, timeout) = (self.metrics_outbox.clone(), self.timeout());
        let in_time = bounded::run(
            timeout,
            [
                Box::new(move || drop(tracer.force_flush())),
                Box::new(move || drop(logger.force_flush())),
            ],
            Box::new(move || {
                meter.force_flush().ok();
                drain(outbox.as_deref(), timeout).ok();
            }),
        );
        self.report(in_time)
    }

    fn stop(&self) -> Report {
        self.stopped.get_or_init(|| self.stop_now()).clone()
    }

    fn stop_now(&self) -> Report {
        // What is still open is told of with the last metrics.
        if let Some(providers) = otelier_core::installed() {
            providers.end();
        }
        let deadline = bounded::deadline(self.timeout());
        let give_up = deadline.checked_sub(MARGIN).unwrap_or(deadline);
        for transport in &self.transports {
            transport.finish_by(give_up);
        }
        let (tracer, meter, logger) = self.providers();
        let timeout = self.timeout();
        let metrics_ended = lock(&self.metrics_ended).take();
        let in_time = bounded::run(
            timeout,
            [
                Box::new(move || drop(tracer.shutdown_with_timeout(timeout))),
                Box::new(move || drop(logger.shutdown_with_timeout(timeout))),
            ],
            Box::new(move || {
                let started = Instant::now();
                drop(meter.shutdown_with_timeout(timeout));
                // Not where it has ended sooner: a reader that panicked tells nobody.
                if started.elapsed() >= PATIENCE_OF_THE_SDK {
                    metrics_ended.and_then(|ended| ended.recv_timeout(timeout).ok());
                }
            }),
        );
        for ledger in &self.ledgers {
            ledger.abandon();
        }
        self.say_losses();
        drop(lock(&self.runtime).take());
        self.report(in_time)
    }

    fn timeout(&self) -> Duration {
        self.config.sending.bound
    }

    fn providers(&self) -> (SdkTracerProvider, SdkMeterProvider, SdkLoggerProvider) {
        (self.tracer.clone(), self.meter.clone(), self.logger.clone())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
