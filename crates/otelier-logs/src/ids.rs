//! What a line tells of the span around it.

/// The ids of the current span.
#[derive(Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) trace: u128,
    pub(crate) span: u64,
}
