//! Spans that keep the integer where its text was recorded before it.

use std::{borrow::Cow, mem, time::SystemTime};

use opentelemetry::{
    Context as OtelContext, KeyValue, Value,
    trace::{Span, SpanBuilder, SpanContext, Status, Tracer},
};

/// A span that starts with more attributes than that keeps texts beside their
/// integers; exporters send the last of equals. So do those of one that takes more
/// texts later.
const MANY: usize = 64;

/// Starts spans whose integers stand in the place of their texts.
#[derive(Debug)]
pub(super) struct Settled<T>(pub(super) T);

impl<T: Tracer> Tracer for Settled<T> {
    type Span = SettledSpan<T::Span>;

    fn build_with_context(&self, mut builder: SpanBuilder, parent: &OtelContext) -> Self::Span {
        if let Some(attributes) = &mut builder.attributes {
            settle(attributes);
        }
        SettledSpan {
            span: self.0.build_with_context(builder, parent),
            texts: Vec::new(),
        }
    }
}

/// Holds texts that come after the start back until its end: one that an integer
/// follows takes none of the places that a span has for attributes.
#[derive(Debug)]
pub(super) struct SettledSpan<S: Span> {
    span: S,
    /// One for each key.
    texts: Vec<KeyValue>,
}

impl<S: Span> SettledSpan<S> {
    fn let_go(&mut self) {
        for text in mem::take(&mut self.texts) {
            self.span.set_attribute(text);
        }
    }
}

impl<S: Span> Span for SettledSpan<S> {
    fn add_event_with_timestamp<T>(
        &mut self,
        name: T,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) where
        T: Into<Cow<'static, str>>,
    {
        self.span
            .add_event_with_timestamp(name, timestamp, attributes);
    }

    fn span_context(&self) -> &SpanContext {
        self.span.span_context()
    }

    fn is_recording(&self) -> bool {
        self.span.is_recording()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        if !self.span.is_recording() {
            return;
        }
        // Of equals the last counts.
        self.texts.retain(|text| text.key != attribute.key);
        if matches!(attribute.value, Value::String(_)) && self.texts.len() < MANY {
            self.texts.push(attribute);
        } else {
            self.span.set_attribute(attribute);
        }
    }

    fn set_status(&mut self, status: Status) {
        self.span.set_status(status);
    }

    fn update_name<T>(&mut self, name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        self.span.update_name(name);
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        self.span.add_link(span_context, attributes);
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        self.let_go();
        self.span.end_with_timestamp(timestamp);
    }
}

impl<S: Span> Drop for SettledSpan<S> {
    fn drop(&mut self) {
        // One that nobody ended ends now.
        self.let_go();
    }
}

fn settle(attributes: &mut Vec<KeyValue>) {
    if attributes.len() > MANY {
        return;
    }
    let mut at = 0;
    while at < attributes.len() {
        let (before, rest) = attributes.split_at_mut(at);
        let integer = rest
            .first()
            .filter(|attribute| matches!(attribute.value, Value::I64(_)));
        let text = integer.and_then(|integer| {
            let mut before = before.iter_mut();
            let text = before.find(|attribute| {
                matches!(attribute.value, Value::String(_)) && attribute.key == integer.key
            })?;
            Some((text, integer))
        });
        if let Some((text, integer)) = text {
            text.value = integer.value.clone();
            attributes.remove(at);
        } else {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};

    use super::*;

    /// What becomes of a span that starts with so many attributes, and is told more.
    fn told(
        first: usize,
        tell: impl FnOnce(&mut SettledSpan<opentelemetry_sdk::trace::Span>),
    ) -> Vec<KeyValue> {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .with_max_attributes_per_span(4)
            .build();
        let tracer = Settled(provider.tracer("test"));
        let builder =
            SpanBuilder::from_name("x").with_attributes(vec![KeyValue::new("first", 0); first]);
        let mut span = tracer.build_with_context(builder, &OtelContext::new());
        tell(&mut span);
        drop(span);
        let spans = exporter.get_finished_spans().unwrap();
        assert_eq!(spans.len(), 1);
        assert_eq!(spans[0].dropped_attributes_count, 0);
        spans[0].attributes.clone()
    }

    #[test]
    fn an_integer_that_comes_late_takes_the_place_of_its_text() {
        let left = told(1, |span| {
            // As one call records two fields.
            span.set_attribute(KeyValue::new("a", "1"));
            span.set_attribute(KeyValue::new("b", "2"));
            span.set_attribute(KeyValue::new("c", "three"));
            span.set_attribute(KeyValue::new("a", 1));
            span.set_attribute(KeyValue::new("b", 2));
        });
        let expected = [
            KeyValue::new("first", 0),
            KeyValue::new("a", 1),
            KeyValue::new("b", 2),
            KeyValue::new("c", "three"),
        ];
        assert_eq!(left, expected);
    }

    #[test]
    fn of_equals_the_last_counts() {
        let left = told(0, |span| {
            span.set_attribute(KeyValue::new("a", 1));
            span.set_attribute(KeyValue::new("a", "one"));
            span.set_attribute(KeyValue::new("b", "two"));
            span.set_attribute(KeyValue::new("b", true));
            span.end();
            // It is over.
            span.set_attribute(KeyValue::new("c", "late"));
        });
        let expected = [
            KeyValue::new("a", 1),
            KeyValue::new("b", true),
            KeyValue::new("a", "one"),
        ];
        assert_eq!(left, expected);
    }

    #[test]
    fn texts_beyond_many_go_on_at_once() {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let tracer = Settled(provider.tracer("test"));
        let mut span = tracer.start("x");
        for key in 0..100 {
            span.set_attribute(KeyValue::new(key.to_string(), "text"));
        }
        assert_eq!(span.texts.len(), MANY);
        drop(span);
        let spans = exporter.get_finished_spans().unwrap();
        assert_eq!(spans[0].attributes.len(), 100);
    }
}
