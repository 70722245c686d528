//! Bodies and attributes of log records.

use opentelemetry::{Key, logs::AnyValue};
use opentelemetry_sdk::logs::SdkLogRecord;

use super::{
    Policy,
    buffer::{BYTES, Buffer, key},
    secrets::{Secrets, Treatment, doubles},
    value::{self, ARRAY, BOOL, DOUBLE, INT, KEY, STRING, VALUE, VALUES},
};

const KVLIST: u8 = key(6, BYTES);
const BYTES_VALUE: u8 = key(7, BYTES);

/// Writes the attributes of a record, each key once.
#[inline]
pub(super) fn attributes(
    out: &mut Buffer,
    field: u8,
    record: &SdkLogRecord,
    secrets: &mut Secrets,
    policy: &impl Policy,
) {
    let start = out.len();
    let redacted = secrets.redacted;
    secrets.begin_list(record.attributes_iter().count());
    for (key, any) in record.attributes_iter() {
        attribute(out, field, key, any, secrets, policy);
    }
    if secrets.is_new
        && let Some(doubles) = doubles(record.attributes_iter().map(|(key, _)| key.as_str()))
    {
        out.truncate(start);
        secrets.redacted = redacted;
        // What is foreseen now is a list with doubles.
        secrets.forget();
        for ((key, any), is_double) in record.attributes_iter().zip(doubles) {
            if !is_double {
                attribute(out, field, key, any, secrets, policy);
            }
        }
    }
}

/// Writes one key-value pair.
#[inline]
fn attribute(
    out: &mut Buffer,
    field: u8,
    key: &Key,
    any: &AnyValue,
    secrets: &mut Secrets,
    policy: &impl Policy,
) {
    let key = key.as_str();
    let treatment = secrets.treatment(policy, key);
    match any {
        _ if treatment == Treatment::Hide => {
            secrets.redacted += 1;
            let is_array = matches!(any, AnyValue::ListAny(_));
            value::hidden(out, field, key, is_array, policy);
        }
        AnyValue::String(text) if treatment == Treatment::Search => {
            value::string(out, field, key, &secrets.text(policy, text.as_str()));
        }
        AnyValue::String(text) => value::string(out, field, key, text.as_str()),
        AnyValue::Int(number) => value::int(out, field, key, *number),
        other => {
            let pair = out.open(field, 1);
            out.text(KEY, key);
            message(out, VALUE, other, secrets, policy);
            out.close(pair);
        }
    }
}

/// Writes a value as a field.
pub(super) fn message(
    out: &mut Buffer,
    field: u8,
    any: &AnyValue,
    secrets: &mut Secrets,
    policy: &impl Policy,
) {
    let open = out.open(field, 1);
    match any {
        AnyValue::String(text) => {
            let text = secrets.free_text(policy, text.as_str());
            out.bytes(STRING, text.as_bytes());
        }
        AnyValue::Boolean(truth) => out.put([BOOL, u8::from(*truth)]),
        AnyValue::Int(number) => {
            out.byte(INT);
            out.varint(number.cast_unsigned());
        }
        AnyValue::Double(number) => {
            out.byte(DOUBLE);
            out.put(number.to_le_bytes());
        }
        AnyValue::Bytes(bytes) => out.bytes(BYTES_VALUE, bytes),
        AnyValue::ListAny(list) => {
            let values = out.open(ARRAY, 1);
            for item in list.iter() {
                message(out, VALUES, item, secrets, policy);
            }
            out.close(values);
        }
        AnyValue::Map(map) => {
            let values = out.open(KVLIST, 1);
            for (key, item) in map.iter() {
                attribute(out, VALUES, key, item, secrets, policy);
            }
            out.close(values);
        }
        // A kind of a later version of OpenTelemetry, written as no value.
        _ => {}
    }
    out.close(open);
}
