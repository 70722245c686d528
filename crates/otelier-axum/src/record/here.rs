//! What a handler asks and says.

use opentelemetry::{Context, trace::TraceContextExt as _};

pub(crate) fn trace_id() -> Option<String> {
    Context::map_current(|cx| {
        let span = cx.span();
        let span = span.span_context();
        span.is_valid().then(|| span.trace_id().to_string())
    })
}
