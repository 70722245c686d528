//! What libraries count with the `metrics` facade (0.24), as OpenTelemetry metrics.
//!
//! ```
//! // Before the libraries count; the facade's `init!` does it with the feature
//! // `metrics`.
//! otelier_metrics::install()?;
//! # Ok::<(), otelier_metrics::Taken>(())
//! ```
//!
//! # What is recorded
//! | there | here |
//! |---|---|
//! | `counter!` | a counter |
//! | `gauge!` | a gauge |
//! | `histogram!` | a histogram |
//! | `describe_counter!` and the like, before the first use | description and unit |
//! | labels | attributes, texts all of them |
//!
//! Names stay as they are; what OpenTelemetry does not allow in one becomes `_`.
//! Counters and gauges are kept here and read when metrics are collected, so that
//! what they say before telemetry is set up is told, too; what a histogram gets
//! before that is lost.
//!
//! # What is not
//! Of each kind there are at most 512 names, and of each name 1,000 sets of labels
//! of at most 16 labels. Beyond that, labels become one set,
//! `otel.metric.overflow` = `true`, and names nothing. A value has at most 256
//! bytes. What was counted once stays until the process ends.
//!
//! # Cost
//! The facade looks up each metric at each use, unless the library keeps the
//! handle: a lock for reading and a look-up. A counter or gauge then is one atomic
//! operation.
//!
//! # Features
//! - `otel` (default): Records. Without it nothing is installed.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
mod record;
mod taken;

pub use self::taken::Taken;

/// Has what is counted from here on recorded, once for the process.
///
/// # Errors
/// [`Taken`] if the program has another recorder; nothing changes then.
pub fn install() -> Result<(), Taken> {
    record::install()
}
