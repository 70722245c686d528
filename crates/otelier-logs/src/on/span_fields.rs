//! Fields of the enclosing `tracing` spans that are copied to log records, by name.

use std::error::Error;

use opentelemetry::logs::LogRecord;
use opentelemetry::{Key, logs::AnyValue};
use tracing_core::field::Visit;
use tracing_core::{Event, Field, Subscriber, span};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::record::{Sink, Slot, Values};
use crate::log_crate::plain_name;

/// The names to copy.
#[derive(Debug, Default)]
pub(super) struct SpanFields(pub(super) Box<[String]>);

/// What a span has of them; lives in the span's extensions.
struct Kept(Vec<(&'static str, AnyValue)>);

impl SpanFields {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn on_new_span<S>(
        &self,
        attrs: &span::Attributes<'_>,
        id: &span::Id,
        ctx: &Context<'_, S>,
    ) where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        self.keep(id, ctx, |visitor| attrs.record(visitor));
    }

    pub(super) fn on_record<S>(
        &self,
        id: &span::Id,
        values: &span::Record<'_>,
        ctx: &Context<'_, S>,
    ) where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        self.keep(id, ctx, |visitor| values.record(visitor));
    }

    fn keep<S>(&self, id: &span::Id, ctx: &Context<'_, S>, record: impl FnOnce(&mut dyn Visit))
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if self.is_empty() {
            return;
        }
        let mut picked = Values {
            sink: Picked {
                names: &self.0,
                found: Vec::new(),
            },
            scratch: String::new(),
        };
        // Before the extensions are locked: this calls the user's Debug.
        record(&mut picked);
        let found = picked.sink.found;
        let (false, Some(span)) = (found.is_empty(), ctx.span(id)) else {
            return;
        };
        let mut extensions = span.extensions_mut();
        if let Some(Kept(kept)) = extensions.get_mut::<Kept>() {
            kept.retain(|(name, _)| !found.iter().any(|(newer, _)| newer == name));
            kept.extend(found);
        } else {
            extensions.insert(Kept(found));
        }
    }

    /// Adds what the spans around the event have; the innermost value of a name wins, the event's own field before all.
    pub(super) fn add_to<R, S>(&self, record: &mut R, event: &Event<'_>, ctx: &Context<'_, S>)
    where
        R: LogRecord,
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if self.is_empty() {
            return;
        }
        let Some(scope) = ctx.event_scope(event) else {
            return;
        };
        let own = event.metadata().fields();
        let mut seen: Vec<&'static str> = Vec::new();
        for span in scope {
            let extensions = span.extensions();
            let Some(Kept(kept)) = extensions.get::<Kept>() else {
                continue;
            };
            for (name, value) in kept {
                if seen.contains(name) || own.iter().any(|field| plain_name(field.name()) == *name)
                {
                    continue;
                }
                seen.push(name);
                record.add_attribute(Key::from_static_str(name), value.clone());
            }
        }
    }
}

struct Picked<'a> {
    names: &'a [String],
    found: Vec<(&'static str, AnyValue)>,
}

impl Sink for Picked<'_> {
    fn slot(&self, field: &Field) -> Slot {
        let name = plain_name(field.name());
        if self.names.iter().any(|wanted| wanted == name) {
            Slot::Attribute(name)
        } else {
            Slot::Nowhere
        }
    }

    fn attribute(&mut self, name: &'static str, value: AnyValue) {
        self.found.push((name, value));
    }

    fn body(&mut self, _: &str) {}

    fn event_name(&mut self, _: &'static str, _: &str) {}

    fn exception(&mut self, _: &(dyn Error + 'static)) {}
}
