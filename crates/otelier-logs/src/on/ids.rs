//! The ids of the current context.

use opentelemetry::{Context, trace::TraceContextExt as _};

use crate::ids::Ids;

/// The same ids that a log record gets which is emitted now.
pub(crate) fn current_ids() -> Option<Ids> {
    Context::map_current(|context| {
        let span = context.span();
        let ids = span.span_context();
        ids.is_valid().then(|| Ids {
            trace: u128::from_be_bytes(ids.trace_id().to_bytes()),
            span: u64::from_be_bytes(ids.span_id().to_bytes()),
        })
    })
}
