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

/// prost stops here as well.
const DEEPEST: u32 = 100;
/// What an allocator adds to a block, and the least that it hands out.
const BLOCK: usize = 16;
/// How many elements a list begins with.
const FIRST: usize = 4;
/// What an element of a list of numbers takes, spare room included.
const NUMBER_SIZE: usize = 16;
/// No message type has more fields that are messages.
const FIELDS: usize = 6;

/// A message type: its size in memory as an element of a list (none where it lies within
/// another), the fields that are messages, and those that are lists of numbers, with the bytes
/// that one takes at least when they are packed.
struct Shape {
    size: usize,
    fields: &'static [(u64, &'static Self)],
    numbers: &'static [(u64, usize)],
    /// Whether a value is one level deeper in here.
    nests: bool,
}

const fn shape<T>(fields: &'static [(u64, &'static Shape)]) -> Shape {
    assert!(fields.len() <= FIELDS);
    Shape {
        size: size_of::<T>(),
        fields,
        numbers: &[],
        nests: false,
    }
}

const fn nest(fields: &'static [(u64, &'static Shape)]) -> Shape {
    Shape {
        nests: true,
        ..shape::<()>(fields)
    }
}

static VALUE: Shape = shape::<AnyValue>(&[(5, &VALUES), (6, &PAIRS)]);
static VALUES: Shape = nest(&[(1, &VALUE)]);
static PAIRS: Shape = nest(&[(1, &PAIR)]);
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
static HISTOGRAM: Shape = Shape {
    numbers: &[(6, 8), (7, 8)],
    ..shape::<HistogramDataPoint>(&[(8, &EXEMPLAR), (9, &PAIR)])
};
static EXPONENTIALS: Shape = shape::<()>(&[(1, &EXPONENTIAL)]);
static EXPONENTIAL: Shape = shape::<ExponentialHistogramDataPoint>(&[
    (1, &PAIR),
    (8, &BUCKETS),
    (9, &BUCKETS),
    (11, &EXEMPLAR),
]);
static BUCKETS: Shape = Shape {
    numbers: &[(2, 1)],
    ..shape::<()>(&[])
};
static SUMMARIES: Shape = shape::<()>(&[(1, &SUMMARY)]);
static SUMMARY: Shape = shape::<SummaryDataPoint>(&[(6, &QUANTILE), (7, &PAIR)]);
static QUANTILE: Shape = shape::<ValueAtQuantile>(&[]);
static EXEMPLAR: Shape = shape::<Exemplar>(&[(7, &PAIR)]);

/// Why a message is not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It would take more memory than it may.
    TooLarge,
    /// Its values are nested too deep.
    TooDeep,
}

/// The memory that a message takes when it is decoded, or about so much, if that is no more than
/// `memory`. A malformed message is weighed as far as it can be read: decoding stops at the same
/// place.
///
/// # Cost
/// One pass over the keys and lengths.
pub(crate) fn weigh(signal: Signal, message: &[u8], memory: usize) -> Result<usize, Unfit> {
    let shape = signal.of([&TRACES, &METRICS, &LOGS]);
    let mut left = memory;
    match walk(message, shape, DEEPEST, 0, &mut left) {
        Err(Stop::Unfit(unfit)) => Err(unfit),
        Err(Stop::Malformed) | Ok(()) => Ok(memory - left),
    }
}

fn spend(left: &mut usize, size: usize) -> Result<(), Stop> {
    *left = (left.checked_sub(size)).ok_or(Stop::Unfit(Unfit::TooLarge))?;
    Ok(())
}

enum Stop {
    Unfit(Unfit),
    Malformed,
}

fn walk(
    mut bytes: &[u8],
    shape: &Shape,
    depth: u32,
    nesting: usize,
    left: &mut usize,
) -> Result<(), Stop> {
    let deeper = depth.checked_sub(1).ok_or(Stop::Malformed)?;
    let nesting = nesting + usize::from(shape.nests);
    if nesting > crate::depth::DEEPEST {
        return Err(Stop::Unfit(Unfit::TooDeep));
    }
    let mut lengths = [0_usize; FIELDS];
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let field = key >> 3;
        let number = shape.numbers.iter().find(|(number, _)| *number == field);
        match key & 7 {
            0 => {
                varint(&mut bytes)?;
                spend(left, number.map_or(0, |_| NUMBER_SIZE))?;
            }
            1 => {
                take(&mut bytes, 8)?;
                spend(left, number.map_or(0, |_| NUMBER_SIZE))?;
            }
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).map_err(|_| Stop::Malformed)?;
                // What is cut off is looked at first: it is decoded before the end is missed.
                let here = length.min(bytes.len());
                let content = take(&mut bytes, here)?;
                let children = shape.fields.iter().zip(&mut lengths);
                let child = children
                    .into_iter()
                    .find(|((number, _), _)| *number == field);
                if let Some(((_, child), length)) = child {
                    spend(left, slots(*length).saturating_mul(child.size))?;
                    *length += 1;
                    walk(content, child, deeper, nesting, left)?;
                } else if let Some((_, least)) = number {
                    spend(left, here / least * NUMBER_SIZE)?;
                } else if here > 0 {
                    spend(left, (here + BLOCK).max(2 * BLOCK))?;
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

/// How many slots a list takes more when it has this length and gets one element more: it begins
/// with a few, and doubles.
const fn slots(length: usize) -> usize {
    match length {
        0 => FIRST,
        1..FIRST => 0,
        _ if length.is_power_of_two() => length,
        _ => 0,
    }
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
    use super::{Unfit, weigh};
    use crate::signal::Signal;

    const MIB: usize = 1 << 20;

    fn fits(signal: Signal, message: &[u8], memory: usize) -> bool {
        weigh(signal, message, memory) != Err(Unfit::TooLarge)
    }

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
    fn lists_of_one_count_with_the_room_that_is_taken_for_them() {
        let span = message(
            2,
            &[message(9, &[]), message(11, &[]), message(13, &[])].concat(),
        );
        let bomb = message(1, &message(2, &span.repeat(MIB / 8)));
        let lists = 4 * (size_of::<super::KeyValue>() + size_of::<super::Event>());
        assert!(!fits(Signal::Traces, &bomb, MIB / 8 * lists));
    }

    #[test]
    fn packed_numbers_count_by_what_they_become() {
        let counts = message(8, &message(2, &vec![1; MIB]));
        let bomb = message(10, &message(1, &counts));
        let bomb = message(1, &message(2, &message(2, &bomb)));
        assert!(!fits(Signal::Metrics, &bomb, 8 * MIB));
        assert!(fits(Signal::Metrics, &bomb, 17 * MIB));
    }

    #[test]
    fn values_that_are_nested_too_deep_are_told() {
        let nested = |depth| {
            let value = (0..depth).fold(Vec::new(), |inner, _| message(5, &message(1, &inner)));
            message(1, &message(2, &message(2, &message(5, &value))))
        };
        assert!(weigh(Signal::Logs, &nested(26), MIB).is_ok());
        assert_eq!(weigh(Signal::Logs, &nested(27), MIB), Err(Unfit::TooDeep));
    }

    #[test]
    fn a_long_text_counts_once() {
        let span = message(5, &vec![b'x'; 2 * MIB]);
        let message = message(1, &message(2, &message(2, &span)));
        assert!(fits(Signal::Traces, &message, 3 * MIB));
    }
}
