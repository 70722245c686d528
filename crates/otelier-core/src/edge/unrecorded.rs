//! Whether anything is recorded.

/// It is not: telemetry is compiled out.
pub(super) const RECORDS: bool = false;
