//! Makes single records fit into one request.
//!
//! Records above the limit are rare: with the default limits it takes hundreds
//! of long values in one span. Their values are cut shorter and shorter until
//! the record fits; a marker tells what happened.

use opentelemetry::{InstrumentationScope, KeyValue, logs::LogRecord as _};
use opentelemetry_sdk::{logs::SdkLogRecord, trace::SpanData};

use crate::imp::{record, truncate, weigh::Scale};

/// Says that a record was cut, and what it weighed.
const MARKER: &str = "otelier.truncated";
/// What the marker itself may weigh.
const MARKER_ROOM: usize = 256;
/// Value lengths that are tried in turn.
const LENGTHS: [usize; 4] = [16 * 1024, 2 * 1024, 256, 64];

/// Cuts a span until it weighs at most `room`. Returns its weight, `None` if
/// it cannot be made to fit.
pub(crate) fn span(span: &mut SpanData, scale: Scale, room: usize) -> Option<usize> {
    let original = scale.span(span);
    if original <= room {
        return Some(original);
    }
    let room = room.checked_sub(MARKER_ROOM)?;
    for length in LENGTHS {
        truncate::name(&mut span.name, length);
        truncate::attributes(&mut span.attributes, length);
        for event in &mut span.events.events {
            truncate::name(&mut event.name, length);
            truncate::attributes(&mut event.attributes, length);
        }
        for link in &mut span.links.links {
            truncate::attributes(&mut link.attributes, length);
        }
        if scale.span(span) <= room {
            return Some(mark(span, scale, original));
        }
    }
    span.events.dropped_count += count(span.events.events.len());
    span.events.events.clear();
    span.links.dropped_count += count(span.links.links.len());
    span.links.links.clear();
    (scale.span(span) <= room).then(|| mark(span, scale, original))
}

fn mark(span: &mut SpanData, scale: Scale, original: usize) -> usize {
    span.attributes
        .push(KeyValue::new(MARKER, reason(original)));
    scale.span(span)
}

/// What became of a log record.
#[derive(Debug)]
pub(crate) enum Fitted {
    /// It fits, and weighs this.
    AsIs(usize),
    /// This copy fits, and weighs this.
    Cut(usize, Box<SdkLogRecord>),
    /// No copy would fit.
    TooLarge,
}

/// Cuts a log record until it weighs at most `room`.
pub(crate) fn log(
    original: &SdkLogRecord,
    scope: &InstrumentationScope,
    scale: Scale,
    room: usize,
) -> Fitted {
    let weight = scale.log(original, scope);
    if weight <= room {
        return Fitted::AsIs(weight);
    }
    for length in LENGTHS {
        let mut copy = record::head_of(original);
        if let Some(body) = original.body() {
            copy.set_body(truncate::any_value(body, length));
        }
        for (key, value) in original.attributes_iter() {
            copy.add_attribute(key.clone(), truncate::any_value(value, length));
        }
        copy.add_attribute(MARKER, reason(weight));
        let cut = scale.log(&copy, scope);
        if cut <= room {
            return Fitted::Cut(cut, Box::new(copy));
        }
    }
    Fitted::TooLarge
}

fn reason(original: usize) -> String {
    format!("total size of {original} bytes exceeds what one request may hold")
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
