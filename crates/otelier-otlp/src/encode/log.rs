//! One log record.

use opentelemetry::{InstrumentationScope, logs::Severity};
use opentelemetry_sdk::logs::SdkLogRecord;

use super::{
    Policy,
    attribute::{self, attributes},
    buffer::{FIXED32, FIXED64, VARINT},
    form::{Field, Form, field, nested},
    groups::Grouped,
    item::Item,
    scope::{self, Levels},
    secrets::Secrets,
    span::time,
};

const TIME: Field = field(1, FIXED64, "timeUnixNano");
const SEVERITY: Field = field(2, VARINT, "severityNumber");
const SEVERITY_TEXT: Field = nested(3, "severityText");
const BODY: Field = nested(5, "body");
const ATTRIBUTES: Field = nested(6, "attributes");
const FLAGS: Field = field(8, FIXED32, "flags");
const TRACE_ID: Field = nested(9, "traceId");
const SPAN_ID: Field = nested(10, "spanId");
const OBSERVED: Field = field(11, FIXED64, "observedTimeUnixNano");
const EVENT_NAME: Field = nested(12, "eventName");

impl Grouped for (&SdkLogRecord, &InstrumentationScope) {
    const LEVELS: Levels = scope::LOGS;

    fn same_scope(self, other: Self) -> bool {
        scope::same_text(self.scope().0, other.scope().0) && scope::same_but_name(self.1, other.1)
    }

    /// The target stands in for the scope's name.
    fn scope(&self) -> (&str, &InstrumentationScope) {
        let (record, scope) = self;
        let name = record.target().map_or_else(|| scope.name(), AsRef::as_ref);
        (name, scope)
    }
}

impl Item for (&SdkLogRecord, &InstrumentationScope) {
    const LIST: Field = scope::LOGS.records;

    fn write(self, out: &mut impl Form, secrets: &mut Secrets, policy: &impl Policy) {
        let (record, _) = self;
        secrets.begin();
        if let Some(at) = record.timestamp() {
            time(out, TIME, at);
        }
        if let Some(severity) = record.severity_number() {
            out.code(SEVERITY, number(severity));
        }
        out.text(SEVERITY_TEXT, record.severity_text().unwrap_or_default());
        if let Some(body) = record.body() {
            let open = out.open(BODY, 1);
            attribute::value(out, body, secrets, policy);
            out.close(open);
        }
        let pairs = || record.attributes_iter().map(|(key, value)| (key, value));
        attributes(out, ATTRIBUTES, pairs, secrets, policy);
        if let Some(context) = record.trace_context() {
            let flags = context.trace_flags.map_or(0, |flags| flags.to_u8());
            if flags != 0 {
                out.fixed32(FLAGS, u32::from(flags));
            }
            out.id(TRACE_ID, context.trace_id.to_bytes());
            out.id(SPAN_ID, context.span_id.to_bytes());
        }
        if let Some(at) = record.observed_timestamp() {
            time(out, OBSERVED, at);
        }
        out.text(EVENT_NAME, record.event_name().unwrap_or_default());
    }
}

/// Those of OpenTelemetry are those of OTLP.
const fn number(severity: Severity) -> u8 {
    severity as u8
}
