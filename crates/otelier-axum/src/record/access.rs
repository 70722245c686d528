//! The line that is logged of a request.

use std::{borrow::Cow, time::Duration};

use otelier_core::edge::Span;
use tracing::Level;

use super::{error::ErrorType, labels::Labels};

/// Logs that a request is over, in its trace.
pub(super) fn log(
    span: &Span,
    method: &str,
    path: Option<&str>,
    labels: &Labels,
    elapsed: Duration,
) {
    // `tracing` wants each level to be a constant.
    macro_rules! line {
        ($level:expr) => {
            if tracing::enabled!(target: "otelier_axum::access", $level) {
                let status = labels.status.map(|status| status.as_u16());
                let error = labels.error.map(ErrorType::text);
                let error = error.as_ref().map(|error| error.as_str());
                let ending = ending(status, error);
                // Whoever reads ids asks for the current context.
                let _current = span.attach();
                tracing::event!(
                    name: "http.server.request",
                    target: "otelier_axum::access",
                    $level,
                    http.request.method = method,
                    url.path = path,
                    http.route = labels.route.label.as_ref().map(|route| route.as_str()),
                    http.response.status_code = status.map(i64::from),
                    "error.type" = error,
                    http.server.request.duration = elapsed.as_secs_f64(),
                    "{method} {} {ending} {:.1} ms",
                    path.unwrap_or_default(),
                    elapsed.as_secs_f64() * 1e3,
                );
            }
        };
    }
    match labels.error {
        None => line!(Level::INFO),
        Some(ErrorType::Cancelled) => line!(Level::WARN),
        Some(_) => line!(Level::ERROR),
    }
}

/// The status, and what went wrong after it was sent, or instead.
fn ending(status: Option<u16>, error: Option<&str>) -> Cow<'_, str> {
    match (status, error) {
        (Some(status), Some(error)) if status < 500 => format!("{status} {error}").into(),
        (Some(status), _) => status.to_string().into(),
        (None, error) => error.unwrap_or_default().into(),
    }
}
