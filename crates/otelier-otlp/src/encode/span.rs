//! One span.

use std::time::SystemTime;

use opentelemetry::{
    InstrumentationScope,
    trace::{Event, Link, SpanContext, SpanId, SpanKind, Status},
};
use opentelemetry_sdk::trace::SpanData;

use super::{
    Policy,
    attribute::attributes,
    buffer::{FIXED32, FIXED64, VARINT},
    form::{Field, Form, field, nested},
    groups::Grouped,
    item::Item,
    scope::{self, Levels},
    secrets::Secrets,
};

/// The flags say whether the parent, or the linked span, is remote.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// Of a span as of a link.
const TRACE_ID: Field = nested(1, "traceId");
const SPAN_ID: Field = nested(2, "spanId");
const TRACE_STATE: Field = nested(3, "traceState");

const PARENT: Field = nested(4, "parentSpanId");
const NAME: Field = nested(5, "name");
const KIND: Field = field(6, VARINT, "kind");
const START: Field = field(7, FIXED64, "startTimeUnixNano");
const END: Field = field(8, FIXED64, "endTimeUnixNano");
const ATTRIBUTES: Field = nested(9, "attributes");
const DROPPED_ATTRIBUTES: Field = field(10, VARINT, "droppedAttributesCount");
const EVENTS: Field = nested(11, "events");
const DROPPED_EVENTS: Field = field(12, VARINT, "droppedEventsCount");
const LINKS: Field = nested(13, "links");
const DROPPED_LINKS: Field = field(14, VARINT, "droppedLinksCount");
const STATUS: Field = nested(15, "status");

impl Grouped for &SpanData {
    const LEVELS: Levels = scope::SPANS;

    fn same_scope(self, other: Self) -> bool {
        scope::same(&self.instrumentation_scope, &other.instrumentation_scope)
    }

    fn scope(&self) -> (&str, &InstrumentationScope) {
        let scope = &self.instrumentation_scope;
        (scope.name(), scope)
    }
}

impl Item for &SpanData {
    const LIST: Field = scope::SPANS.records;

    fn write(self, out: &mut impl Form, secrets: &mut Secrets, policy: &impl Policy) {
        let SpanData {
            span_context,
            parent_span_id,
            parent_span_is_remote,
            span_kind,
            name,
            start_time,
            end_time,
            attributes: pairs,
            dropped_attributes_count,
            events,
            links,
            status,
            // Written before the spans that share it.
            instrumentation_scope: _,
        } = self;
        secrets.begin();
        out.ids(TRACE_ID, SPAN_ID, span_context);
        out.trace_state(TRACE_STATE, span_context.trace_state());
        if *parent_span_id != SpanId::INVALID {
            out.id(PARENT, parent_span_id.to_bytes());
        }
        out.short_text(NAME, &secrets.free_text(policy, name));
        out.code(KIND, kind(span_kind));
        time(out, START, *start_time);
        time(out, END, *end_time);
        attributes(out, ATTRIBUTES, || pairs.iter(), secrets, policy);
        out.number(DROPPED_ATTRIBUTES, *dropped_attributes_count);
        let (mut dropped_events, mut dropped_links) = (events.dropped_count, links.dropped_count);
        if secrets.is_bare() {
            let count = |len| u32::try_from(len).unwrap_or(u32::MAX);
            dropped_events = dropped_events.saturating_add(count(events.events.len()));
            dropped_links = dropped_links.saturating_add(count(links.links.len()));
        } else {
            out.list(EVENTS);
            for event in &events.events {
                self::event(out, event, secrets, policy);
            }
            out.end_list();
        }
        out.number(DROPPED_EVENTS, dropped_events);
        if !secrets.is_bare() {
            out.list(LINKS);
            for link in &links.links {
                self::link(out, link, secrets, policy);
            }
            out.end_list();
        }
        out.number(DROPPED_LINKS, dropped_links);
        self::status(out, status, secrets, policy);
        out.span_flags(flags(span_context, *parent_span_is_remote));
    }
}

fn event(out: &mut impl Form, event: &Event, secrets: &mut Secrets, policy: &impl Policy) {
    const TIME: Field = field(1, FIXED64, "timeUnixNano");
    const NAME: Field = nested(2, "name");
    const ATTRIBUTES: Field = nested(3, "attributes");
    const DROPPED: Field = field(4, VARINT, "droppedAttributesCount");
    let open = out.item(EVENTS, 1);
    time(out, TIME, event.timestamp);
    out.text(NAME, &secrets.free_text(policy, &event.name));
    attributes(out, ATTRIBUTES, || event.attributes.iter(), secrets, policy);
    out.number(DROPPED, event.dropped_attributes_count);
    out.close(open);
}

fn link(out: &mut impl Form, link: &Link, secrets: &mut Secrets, policy: &impl Policy) {
    const ATTRIBUTES: Field = nested(4, "attributes");
    const DROPPED: Field = field(5, VARINT, "droppedAttributesCount");
    const FLAGS: Field = field(6, FIXED32, "flags");
    let context = &link.span_context;
    let open = out.item(LINKS, 1);
    out.ids(TRACE_ID, SPAN_ID, context);
    out.trace_state(TRACE_STATE, context.trace_state());
    attributes(out, ATTRIBUTES, || link.attributes.iter(), secrets, policy);
    out.number(DROPPED, link.dropped_attributes_count);
    out.fixed32(FLAGS, flags(context, context.is_remote()));
    out.close(open);
}

#[inline(always)]
fn status(out: &mut impl Form, status: &Status, secrets: &mut Secrets, policy: &impl Policy) {
    const MESSAGE: Field = nested(2, "message");
    const CODE: Field = field(3, VARINT, "code");
    let (code, description) = match status {
        Status::Unset => return out.empty(STATUS),
        Status::Ok => (1, None),
        Status::Error { description } => (2, Some(description)),
    };
    let open = out.open(STATUS, 1);
    if let Some(description) = description {
        out.text(MESSAGE, &secrets.free_text(policy, description));
    }
    out.code(CODE, code);
    out.close(open);
}

const fn kind(kind: &SpanKind) -> u8 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

fn flags(context: &SpanContext, is_remote: bool) -> u32 {
    let remote = if is_remote { IS_REMOTE } else { 0 };
    u32::from(context.trace_flags().to_u8()) | HAS_IS_REMOTE | remote
}

/// Nanoseconds since 1970, left out if there are none.
#[inline]
pub(super) fn time(out: &mut impl Form, field: Field, time: SystemTime) {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let nanos = since
        .as_secs()
        .wrapping_mul(1_000_000_000)
        .wrapping_add(u64::from(since.subsec_nanos()));
    out.fixed64(field, nanos);
}
