//! Copies of log records: the SDK's cannot be changed in place, and only a
//! logger makes new ones.

use std::sync::LazyLock;

use opentelemetry::{
    logs::{LogRecord as _, Logger as _, LoggerProvider as _},
    trace::{SpanId, TraceId},
};
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLogger, SdkLoggerProvider};

/// Makes empty records; nothing is ever emitted through it.
static MAKER: LazyLock<SdkLogger> =
    LazyLock::new(|| SdkLoggerProvider::builder().build().logger("otelier"));

/// A copy of everything but body and attributes.
pub(crate) fn head_of(original: &SdkLogRecord) -> SdkLogRecord {
    let mut copy = MAKER.create_log_record();
    if let Some(name) = original.event_name() {
        copy.set_event_name(name);
    }
    if let Some(target) = original.target() {
        copy.set_target(target.clone());
    }
    if let Some(time) = original.timestamp() {
        copy.set_timestamp(time);
    }
    if let Some(time) = original.observed_timestamp() {
        copy.set_observed_timestamp(time);
    }
    if let Some(text) = original.severity_text() {
        copy.set_severity_text(text);
    }
    if let Some(number) = original.severity_number() {
        copy.set_severity_number(number);
    }
    if let Some(context) = original.trace_context().filter(|_| !has_zero_ids(original)) {
        copy.set_trace_context(context.trace_id, context.span_id, context.trace_flags);
    }
    copy
}

/// Whether the record carries the ids of no span: the SDK takes them from any
/// active span, also from an invalid one.
pub(crate) fn has_zero_ids(record: &SdkLogRecord) -> bool {
    let context = record.trace_context();
    context.is_some_and(|context| {
        context.trace_id == TraceId::INVALID || context.span_id == SpanId::INVALID
    })
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use opentelemetry::{logs::Severity, trace::TraceFlags};

    use super::*;

    #[test]
    fn a_copy_is_the_record_but_for_body_and_attributes() {
        let mut record = MAKER.create_log_record();
        record.set_event_name("order.placed");
        record.set_target("shop");
        record.set_timestamp(SystemTime::UNIX_EPOCH);
        record.set_observed_timestamp(SystemTime::UNIX_EPOCH);
        record.set_severity_text("WARN");
        record.set_severity_number(Severity::Warn);
        let (trace, span) = (TraceId::from(7_u128), SpanId::from(7_u64));
        record.set_trace_context(trace, span, Some(TraceFlags::SAMPLED));
        assert_eq!(head_of(&record), record);
    }
}
