//! One span.

use std::time::SystemTime;

use opentelemetry::{
    InstrumentationScope,
    trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceState},
};
use opentelemetry_sdk::trace::SpanData;

use super::{
    Policy,
    batch::Item,
    buffer::{BYTES, Buffer, FIXED32, FIXED64, VARINT, bytes_len, key},
    scope,
    secrets::Secrets,
    value,
};

/// The flags say whether the parent, or the linked span, is remote.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

impl Item for &SpanData {
    type Copy = SpanData;

    fn same_scope(self, other: Self) -> bool {
        scope::same(&self.instrumentation_scope, &other.instrumentation_scope)
    }

    fn scope(&self) -> (&str, &InstrumentationScope) {
        let scope = &self.instrumentation_scope;
        (scope.name(), scope)
    }

    fn write(self, out: &mut Buffer, secrets: &mut Secrets, policy: &impl Policy) {
        let SpanData {
            span_context,
            parent_span_id,
            parent_span_is_remote,
            span_kind,
            name,
            start_time,
            end_time,
            attributes,
            dropped_attributes_count,
            events,
            links,
            status,
            // Written before the spans that share it.
            instrumentation_scope: _,
        } = self;
        secrets.begin();
        ids(out, span_context);
        trace_state(out, span_context.trace_state());
        if *parent_span_id != SpanId::INVALID {
            out.put([key(4, BYTES), 8]);
            out.put(parent_span_id.to_bytes());
        }
        out.short_text(key(5, BYTES), &secrets.free_text(policy, name));
        out.put([key(6, VARINT), kind(span_kind)]);
        time(out, key(7, FIXED64), *start_time);
        time(out, key(8, FIXED64), *end_time);
        value::attributes(out, key(9, BYTES), attributes, secrets, policy);
        out.number(key(10, VARINT), u64::from(*dropped_attributes_count));
        for event in &events.events {
            self::event(out, event, secrets, policy);
        }
        out.number(key(12, VARINT), u64::from(events.dropped_count));
        for link in &links.links {
            self::link(out, link, secrets, policy);
        }
        out.number(key(14, VARINT), u64::from(links.dropped_count));
        self::status(out, status, secrets, policy);
        let [a, b, c, d] = flags(span_context, *parent_span_is_remote).to_le_bytes();
        // The key of field 16 takes two bytes.
        out.put([0x85, 0x01, a, b, c, d]);
    }

    fn cut(self, policy: &impl Policy, room: usize) -> Option<SpanData> {
        policy.cut_span(self, room)
    }

    fn write_copy(
        self,
        copy: &SpanData,
        out: &mut Buffer,
        secrets: &mut Secrets,
        policy: &impl Policy,
    ) {
        copy.write(out, secrets, policy);
    }
}

fn event(out: &mut Buffer, event: &Event, secrets: &mut Secrets, policy: &impl Policy) {
    let open = out.open(key(11, BYTES), 1);
    time(out, key(1, FIXED64), event.timestamp);
    out.text(key(2, BYTES), &secrets.free_text(policy, &event.name));
    value::attributes(out, key(3, BYTES), &event.attributes, secrets, policy);
    out.number(key(4, VARINT), u64::from(event.dropped_attributes_count));
    out.close(open);
}

fn link(out: &mut Buffer, link: &Link, secrets: &mut Secrets, policy: &impl Policy) {
    let context = &link.span_context;
    let open = out.open(key(13, BYTES), 1);
    ids(out, context);
    trace_state(out, context.trace_state());
    value::attributes(out, key(4, BYTES), &link.attributes, secrets, policy);
    out.number(key(5, VARINT), u64::from(link.dropped_attributes_count));
    out.byte(key(6, FIXED32));
    out.put(flags(context, context.is_remote()).to_le_bytes());
    out.close(open);
}

const STATUS: u8 = key(15, BYTES);
const CODE: u8 = key(3, VARINT);

#[inline(always)]
fn status(out: &mut Buffer, status: &Status, secrets: &mut Secrets, policy: &impl Policy) {
    match status {
        Status::Unset => out.put([STATUS, 0]),
        Status::Ok => out.put([STATUS, 2, CODE, 1]),
        Status::Error { description } => error(out, &secrets.free_text(policy, description)),
    }
}

#[inline(never)]
fn error(out: &mut Buffer, description: &str) {
    let text = match description.len() {
        0 => 0,
        len => 1 + bytes_len(len),
    };
    out.byte(STATUS);
    out.varint((text + 2) as u64);
    out.text(key(2, BYTES), description);
    out.put([CODE, 2]);
}

/// Fields 1 and 2, of a span as of a link.
#[inline]
fn ids(out: &mut Buffer, context: &SpanContext) {
    let mut piece = [0; 28];
    let (trace, span) = piece.split_at_mut(18);
    if let [number, len, id @ ..] = trace {
        (*number, *len) = (key(1, BYTES), 16);
        id.copy_from_slice(&context.trace_id().to_bytes());
    }
    if let [number, len, id @ ..] = span {
        (*number, *len) = (key(2, BYTES), 8);
        id.copy_from_slice(&context.span_id().to_bytes());
    }
    out.put(piece);
}

/// `a=1,b=2`
fn trace_state(out: &mut Buffer, state: &TraceState) {
    let members = || state.into_iter();
    let len: usize = members()
        .map(|(name, value)| name.len() + value.len() + 2)
        .sum();
    // There is no comma before the first; an empty one is left out.
    let Some(len @ 1..) = len.checked_sub(1) else {
        return;
    };
    out.byte(key(3, BYTES));
    out.varint(len as u64);
    for (at, (name, value)) in members().enumerate() {
        if at > 0 {
            out.byte(b',');
        }
        out.raw(name.as_bytes());
        out.byte(b'=');
        out.raw(value.as_bytes());
    }
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
pub(super) fn time(out: &mut Buffer, field: u8, time: SystemTime) {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let nanos = since
        .as_secs()
        .wrapping_mul(1_000_000_000)
        .wrapping_add(u64::from(since.subsec_nanos()));
    if nanos != 0 {
        let [a, b, c, d, e, f, g, h] = nanos.to_le_bytes();
        out.put([field, a, b, c, d, e, f, g, h]);
    }
}
