//! Looks for text in records, in slices.

use super::answer::Pace;
use crate::store::{Log, Span, Trace, display_short};

/// Bytes looked through at once.
const PIECE: usize = 64 << 10;
/// Of one value no more than this is looked through.
const LONGEST: usize = 1 << 20;

/// A text to look for, in lower case; an empty one is everywhere.
#[derive(Debug)]
pub(super) struct Needle(pub(super) String);

impl Needle {
    /// Whether a text holds it, in any case.
    async fn is_in(&self, text: &str, pace: &mut Pace) -> bool {
        let overlap = self.0.len() * 4;
        let mut from = 0;
        loop {
            let to = text.ceil_char_boundary((from + PIECE).min(text.len()));
            let piece = text.get(from..to).unwrap_or_default();
            pace.spend(piece.len() + 64).await;
            if piece.to_lowercase().contains(&self.0) {
                return true;
            }
            if to == text.len() {
                return false;
            }
            from = text.floor_char_boundary(to.saturating_sub(overlap).max(from + 1));
        }
    }

    /// Whether a name, an attribute written `key=value`, or a log line of a trace holds it, or the
    /// id begins with it.
    pub(super) async fn is_in_trace(&self, trace: &Trace, pace: &mut Pace) -> bool {
        if self.0.is_empty() || trace.id().to_string().starts_with(&self.0) {
            return true;
        }
        for span in trace.spans() {
            if self.is_in_span(span, pace).await {
                return true;
            }
        }
        for log in trace.logs() {
            if self.is_in_log(log, pace).await {
                return true;
            }
        }
        false
    }

    async fn is_in_span(&self, span: &Span, pace: &mut Pace) -> bool {
        if self.is_in(span.name(), pace).await {
            return true;
        }
        for attribute in span.attributes() {
            let value = attribute.value.as_ref();
            let value = value.map(|value| display_short(value, LONGEST));
            let text = format!("{}={}", attribute.key, value.unwrap_or_default());
            if self.is_in(&text, pace).await {
                return true;
            }
        }
        false
    }

    pub(super) async fn is_in_log(&self, log: &Log, pace: &mut Pace) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let body = log.proto().body.as_ref();
        let body = body.map(|value| display_short(value, LONGEST));
        self.is_in(&body.unwrap_or_default(), pace).await
            || self.is_in(&log.proto().event_name, pace).await
    }
}
