//! What is said in the same way whether requests are recorded or not.

/// When the span of a request ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpanEnd {
    /// With the response's head, as the conventions have it.
    #[default]
    Head,
    /// With the response's body: read to its end, failed, or dropped.
    Body,
}

/// Sends a request without trace context and baggage, given to it by
/// `RequestBuilder::with_extension`; it is recorded all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoPropagation;
