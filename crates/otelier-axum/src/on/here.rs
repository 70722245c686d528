//! What a handler may say and ask about its request.

use std::convert::Infallible;

use axum::response::{IntoResponseParts, ResponseParts};
use opentelemetry::{Context, trace::TraceContextExt as _};

/// The trace that the caller is in, as 32 lower-case hexadecimal digits: for
/// error messages that a client can hand on. `None` outside of a trace, and
/// while telemetry is off, unless the caller's context passes through.
#[must_use]
pub fn trace_id() -> Option<String> {
    Context::map_current(|cx| {
        let span = cx.span();
        let span = span.span_context();
        span.is_valid().then(|| span.trace_id().to_string())
    })
}

/// A part of a response that makes the time to its head the request's duration
/// metric: for streams that last as long as somebody listens. The span still
/// lasts to the last byte.
///
/// ```
/// use axum::response::{IntoResponse, Response};
/// use otelier_axum::TimeToHeaders;
///
/// async fn events() -> Response {
///     (TimeToHeaders, "data: 1\n\n").into_response()
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TimeToHeaders;

impl IntoResponseParts for TimeToHeaders {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}
