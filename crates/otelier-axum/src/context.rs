//! What is known about the request that is being served, such as the user's or
//! the organisation's id.
//!
//! ```
//! async fn handler() -> &'static str {
//!     otelier_axum::context::set("organization.id", 7);
//!     "ok"
//! }
//! ```

use std::{borrow::Cow, fmt::Display};

use crate::record;

/// Adds an entry to the request that the caller serves: it is recorded on the
/// request's own span, and on the spans and log records that start after it.
/// Outside of a request, and while telemetry is off, this does nothing.
///
/// A request has at most 32 entries; a value is cut at 256 bytes, and that of a
/// key that names a secret becomes `[REDACTED]`.
#[inline]
pub fn set(key: impl Into<Cow<'static, str>>, value: impl Display) {
    record::set(key, value);
}
