//! What a handler may say and ask about its request.

use std::convert::Infallible;

use axum::response::{IntoResponseParts, ResponseParts};

use crate::{record, stream::Marked};

/// The trace that the caller is in, as 32 lower-case hexadecimal digits: for
/// error messages that a client can hand on. `None` outside of a trace, and
/// while telemetry is off, unless the caller's context passes through.
#[must_use]
#[inline]
pub fn trace_id() -> Option<String> {
    record::trace_id()
}

/// A part of a response that says that it is a stream, which lasts as long as
/// somebody listens: the time to its head is the request's duration metric, it is
/// counted among the open streams, and a client that leaves it is no error. The
/// span still lasts to the last byte.
///
/// Server-Sent Events (`text/event-stream`) are streams without it.
///
/// ```
/// use axum::{body::Body, response::{IntoResponse, Response}};
/// use otelier_axum::TimeToHeaders;
///
/// async fn lines(lines: Body) -> Response {
///     (TimeToHeaders, lines).into_response()
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TimeToHeaders;

impl IntoResponseParts for TimeToHeaders {
    type Error = Infallible;

    #[inline]
    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(Marked);
        Ok(parts)
    }
}
