//! What a handler may say and ask about its request.

use std::convert::Infallible;

use axum::response::{IntoResponseParts, ResponseParts};

use crate::record;

/// The trace that the caller is in, as 32 lower-case hexadecimal digits: for
/// error messages that a client can hand on. `None` outside of a trace, and
/// while telemetry is off, unless the caller's context passes through.
#[must_use]
#[inline]
pub fn trace_id() -> Option<String> {
    record::trace_id()
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

    #[inline]
    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        record::take_time_to_headers(&mut parts);
        Ok(parts)
    }
}
