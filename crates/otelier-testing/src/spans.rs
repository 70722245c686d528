//! Spans as a test sees them.

use std::{fmt, time::Duration, time::SystemTime};

use opentelemetry::{
    KeyValue, Value,
    trace::{SpanContext, SpanId, SpanKind, Status, TraceId},
};
use opentelemetry_sdk::trace::SpanData;

/// A span that has ended.
///
/// ```
/// use opentelemetry::{
///     KeyValue,
///     trace::{
///         Span as _, SpanContext, SpanId, TraceFlags, TraceId, TraceState, Tracer as _,
///         TracerProvider as _,
///     },
/// };
///
/// let telemetry = otelier_testing::capture();
/// let mut span = telemetry.tracer_provider().tracer("bakery").start("bake");
/// span.set_attribute(KeyValue::new("loaves", 3));
/// span.add_event("risen", vec![KeyValue::new("oven", "left")]);
/// let before = SpanContext::new(
///     TraceId::from(1),
///     SpanId::from(2),
///     TraceFlags::SAMPLED,
///     true,
///     TraceState::default(),
/// );
/// span.add_link(before.clone(), Vec::new());
/// span.end();
///
/// let span = telemetry.span("bake");
/// assert_eq!(span.get("loaves"), Some(3.into()));
/// assert_eq!(span.attributes.to_string(), "loaves=3");
/// assert_eq!(span.events[0].name, "risen");
/// assert_eq!(span.links[0].span_id, before.span_id());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Span {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: SpanKind,
    /// Its status.
    pub status: Status,
    /// Its attributes, in the order in which they were set.
    pub attributes: Attributes,
    /// Its events, in the order in which they were added.
    pub events: Vec<Event>,
    /// Its links, in the order in which they were added.
    pub links: Vec<Link>,
    /// The name of its parent, if that was captured too.
    pub parent: Option<String>,
    /// The trace that it belongs to.
    pub trace_id: TraceId,
    /// Its own id.
    pub span_id: SpanId,
    /// The id of its parent, captured or not.
    pub parent_span_id: Option<SpanId>,
    /// The whole span context.
    pub context: SpanContext,
    /// The name of the tracer that made it.
    pub scope: String,
    /// When it started.
    pub started: SystemTime,
    /// When it ended.
    pub ended: SystemTime,
    order: u64,
}

impl Span {
    pub(crate) fn new(data: SpanData, order: u64) -> Self {
        let SpanData {
            span_context,
            parent_span_id,
            parent_span_is_remote: _,
            span_kind,
            name,
            start_time,
            end_time,
            attributes,
            dropped_attributes_count: _,
            events,
            links,
            status,
            instrumentation_scope,
        } = data;
        Self {
            name: name.into_owned(),
            kind: span_kind,
            status,
            attributes: Attributes::last_of_equals(attributes),
            events: events.into_iter().map(Event::new).collect(),
            links: links.into_iter().map(Link::new).collect(),
            parent: None,
            trace_id: span_context.trace_id(),
            span_id: span_context.span_id(),
            parent_span_id: (parent_span_id != SpanId::INVALID).then_some(parent_span_id),
            context: span_context,
            scope: instrumentation_scope.name().to_owned(),
            started: start_time,
            ended: end_time,
            order,
        }
    }

    /// The value of an attribute.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value> {
        self.attributes.get(key)
    }

    /// How long it took; zero if the clock went back.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.ended.duration_since(self.started).unwrap_or_default()
    }

    pub(crate) fn sort_key(&self) -> (SystemTime, &str, u64) {
        (self.started, &self.name, self.order)
    }
}

/// The attributes of a span, an event, a link, a log record or a point.
///
/// See the example of [`Span`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes(pub(crate) Vec<KeyValue>);

impl Attributes {
    /// Each key once, as exporters send it.
    fn last_of_equals(attributes: Vec<KeyValue>) -> Self {
        let mut kept: Vec<KeyValue> = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            match kept.iter_mut().find(|other| other.key == attribute.key) {
                Some(earlier) => earlier.value = attribute.value,
                None => kept.push(attribute),
            }
        }
        Self(kept)
    }

    /// The value of an attribute.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value> {
        let found = self.0.iter().rfind(|kv| kv.key.as_str() == key);
        found.map(|kv| kv.value.clone())
    }

    /// Goes through keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|kv| (kv.key.as_str(), &kv.value))
    }

    /// Tells whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (key, value)) in self.iter().enumerate() {
            let gap = if at == 0 { "" } else { " " };
            write!(f, "{gap}{key}={value}")?;
        }
        Ok(())
    }
}

/// Something that happened during a span.
///
/// See the example of [`Span`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Its attributes.
    pub attributes: Attributes,
}

impl Event {
    fn new(event: opentelemetry::trace::Event) -> Self {
        Self {
            name: event.name.into_owned(),
            attributes: Attributes::last_of_equals(event.attributes),
        }
    }
}

/// Another span that a span points at.
///
/// See the example of [`Span`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Link {
    /// The trace of the other span.
    pub trace_id: TraceId,
    /// The other span.
    pub span_id: SpanId,
    /// Its attributes.
    pub attributes: Attributes,
}

impl Link {
    fn new(link: opentelemetry::trace::Link) -> Self {
        Self {
            trace_id: link.span_context.trace_id(),
            span_id: link.span_context.span_id(),
            attributes: Attributes::last_of_equals(link.attributes),
        }
    }
}
