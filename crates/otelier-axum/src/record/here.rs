//! What a handler asks and says.

use axum::response::ResponseParts;
use opentelemetry::{Context, trace::TraceContextExt as _};

use super::marks::ToHeaders;

pub(crate) fn trace_id() -> Option<String> {
    Context::map_current(|cx| {
        let span = cx.span();
        let span = span.span_context();
        span.is_valid().then(|| span.trace_id().to_string())
    })
}

pub(crate) fn take_time_to_headers(parts: &mut ResponseParts) {
    parts.extensions_mut().insert(ToHeaders);
}
