//! What a received value weighs in memory, near enough to bound it.

use super::{log::Log, metric::Point, origin::Origin, trace::Span};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value},
    metrics::v1::{Exemplar, exponential_histogram_data_point::Buckets},
    resource::v1::Resource,
    trace::v1::Span as ProtoSpan,
};

/// What an allocator adds to a block, on the average.
const BLOCK: usize = 16;

/// Bytes on the heap that a value owns, the value itself not included.
pub(crate) trait Weigh {
    fn heap(&self) -> usize {
        0
    }
}

impl Weigh for String {
    fn heap(&self) -> usize {
        block(self.capacity())
    }
}

impl Weigh for u8 {}
impl Weigh for u64 {}
impl Weigh for f64 {}

impl<T: Weigh> Weigh for Vec<T> {
    fn heap(&self) -> usize {
        block(self.capacity() * size_of::<T>()) + self.iter().map(Weigh::heap).sum::<usize>()
    }
}

impl<T: Weigh> Weigh for Option<T> {
    fn heap(&self) -> usize {
        self.as_ref().map_or(0, Weigh::heap)
    }
}

impl Weigh for AnyValue {
    fn heap(&self) -> usize {
        match &self.value {
            Some(Value::StringValue(text)) => text.heap(),
            Some(Value::BytesValue(bytes)) => block(bytes.capacity()),
            Some(Value::ArrayValue(array)) => array.values.heap(),
            Some(Value::KvlistValue(list)) => list.values.heap(),
            _ => 0,
        }
    }
}

impl Weigh for KeyValue {
    fn heap(&self) -> usize {
        self.key.heap() + self.value.heap()
    }
}

impl Weigh for Resource {
    fn heap(&self) -> usize {
        let entities: usize = self
            .entity_refs
            .iter()
            .map(|e| {
                size_of_val(e)
                    + e.schema_url.heap()
                    + e.r#type.heap()
                    + e.id_keys.heap()
                    + e.description_keys.heap()
            })
            .sum();
        self.attributes.heap() + entities
    }
}

impl Weigh for InstrumentationScope {
    fn heap(&self) -> usize {
        self.name.heap() + self.version.heap() + self.attributes.heap()
    }
}

impl Weigh for Origin {
    fn heap(&self) -> usize {
        // The name of the service is there once more, for who lists the services.
        self.resource().heap() + self.scope().heap() + 2 * self.service().len() + 6 * BLOCK
    }
}

impl Weigh for ProtoSpan {
    fn heap(&self) -> usize {
        let events: usize = self
            .events
            .iter()
            .map(|e| e.name.heap() + e.attributes.heap())
            .sum();
        let links: usize = self
            .links
            .iter()
            .map(|l| {
                l.trace_id.heap() + l.span_id.heap() + l.trace_state.heap() + l.attributes.heap()
            })
            .sum();
        self.trace_id.heap()
            + self.span_id.heap()
            + self.parent_span_id.heap()
            + self.trace_state.heap()
            + self.name.heap()
            + self.attributes.heap()
            + block(size_of_val(self.events.as_slice()))
            + events
            + block(size_of_val(self.links.as_slice()))
            + links
            + self.status.as_ref().map_or(0, |s| s.message.heap())
    }
}

impl Weigh for Span {
    fn heap(&self) -> usize {
        size_of::<Self>() + BLOCK + self.proto().heap()
    }
}

impl Weigh for Log {
    fn heap(&self) -> usize {
        let log = self.proto();
        size_of::<Self>()
            + BLOCK
            + log.severity_text.heap()
            + log.body.heap()
            + log.attributes.heap()
            + log.trace_id.heap()
            + log.span_id.heap()
            + log.event_name.heap()
    }
}

impl Weigh for Exemplar {
    fn heap(&self) -> usize {
        self.filtered_attributes.heap() + self.span_id.heap() + self.trace_id.heap()
    }
}

impl Weigh for Buckets {
    fn heap(&self) -> usize {
        self.bucket_counts.heap()
    }
}

impl Weigh for Point {
    fn heap(&self) -> usize {
        match self {
            Self::Number(p) => p.attributes.heap() + p.exemplars.heap(),
            Self::Histogram(p) => {
                p.attributes.heap()
                    + p.exemplars.heap()
                    + p.bucket_counts.heap()
                    + p.explicit_bounds.heap()
            }
            Self::ExponentialHistogram(p) => {
                p.attributes.heap() + p.exemplars.heap() + p.positive.heap() + p.negative.heap()
            }
            Self::Summary(p) => {
                p.attributes.heap() + block(size_of_val(p.quantile_values.as_slice()))
            }
        }
    }
}

fn block(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { bytes + BLOCK }
}

impl Weigh for super::metric::Metric {
    fn heap(&self) -> usize {
        size_of::<Self>()
            + BLOCK
            + self.name().len()
            + self.unit().len()
            + self.description().len()
            + self.point().heap()
    }
}

impl Weigh for crate::received::Received {
    fn heap(&self) -> usize {
        let headers: usize = (self.headers.iter())
            .map(|(name, value)| name.heap() + value.heap())
            .sum();
        let said = match &self.outcome {
            crate::received::Outcome::Refused(refusal) => block(refusal.message().len()),
            _ => 0,
        };
        size_of::<Self>()
            + self.content_type.heap()
            + self.encoding.heap()
            + block(self.headers.capacity() * size_of::<(String, String)>())
            + headers
            + said
    }
}
