//! Whether anything is recorded.

/// It is: telemetry is compiled in.
pub(super) const RECORDS: bool = true;
