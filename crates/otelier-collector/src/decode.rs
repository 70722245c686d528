//! One export request of any signal, read from the wire and checked.

use crate::{
    depth::too_deep,
    id::{SpanId, TraceId},
    json::{self, Allowance, Malformed, Stop, Written as _},
    refusal::{Refusal, shorten},
    room::{Held, Room},
    scan::{self, Unfit},
    signal::Signal,
};
use bytes::Bytes;
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    metrics::v1::{Metric, metric::Data},
    trace::v1::Span,
};
use prost::Message as _;

/// How a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Protobuf,
    Json,
}

/// An export request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Export {
    Traces(ExportTraceServiceRequest),
    Metrics(ExportMetricsServiceRequest),
    Logs(ExportLogsServiceRequest),
}

/// What a check took out of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub(crate) count: u64,
    /// Why, for the first one; empty when there is none.
    pub(crate) reason: String,
}

impl Rejected {
    fn add(&mut self, count: u64, reason: impl FnOnce() -> String) {
        if self.count == 0 && count > 0 {
            self.reason = reason();
        }
        self.count += count;
    }
}

impl Export {
    pub(crate) const fn signal(&self) -> Signal {
        match self {
            Self::Traces(_) => Signal::Traces,
            Self::Metrics(_) => Signal::Metrics,
            Self::Logs(_) => Signal::Logs,
        }
    }

    /// Reads a message that takes `memory` bytes at most, or about so many, and takes these from
    /// the room.
    pub(crate) fn decode(
        signal: Signal,
        format: Format,
        message: Bytes,
        memory: usize,
        room: &Room,
    ) -> Result<(Self, Held), Refusal> {
        match format {
            Format::Protobuf => {
                let weight = scan::weigh(signal, &message, memory).map_err(|e| match e {
                    Unfit::TooLarge => Refusal::too_heavy(memory),
                    Unfit::TooDeep => Refusal::malformed(too_deep()),
                })?;
                let mut held = room.hold();
                held.grow(weight)?;
                let export = Self::from_protobuf(signal, message).map_err(|e| {
                    Refusal::malformed(format_args!("not protobuf of {signal}: {e}"))
                })?;
                Ok((export, held))
            }
            Format::Json => {
                let allowance = Allowance::of(memory, room);
                let export = Self::from_json(signal, &message, &allowance);
                match (export, allowance.stopped()) {
                    (Ok(export), _) => Ok((export, allowance.into_held())),
                    (Err(_), Some(Stop::TooLarge)) => Err(Refusal::too_heavy(memory)),
                    (Err(_), Some(Stop::Full)) => Err(Refusal::busy()),
                    (Err(e), None) => Err(Refusal::malformed(format_args!(
                        "not OTLP/JSON of {signal}: {e}"
                    ))),
                }
            }
        }
    }

    /// Reads a message whose size was checked before.
    pub(crate) fn from_protobuf(signal: Signal, bytes: Bytes) -> Result<Self, prost::DecodeError> {
        match signal {
            Signal::Traces => ExportTraceServiceRequest::decode(bytes).map(Self::Traces),
            Signal::Metrics => ExportMetricsServiceRequest::decode(bytes).map(Self::Metrics),
            Signal::Logs => ExportLogsServiceRequest::decode(bytes).map(Self::Logs),
        }
    }

    pub(crate) fn from_json(
        signal: Signal,
        text: &[u8],
        allowance: &Allowance,
    ) -> Result<Self, Malformed> {
        match signal {
            Signal::Traces => json::read(text, allowance).map(Self::Traces),
            Signal::Metrics => json::read(text, allowance).map(Self::Metrics),
            Signal::Logs => json::read(text, allowance).map(Self::Logs),
        }
    }

    /// Reads a text of this process's own, for tests.
    #[cfg(test)]
    pub(crate) fn from_json_text(signal: Signal, text: &[u8]) -> Result<Self, Malformed> {
        Self::from_json(signal, text, &Allowance::of(usize::MAX, &Room::unbounded()))
    }

    pub(crate) fn protobuf_length(&self) -> usize {
        match self {
            Self::Traces(message) => message.encoded_len(),
            Self::Metrics(message) => message.encoded_len(),
            Self::Logs(message) => message.encoded_len(),
        }
    }

    pub(crate) fn to_protobuf(&self) -> Bytes {
        match self {
            Self::Traces(message) => message.encode_to_vec(),
            Self::Metrics(message) => message.encode_to_vec(),
            Self::Logs(message) => message.encode_to_vec(),
        }
        .into()
    }

    /// The message in JSON, in one piece.
    pub(crate) fn to_json(&self) -> String {
        let mut writer = json::Writer::bounded(usize::MAX);
        self.write_json(&mut writer);
        writer.into_text()
    }

    /// Writes it as one JSON object.
    pub(crate) fn write_json(&self, to: &mut json::Writer<'_>) {
        to.object(|to| match self {
            Self::Traces(message) => message.write(to),
            Self::Metrics(message) => message.write(to),
            Self::Logs(message) => message.write(to),
        });
    }

    /// Spans, data points or log records.
    pub(crate) fn items(&self) -> u64 {
        let items: usize = match self {
            Self::Traces(message) => message
                .resource_spans
                .iter()
                .flat_map(|group| &group.scope_spans)
                .map(|group| group.spans.len())
                .sum(),
            Self::Metrics(message) => message
                .resource_metrics
                .iter()
                .flat_map(|group| &group.scope_metrics)
                .flat_map(|group| &group.metrics)
                .map(points)
                .sum(),
            Self::Logs(message) => message
                .resource_logs
                .iter()
                .flat_map(|group| &group.scope_logs)
                .map(|group| group.log_records.len())
                .sum(),
        };
        items as u64
    }

    /// Takes out what the specification calls invalid: spans whose ids have a wrong length or are
    /// all zero, metrics without a name. Log records are never invalid: one with a bad trace id
    /// belongs to no trace.
    pub(crate) fn reject_invalid(&mut self) -> Rejected {
        let mut rejected = Rejected::default();
        match self {
            Self::Traces(message) => {
                for group in &mut message.resource_spans {
                    for group in &mut group.scope_spans {
                        group.spans.retain(|span| match flaw(span) {
                            None => true,
                            Some(flaw) => {
                                rejected.add(1, || {
                                    format!("span {:?}: {flaw}", shorten(&span.name, 80))
                                });
                                false
                            }
                        });
                    }
                }
            }
            Self::Metrics(message) => {
                for group in &mut message.resource_metrics {
                    for group in &mut group.scope_metrics {
                        group.metrics.retain(|metric| {
                            if metric.name.is_empty() {
                                rejected
                                    .add(points(metric) as u64, || "a metric has no name".into());
                            }
                            !metric.name.is_empty()
                        });
                    }
                }
            }
            Self::Logs(_) => {}
        }
        rejected
    }
}

fn flaw(span: &Span) -> Option<&'static str> {
    if TraceId::from_bytes(&span.trace_id).is_none() {
        Some("the trace id is not 16 bytes, or all zero")
    } else if SpanId::from_bytes(&span.span_id).is_none() {
        Some("the span id is not 8 bytes, or all zero")
    } else if !matches!(span.parent_span_id.len(), 0 | 8) {
        Some("the parent span id is not 8 bytes")
    } else {
        None
    }
}

/// The data points of a metric.
pub(crate) const fn points(metric: &Metric) -> usize {
    match &metric.data {
        None => 0,
        Some(Data::Gauge(data)) => data.data_points.len(),
        Some(Data::Sum(data)) => data.data_points.len(),
        Some(Data::Histogram(data)) => data.data_points.len(),
        Some(Data::ExponentialHistogram(data)) => data.data_points.len(),
        Some(Data::Summary(data)) => data.data_points.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Export, Format};
    use crate::{room::Room, signal::Signal, store::Store};
    use proptest::prelude::*;
    use std::time::Duration;

    const SEEDS: [&str; 3] = [
        include_str!("json/seeds/traces.json"),
        include_str!("json/seeds/metrics.json"),
        include_str!("json/seeds/logs.json"),
    ];

    /// Bytes that are right but for a few places.
    fn bent() -> impl Strategy<Value = (Signal, Format, Vec<u8>)> {
        let seed = (0..3_usize, any::<bool>()).prop_map(|(at, json)| {
            let signal = Signal::ALL[at];
            if json {
                return (signal, Format::Json, SEEDS[at].as_bytes().to_vec());
            }
            let export = Export::from_json_text(signal, SEEDS[at].as_bytes());
            let bytes = export.unwrap().to_protobuf().to_vec();
            (signal, Format::Protobuf, bytes)
        });
        let bends = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8);
        (seed, bends).prop_map(|((signal, format, mut bytes), bends)| {
            for (at, byte) in bends {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            (signal, format, bytes)
        })
    }

    /// Everything that happens to a request apart from the network.
    fn follow(signal: Signal, format: Format, bytes: Vec<u8>) {
        let room = Room::unbounded();
        let Ok((mut export, _)) = Export::decode(signal, format, bytes.into(), 1 << 30, &room)
        else {
            return;
        };
        export.reject_invalid();
        let _ = export.to_json();
        let store = Store::new(1 << 20, Duration::ZERO);
        let items = export.items();
        store.insert(export, None, 0);
        assert_eq!(store.stats().counts(signal).accepted, items);
        #[cfg(feature = "draw")]
        for trace in store.traces() {
            let completed = crate::Completed {
                trace: trace.clone(),
                announced: 0,
            };
            let style = crate::Style::Plain;
            let drawn = trace.tree(style) + &completed.line(style);
            assert!(!drawn.contains(|c: char| c != '\n' && c.is_control()));
        }
        let _ = (store.logs(), store.metrics(), store.services());
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 1000,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn bent_requests_are_refused_or_kept((signal, format, bytes) in bent()) {
            follow(signal, format, bytes);
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_kept(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            at in 0..3_usize,
            json in any::<bool>(),
        ) {
            let format = if json { Format::Json } else { Format::Protobuf };
            follow(Signal::ALL[at], format, bytes);
        }
    }
}
