//! Estimates what a protobuf message takes in memory before it is decoded.
//!
//! An empty span is two bytes on the wire and hundreds in memory: without this, a request within
//! the limit could take gigabytes.

use crate::signal::Signal;
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    metrics::v1::{
        Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint,
        ResourceMetrics, ScopeMetrics, SummaryDataPoint, summary_data_point::ValueAtQuantile,
    },
    trace::v1::{
        ResourceSpans, ScopeSpans, Span,
        span::{Event, Link},
    },
};

/// Below this a message is decoded without a look: whatever is in it, it takes little.
const SMALL: usize = 256 << 10;
/// prost stops here as well.
const DEEPEST: u32 = 100;

/// A message type: its size in memory, and the fields that are messages.
struct Shape {
    size: usize,
    fields: &'static [(u64, &'static Self)],
}

const fn shape<T>(fields: &'static [(u64, &'static Shape)]) -> Shape {
    Shape {
        size: size_of::<T>(),
        fields,
    }
}

static VALUE: Shape = shape::<AnyValue>(&[(5, &VALUES), (6, &PAIRS)]);
static VALUES: Shape = shape::<()>(&[(1, &VALUE)]);
static PAIRS: Shape = shape::<()>(&[(1, &PAIR)]);
/// Its value lies within.
static PAIR: Shape = shape::<KeyValue>(&[(2, &INNER_VALUE)]);
static INNER_VALUE: Shape = shape::<()>(&[(5, &VALUES), (6, &PAIRS)]);
static TEXT: Shape = shape::<String>(&[]);
static ENTITY: Shape = shape::<[String; 4]>(&[(3, &TEXT), (4, &TEXT)]);
static RESOURCE: Shape = shape::<()>(&[(1, &PAIR), (3, &ENTITY)]);
static SCOPE: Shape = shape::<()>(&[(3, &PAIR)]);

static TRACES: Shape = shape::<()>(&[(1, &RESOURCE_SPANS)]);
static RESOURCE_SPANS: Shape = shape::<ResourceSpans>(&[(1, &RESOURCE), (2, &SCOPE_SPANS)]);
static SCOPE_SPANS: Shape = shape::<ScopeSpans>(&[(1, &SCOPE), (2, &SPAN)]);
static SPAN: Shape = shape::<Span>(&[(9, &PAIR), (11, &EVENT), (13, &LINK)]);
static EVENT: Shape = shape::<Event>(&[(3, &PAIR)]);
static LINK: Shape = shape::<Link>(&[(4, &PAIR)]);

static LOGS: Shape = shape::<()>(&[(1, &RESOURCE_LOGS)]);
static RESOURCE_LOGS: Shape = shape::<ResourceLogs>(&[(1, &RESOURCE), (2, &SCOPE_LOGS)]);
static SCOPE_LOGS: Shape = shape::<ScopeLogs>(&[(1, &SCOPE), (2, &LOG)]);
static LOG: Shape = shape::<LogRecord>(&[(5, &INNER_VALUE), (6, &PAIR)]);

static METRICS: Shape = shape::<()>(&[(1, &RESOURCE_METRICS)]);
static RESOURCE_METRICS: Shape = shape::<ResourceMetrics>(&[(1, &RESOURCE), (2, &SCOPE_METRICS)]);
static SCOPE_METRICS: Shape = shape::<ScopeMetrics>(&[(1, &SCOPE), (2, &METRIC)]);
static METRIC: Shape = shape::<Metric>(&[
    (5, &NUMBERS),
    (7, &NUMBERS),
    (9, &HISTOGRAMS),
    (10, &EXPONENTIALS),
    (11, &SUMMARIES),
    (12, &PAIR),
]);
static NUMBERS: Shape = shape::<()>(&[(1, &NUMBER)]);
static NUMBER: Shape = shape::<NumberDataPoint>(&[(5, &EXEMPLAR), (7, &PAIR)]);
static HISTOGRAMS: Shape = shape::<()>(&[(1, &HISTOGRAM)]);
static HISTOGRAM: Shape = shape::<HistogramDataPoint>(&[(8, &EXEMPLAR), (9, &PAIR)]);
static EXPONENTIALS: Shape = shape::<()>(&[(1, &EXPONENTIAL)]);
static EXPONENTIAL: Shape = shape::<ExponentialHistogramDataPoint>(&[(1, &PAIR), (11, &EXEMPLAR)]);
static SUMMARIES: Shape = shape::<()>(&[(1, &SUMMARY)]);
static SUMMARY: Shape = shape::<SummaryDataPoint>(&[(6, &QUANTILE), (7, &PAIR)]);
static QUANTILE: Shape = shape::<ValueAtQuantile>(&[]);
static EXEMPLAR: Shape = shape::<Exemplar>(&[(7, &PAIR)]);

/// Whether a message decodes to about `memory` bytes or fewer. A malformed message fits as far as
/// it can be read: decoding stops at the same place.
///
/// # Cost
/// Nothing for small messages; else one pass over the keys and lengths.
pub(crate) fn fits(signal: Signal, message: &[u8], memory: usize) -> bool {
    if message.len() <= SMALL {
        return true;
    }
    let shape = match signal {
        Signal::Traces => &TRACES,
        Signal::Metrics => &METRICS,
        Signal::Logs => &LOGS,
    };
    let mut left = memory;
    !matches!(
        walk(message, shape, DEEPEST, &mut left),
        Err(Stop::TooLarge)
    )
}

enum Stop {
    TooLarge,
    Malformed,
}

fn walk(mut bytes: &[u8], shape: &Shape, depth: u32, left: &mut usize) -> Result<(), Stop> {
    let deeper = depth.checked_sub(1).ok_or(Stop::Malformed)?;
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        match key & 7 {
            0 => {
                varint(&mut bytes)?;
            }
            1 => {
                take(&mut bytes, 8)?;
            }
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).map_err(|_| Stop::Malformed)?;
                let field = key >> 3;
                let child = shape.fields.iter().find(|(number, _)| *number == field);
                let size = child.map_or(length, |(_, child)| child.size);
                *left = left.checked_sub(size).ok_or(Stop::TooLarge)?;
                // What is cut off is looked at first: it is decoded before the end is missed.
                let here = length.min(bytes.len());
                let content = take(&mut bytes, here)?;
                if let Some((_, child)) = child {
                    walk(content, child, deeper, left)?;
                }
                if here < length {
                    return Err(Stop::Malformed);
                }
            }
            5 => {
                take(&mut bytes, 4)?;
            }
            // The inside of a group is read as if it were outside: that counts too much at most.
            3 | 4 => {}
            _ => return Err(Stop::Malformed),
        }
    }
    Ok(())
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], Stop> {
    let (taken, rest) = bytes.split_at_checked(length).ok_or(Stop::Malformed)?;
    *bytes = rest;
    Ok(taken)
}

fn varint(bytes: &mut &[u8]) -> Result<u64, Stop> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(Stop::Malformed)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Stop::Malformed)
}

#[cfg(test)]
mod tests {
    use super::fits;
    use crate::signal::Signal;

    const MIB: usize = 1 << 20;

    fn message(field: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![field << 3 | 2];
        let mut length = content.len();
        while length > 0x7f {
            out.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        out.push(u8::try_from(length).unwrap());
        out.extend_from_slice(content);
        out
    }

    #[test]
    fn empty_records_are_counted_by_what_they_become() {
        for signal in Signal::ALL {
            let empty = message(2, &[]).repeat(MIB / 2);
            let bomb = message(1, &message(2, &empty));
            assert!(!fits(signal, &bomb, 16 * MIB), "{signal}");
            assert!(fits(signal, &bomb, 1024 * MIB), "{signal}");
            assert!(!fits(signal, &bomb[..bomb.len() - 3], 16 * MIB), "{signal}");
            let groups = message(1, &[]).repeat(MIB / 2);
            assert!(!fits(signal, &groups, 16 * MIB), "{signal}");
        }
    }

    #[test]
    fn values_within_values_are_counted() {
        let values = message(1, &[]).repeat(MIB / 2);
        let array = message(5, &values);
        let log = message(2, &message(5, &array));
        let bomb = message(1, &message(2, &log));
        assert!(!fits(Signal::Logs, &bomb, 8 * MIB));
        assert!(fits(Signal::Logs, &bomb, 64 * MIB));
    }

    #[test]
    fn a_long_text_counts_once() {
        let span = message(5, &vec![b'x'; 2 * MIB]);
        let message = message(1, &message(2, &message(2, &span)));
        assert!(fits(Signal::Traces, &message, 3 * MIB));
    }
}
