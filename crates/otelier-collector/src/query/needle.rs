//! Looks for text in records, in slices.

use crate::{
    pace::Pace,
    store::{Log, Metric, Span, Trace, display_short},
};
use opentelemetry_proto::tonic::common::v1::KeyValue;

/// Bytes looked through at once.
const PIECE: usize = 64 << 10;
/// Of one value no more than this is looked through.
pub(super) const LONGEST: usize = 1 << 20;

/// A text to look for, in lower case; an empty one is everywhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needle<'a>(pub(crate) &'a str);

impl Needle<'_> {
    /// Whether a text holds it, in any case.
    pub(super) async fn is_in(self, text: &str, pace: &mut Pace) -> bool {
        let overlap = self.0.len() * 4;
        let mut from = 0;
        loop {
            let to = text.ceil_char_boundary((from + PIECE).min(text.len()));
            let piece = text.get(from..to).unwrap_or_default();
            pace.spend(piece.len() + 64).await;
            if piece.to_lowercase().contains(self.0) {
                return true;
            }
            if to == text.len() {
                return false;
            }
            from = text.floor_char_boundary(to.saturating_sub(overlap).max(from + 1));
        }
    }

    /// Whether a span or a log line of a trace holds it, or its id begins with it.
    pub(crate) async fn is_in_trace(self, trace: &Trace, pace: &mut Pace) -> bool {
        if self.0.is_empty() || trace.id().to_string().starts_with(self.0) {
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

    async fn is_in_any(self, texts: &[&str], pace: &mut Pace) -> bool {
        for text in texts {
            if self.is_in(text, pace).await {
                return true;
            }
        }
        false
    }

    /// Whether one of these attributes, written `key=value`, holds it.
    async fn is_in_attributes(self, attributes: &[KeyValue], pace: &mut Pace) -> bool {
        for attribute in attributes {
            let value = attribute.value.as_ref();
            let value = value.map(|value| display_short(value, LONGEST));
            let text = format!("{}={}", attribute.key, value.unwrap_or_default());
            if self.is_in(&text, pace).await {
                return true;
            }
        }
        false
    }

    /// Whether it is the beginning of an id.
    fn begins(self, id: Option<impl ToString>) -> bool {
        id.is_some_and(|id| id.to_string().starts_with(self.0))
    }

    pub(crate) async fn is_in_span(self, span: &Span, pace: &mut Pace) -> bool {
        let texts = [span.name(), span.service(), span.status_message()];
        if self.is_in_any(&texts, pace).await
            || self.is_in_attributes(span.attributes(), pace).await
            || self.begins(Some(span.id()))
            || self.begins(Some(span.trace_id()))
        {
            return true;
        }
        for event in &span.proto().events {
            if self.is_in(&event.name, pace).await
                || self.is_in_attributes(&event.attributes, pace).await
            {
                return true;
            }
        }
        false
    }

    pub(crate) async fn is_in_log(self, log: &Log, pace: &mut Pace) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let body = log.proto().body.as_ref();
        let body = body.map(|value| display_short(value, LONGEST));
        let texts = [log.service(), &log.proto().event_name];
        self.is_in(&body.unwrap_or_default(), pace).await
            || self.is_in_any(&texts, pace).await
            || self.is_in_attributes(log.attributes(), pace).await
            || self.begins(log.trace_id())
            || self.begins(log.span_id())
    }

    pub(crate) async fn is_in_series(self, series: &Metric, pace: &mut Pace) -> bool {
        let texts = [
            series.name(),
            series.description(),
            series.service(),
            series.unit(),
        ];
        self.is_in_any(&texts, pace).await || self.is_in_attributes(series.attributes(), pace).await
    }
}
