//! Bodies and attributes of log records.

use opentelemetry::{Key, logs::AnyValue};

use super::{
    Policy,
    buffer::{BYTES, Buffer, key},
    secrets::Secrets,
    value::{self, ARRAY, BOOL, DOUBLE, INT, KEY, STRING, VALUE, VALUES},
};

const KVLIST: u8 = key(6, BYTES);
const BYTES_VALUE: u8 = key(7, BYTES);

/// Writes one key-value pair.
#[inline]
pub(super) fn attribute(
    out: &mut Buffer,
    field: u8,
    key: &Key,
    any: &AnyValue,
    secrets: &mut Secrets,
    policy: &impl Policy,
) {
    let key = key.as_str();
    if secrets.is_secret(policy, key) {
        return value::hidden(out, field, key, policy.replacement());
    }
    match any {
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
        AnyValue::String(text) => out.bytes(STRING, text.as_str().as_bytes()),
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
