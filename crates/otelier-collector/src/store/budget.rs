//! What a received value weighs in memory, near enough to bound it.

use super::{
    log::Log,
    metric::{Metric, Point, of_each},
    origin::Origin,
    trace::Span,
};
use crate::received::{Outcome, Received};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, EntityRef, InstrumentationScope, KeyValue, any_value::Value},
    logs::v1::LogRecord,
    metrics::v1::{
        Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint,
        SummaryDataPoint, exponential_histogram_data_point::Buckets,
        summary_data_point::ValueAtQuantile,
    },
    resource::v1::Resource,
    trace::v1::{
        Span as ProtoSpan, Status,
        span::{Event, Link},
    },
};

/// What an allocator adds to a block, on the average.
const BLOCK: usize = 16;

/// Bytes on the heap that a value owns, the value itself not included.
pub(crate) trait Weigh {
    fn heap(&self) -> usize {
        0
    }
}

impl Weigh for u8 {}
impl Weigh for u64 {}
impl Weigh for f64 {}
impl Weigh for ValueAtQuantile {}

impl Weigh for String {
    fn heap(&self) -> usize {
        block(self.capacity())
    }
}

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

impl<A: Weigh, B: Weigh> Weigh for (A, B) {
    fn heap(&self) -> usize {
        self.0.heap() + self.1.heap()
    }
}

/// The fields of a message that own something.
macro_rules! weigh {
    ($($message:ty: $($field:ident)*;)*) => { $(
        impl Weigh for $message {
            fn heap(&self) -> usize {
                [$(self.$field.heap()),*].iter().sum()
            }
        }
    )* };
}

weigh! {
    KeyValue: key value;
    Resource: attributes entity_refs;
    EntityRef: schema_url r#type id_keys description_keys;
    InstrumentationScope: name version attributes;
    ProtoSpan: trace_id span_id parent_span_id trace_state name attributes events links status;
    Event: name attributes;
    Link: trace_id span_id trace_state attributes;
    Status: message;
    LogRecord: severity_text body attributes trace_id span_id event_name;
    NumberDataPoint: attributes exemplars;
    HistogramDataPoint: attributes exemplars bucket_counts explicit_bounds;
    ExponentialHistogramDataPoint: attributes exemplars positive negative;
    SummaryDataPoint: attributes quantile_values;
    Exemplar: filtered_attributes span_id trace_id;
    Buckets: bucket_counts;
}

impl Weigh for AnyValue {
    fn heap(&self) -> usize {
        match &self.value {
            Some(Value::StringValue(text)) => text.heap(),
            Some(Value::BytesValue(bytes)) => bytes.heap(),
            Some(Value::ArrayValue(array)) => array.values.heap(),
            Some(Value::KvlistValue(list)) => list.values.heap(),
            _ => 0,
        }
    }
}

impl Weigh for Origin {
    fn heap(&self) -> usize {
        // The name of the service is there once more, for who lists the services.
        self.resource().heap() + self.scope().heap() + 2 * self.service().len() + 6 * BLOCK
    }
}

impl Weigh for Span {
    fn heap(&self) -> usize {
        size_of::<Self>() + BLOCK + self.proto().heap()
    }
}

impl Weigh for Log {
    fn heap(&self) -> usize {
        size_of::<Self>() + BLOCK + self.proto().heap()
    }
}

impl Weigh for Point {
    fn heap(&self) -> usize {
        of_each!(self, point => point.heap())
    }
}

impl Weigh for Metric {
    fn heap(&self) -> usize {
        let texts = self.name().len() + self.unit().len() + self.description().len();
        size_of::<Self>() + BLOCK + texts + self.point().heap()
    }
}

impl Weigh for Received {
    fn heap(&self) -> usize {
        let said = match &self.outcome {
            Outcome::Refused(refusal) => block(refusal.message().len()),
            _ => 0,
        };
        let texts = self.content_type.heap() + self.encoding.heap();
        size_of::<Self>() + texts + self.headers.heap() + said
    }
}

fn block(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { bytes + BLOCK }
}
