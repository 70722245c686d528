//! Log records as a test sees them.

use std::{fmt, time::SystemTime};

use opentelemetry::{
    Value,
    trace::{SpanId, TraceId},
};

use crate::spans::Attributes;

/// A log record.
///
/// ```
/// let telemetry = otelier_testing::capture();
/// tracing::warn!(loaves = 3, "oven is cold");
///
/// let logs = telemetry.logs();
/// assert_eq!(logs[0].get("loaves"), Some(3.into()));
/// assert_eq!(logs[0].to_string(), "WARN oven is cold loaves=3");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Log {
    /// Its severity: `INFO`.
    pub level: String,
    /// Where it comes from, the module by default.
    pub target: String,
    /// The name of the event, if it is one of the conventions.
    pub event: Option<String>,
    /// Its text.
    pub message: String,
    /// Its fields, in the order of the source.
    pub attributes: Attributes,
    /// The trace that was current.
    pub trace_id: Option<TraceId>,
    /// The span that was current.
    pub span_id: Option<SpanId>,
    /// When it was emitted.
    pub time: SystemTime,
    pub(crate) order: u64,
}

impl Log {
    /// The value of a field.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value> {
        self.attributes.get(key)
    }
}

/// Draws it as it stands in the tree: `INFO order found id=7`.
impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.level)?;
        if !self.message.is_empty() {
            write!(f, " {}", self.message)?;
        }
        if !self.attributes.is_empty() {
            write!(f, " {}", self.attributes)?;
        }
        Ok(())
    }
}
