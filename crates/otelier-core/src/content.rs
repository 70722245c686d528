//! Whether texts are recorded that people write to models.

/// Where it is recorded what was asked of language models, and what they answered
/// (`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`): nowhere, unless it is asked
/// for.
///
/// ```
/// use otelier_core::{ContentCapture, Conventions};
///
/// let mut conventions = Conventions::default();
/// conventions.gen_ai_content = ContentCapture::Events;
/// assert!(!conventions.gen_ai_content.is_in_spans());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentCapture {
    /// Nowhere.
    #[default]
    Nowhere,
    /// In events, which are log records with the ids of the call's span.
    Events,
    /// In attributes of spans.
    Spans,
    /// In both.
    EventsAndSpans,
}

impl ContentCapture {
    /// Whether it is recorded in events.
    #[must_use]
    pub fn is_in_events(self) -> bool {
        matches!(self, Self::Events | Self::EventsAndSpans)
    }

    /// Whether it is recorded in attributes of spans.
    #[must_use]
    pub fn is_in_spans(self) -> bool {
        matches!(self, Self::Spans | Self::EventsAndSpans)
    }
}
