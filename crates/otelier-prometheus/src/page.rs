//! What is answered to who scrapes.

use std::{error, fmt};

use bytes::Bytes;

/// The metrics of one moment. Cheap to clone.
///
/// ```
/// use otelier_prometheus::{Page, Unread, page};
///
/// /// For a server that is not axum's: status, type and text.
/// async fn metrics(accept: &str) -> (u16, &'static str, String) {
///     match page(accept).await {
///         Ok(Page { content_type, body, .. }) => {
///             (200, content_type, String::from_utf8_lossy(&body).into_owned())
///         }
///         Err(unread) => (unread.status(), "text/plain", unread.to_string()),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The text.
    pub body: Bytes,
}

/// Why there is no page.
///
/// See the example of [`Page`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unread {
    /// Nobody has asked for it: neither `OTEL_METRICS_EXPORTER=prometheus` nor code.
    Off,
    /// As many read as may at a time.
    Busy,
    /// Telemetry has ended.
    Ended,
    /// What is asked when metrics are read, a callback of the program's, has panicked:
    /// the SDK reads nothing any more.
    Failed,
}

impl Unread {
    /// The status of HTTP that says so.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Off => 404,
            Self::Busy | Self::Ended => 503,
            Self::Failed => 500,
        }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "no metrics are kept here: OTEL_METRICS_EXPORTER=prometheus asks for it",
            Self::Busy => "too many read metrics at this moment",
            Self::Ended => "telemetry has ended",
            Self::Failed => "metrics cannot be read",
        })
    }
}

impl error::Error for Unread {}
