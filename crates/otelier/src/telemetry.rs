//! The guard that a service keeps until its end.

use otelier_sdk::{Report, Status};

/// Running telemetry. Dropping it flushes and stops within the bound (five
/// seconds unless [`Setup::with_shutdown_timeout`](crate::Setup) says otherwise).
///
/// Keep it until the end of `main`. What is still queued when the process ends
/// by SIGKILL, `abort` or `std::process::exit` is lost: at most the last five
/// seconds of spans, one second of logs and one minute of metrics, unless
/// `OTEL_BSP_SCHEDULE_DELAY`, `OTEL_BLRP_SCHEDULE_DELAY` and
/// `OTEL_METRIC_EXPORT_INTERVAL` say otherwise.
///
/// ```
/// let telemetry = otelier::init!();
/// println!("{:?}", telemetry.status());
/// // .. and at the end of `main`:
/// telemetry.shutdown_blocking();
/// ```
#[derive(Debug)]
#[must_use = "telemetry stops when the guard is dropped"]
pub struct Telemetry {
    /// Ends first: what a flush blocks is not reported.
    #[cfg(feature = "runtime")]
    pub(crate) watch: otelier_runtime::Watch,
    /// Before the flush: it may have something to say.
    pub(crate) panics: crate::lines::PanicGuard,
    /// Before the flush, too.
    pub(crate) limit: crate::lines::Limit,
    #[cfg(feature = "logs")]
    pub(crate) log_filter: Option<crate::LogFilter>,
    #[cfg(feature = "sql-log")]
    #[cfg_attr(
        not(feature = "otel-http"),
        expect(dead_code, reason = "nothing listens without telemetry")
    )]
    pub(crate) sql_log: Option<otelier_sql::Config>,
    pub(crate) sdk: otelier_sdk::Telemetry,
    /// Ends last: it holds what was said until then.
    #[cfg(feature = "file")]
    pub(crate) file: Option<otelier_logs::FileGuard>,
}

impl Telemetry {
    /// The state of each signal at this moment.
    #[must_use]
    pub fn status(&self) -> Status {
        self.sdk.status()
    }

    /// Sends what has been recorded so far and tells what was not delivered.
    ///
    /// # Cancellation
    /// Dropping the future does not stop the flush, which ends by itself within
    /// the bound.
    pub async fn flush(&self) -> Report {
        self.sdk.flush().await
    }

    /// The same for code that is not async. Blocks up to the bound.
    pub fn flush_blocking(&self) -> Report {
        self.sdk.flush_blocking()
    }

    /// Sends what has been recorded, stops, and tells what was not delivered.
    /// Works on every kind of runtime, and outside of one.
    ///
    /// # Cancellation
    /// Dropping the future stops in the background; the bound holds all the same.
    pub async fn shutdown(self) -> Report {
        #[cfg(feature = "runtime")]
        drop(self.watch);
        self.sdk.shutdown().await
    }

    /// The same for code that is not async. Blocks up to the bound.
    pub fn shutdown_blocking(self) -> Report {
        #[cfg(feature = "runtime")]
        drop(self.watch);
        self.sdk.shutdown_blocking()
    }
}
