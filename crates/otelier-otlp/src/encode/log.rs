//! One log record.

use opentelemetry::{InstrumentationScope, logs::Severity};
use opentelemetry_sdk::logs::SdkLogRecord;

use super::{
    Policy, any,
    batch::Item,
    buffer::{BYTES, Buffer, FIXED32, FIXED64, VARINT, key},
    scope,
    secrets::Secrets,
    span::time,
};

impl Item for (&SdkLogRecord, &InstrumentationScope) {
    type Copy = SdkLogRecord;

    fn same_scope(self, other: Self) -> bool {
        scope::same_text(self.scope().0, other.scope().0) && scope::same_but_name(self.1, other.1)
    }

    /// The target stands in for the scope's name.
    fn scope(&self) -> (&str, &InstrumentationScope) {
        let (record, scope) = self;
        let name = record.target().map_or_else(|| scope.name(), AsRef::as_ref);
        (name, scope)
    }

    fn write(self, out: &mut Buffer, secrets: &mut Secrets, policy: &impl Policy) {
        write(self.0, out, secrets, policy);
    }

    fn cut(self, policy: &impl Policy, room: usize) -> Option<SdkLogRecord> {
        policy.cut_log(self.0, self.1, room)
    }

    fn write_copy(
        self,
        copy: &SdkLogRecord,
        out: &mut Buffer,
        secrets: &mut Secrets,
        policy: &impl Policy,
    ) {
        write(copy, out, secrets, policy);
    }
}

fn write(record: &SdkLogRecord, out: &mut Buffer, secrets: &mut Secrets, policy: &impl Policy) {
    secrets.begin();
    if let Some(at) = record.timestamp() {
        time(out, key(1, FIXED64), at);
    }
    if let Some(severity) = record.severity_number() {
        out.put([key(2, VARINT), number(severity)]);
    }
    out.text(key(3, BYTES), record.severity_text().unwrap_or_default());
    if let Some(body) = record.body() {
        any::message(out, key(5, BYTES), body, secrets, policy);
    }
    any::attributes(out, key(6, BYTES), record, secrets, policy);
    if let Some(context) = record.trace_context() {
        let flags = context.trace_flags.map_or(0, |flags| flags.to_u8());
        if flags != 0 {
            out.put([key(8, FIXED32), flags, 0, 0, 0]);
        }
        out.put([key(9, BYTES), 16]);
        out.put(context.trace_id.to_bytes());
        out.put([key(10, BYTES), 8]);
        out.put(context.span_id.to_bytes());
    }
    if let Some(at) = record.observed_timestamp() {
        time(out, key(11, FIXED64), at);
    }
    out.text(key(12, BYTES), record.event_name().unwrap_or_default());
}

/// Those of OpenTelemetry are those of OTLP.
const fn number(severity: Severity) -> u8 {
    severity as u8
}
