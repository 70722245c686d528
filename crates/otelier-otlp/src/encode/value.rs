//! Attributes of spans, events, links, scopes and resources.

use opentelemetry::{Array, KeyValue, Value};

use super::{
    Policy,
    buffer::{BYTES, Buffer, FIXED64, VARINT, bytes_len, key, varint_len},
    secrets::{Secrets, Treatment, doubles},
};

/// Fields of `KeyValue`.
pub(super) const KEY: u8 = key(1, BYTES);
pub(super) const VALUE: u8 = key(2, BYTES);
/// Fields of `AnyValue`.
pub(super) const STRING: u8 = key(1, BYTES);
pub(super) const BOOL: u8 = key(2, VARINT);
pub(super) const INT: u8 = key(3, VARINT);
pub(super) const DOUBLE: u8 = key(4, FIXED64);
pub(super) const ARRAY: u8 = key(5, BYTES);
/// The field of `ArrayValue` and of `KeyValueList`.
pub(super) const VALUES: u8 = key(1, BYTES);

/// Writes attributes, each key once, with those replaced whose key names a secret.
#[inline]
pub(super) fn attributes(
    out: &mut Buffer,
    field: u8,
    attributes: &[KeyValue],
    secrets: &mut Secrets,
    policy: &impl Policy,
) {
    if attributes.is_empty() {
        return;
    }
    let start = out.len();
    let redacted = secrets.redacted;
    secrets.begin_list(attributes.len());
    for attribute in attributes {
        treated(out, field, attribute, secrets, policy);
    }
    if secrets.is_new
        && let Some(doubles) = doubles(attributes.iter().map(|attribute| attribute.key.as_str()))
    {
        out.truncate(start);
        secrets.redacted = redacted;
        // What is foreseen now is a list with doubles.
        secrets.forget();
        for (attribute, is_double) in attributes.iter().zip(doubles) {
            if !is_double {
                treated(out, field, attribute, secrets, policy);
            }
        }
    }
}

#[inline(always)]
fn treated(
    out: &mut Buffer,
    field: u8,
    attribute: &KeyValue,
    secrets: &mut Secrets,
    policy: &impl Policy,
) {
    let key = attribute.key.as_str();
    match (secrets.treatment(policy, key), &attribute.value) {
        (Treatment::Hide, value) => {
            secrets.redacted += 1;
            hidden(out, field, key, matches!(value, Value::Array(_)), policy);
        }
        (Treatment::Search, Value::String(text)) => {
            string(out, field, key, &secrets.text(policy, text.as_str()));
        }
        (Treatment::Search, Value::Array(Array::String(list))) => {
            let list = list.iter();
            let list = list.map(|text| secrets.text(policy, text.as_str()).into_owned().into());
            let list = Array::String(list.collect());
            self::attribute(out, field, key, &Value::Array(list));
        }
        (_, value) => self::attribute(out, field, key, value),
    }
}

/// Writes one key-value pair.
#[inline]
pub(super) fn attribute(out: &mut Buffer, field: u8, key: &str, value: &Value) {
    match value {
        Value::String(text) => string(out, field, key, text.as_str()),
        Value::I64(number) => int(out, field, key, *number),
        Value::Bool(truth) => {
            head(out, field, key.as_bytes(), 4);
            out.put([VALUE, 2, BOOL, u8::from(*truth)]);
        }
        Value::F64(number) => {
            head(out, field, key.as_bytes(), 11);
            out.put([VALUE, 9, DOUBLE]);
            out.put(number.to_le_bytes());
        }
        Value::Array(array) => {
            let body = array_len(array);
            let value = 1 + bytes_len(body);
            head(out, field, key.as_bytes(), 1 + bytes_len(value));
            out.byte(VALUE);
            out.varint(value as u64);
            out.byte(ARRAY);
            out.varint(body as u64);
            self::array(out, array);
        }
        // A kind of a later version of OpenTelemetry, written as no value.
        _ => {
            head(out, field, key.as_bytes(), 2);
            out.put([VALUE, 0]);
        }
    }
}

/// Key, length and key of a pair whose value takes `value` bytes in all.
#[inline]
fn head(out: &mut Buffer, field: u8, key: &[u8], value: usize) {
    let in_key = if key.is_empty() {
        0
    } else {
        1 + bytes_len(key.len())
    };
    out.byte(field);
    out.varint((in_key + value) as u64);
    if !key.is_empty() {
        out.bytes(KEY, key);
    }
}

/// A pair whose value is replaced; an array stays one.
#[cold]
pub(super) fn hidden(out: &mut Buffer, field: u8, key: &str, is_array: bool, policy: &impl Policy) {
    let replacement = policy.replacement();
    if is_array {
        let array = Array::String(vec![replacement.to_owned().into()]);
        attribute(out, field, key, &Value::Array(array));
    } else {
        string(out, field, key, replacement);
    }
}

#[inline(always)]
pub(super) fn string(out: &mut Buffer, field: u8, key: &str, text: &str) {
    let (key, text) = (key.as_bytes(), text.as_bytes());
    // All lengths take one byte.
    if let (Ok(of_key @ 1..128), Ok(of_text @ 0..128)) =
        (u8::try_from(key.len()), u8::try_from(text.len()))
        && let pair @ 0..128 = u16::from(of_key) + u16::from(of_text) + 6
    {
        let head = [field, pair.to_le_bytes()[0], KEY, of_key];
        let middle = [VALUE, of_text + 2, STRING, of_text];
        out.pieces(head, (key, of_key), middle, (text, of_text));
    } else {
        long_string(out, field, key, text);
    }
}

#[inline(never)]
fn long_string(out: &mut Buffer, field: u8, key: &[u8], text: &[u8]) {
    let value = 1 + bytes_len(text.len());
    head(out, field, key, 1 + bytes_len(value));
    out.byte(VALUE);
    out.varint(value as u64);
    out.bytes(STRING, text);
}

#[inline(always)]
pub(super) fn int(out: &mut Buffer, field: u8, key: &str, number: i64) {
    // Negative numbers take ten bytes, as protobuf wants it.
    let number = number.cast_unsigned();
    let key = key.as_bytes();
    // The most common: ports, status codes, counts.
    if let (0..0x4000, Ok(of_key @ 1..100)) = (number, u8::try_from(key.len())) {
        let [low, high, ..] = number.to_le_bytes();
        if number < 0x80 {
            let head = [field, of_key + 6, KEY, of_key];
            out.pieces(head, (key, of_key), [VALUE, 2, INT, low], (&[], 0));
        } else {
            let head = [field, of_key + 7, KEY, of_key];
            out.pieces(head, (key, of_key), [VALUE, 3, INT, low | 0x80], (&[], 0));
            out.put([high << 1 | low >> 7]);
        }
    } else {
        long_int(out, field, key, number);
    }
}

#[inline(never)]
fn long_int(out: &mut Buffer, field: u8, key: &[u8], number: u64) {
    let value = 1 + varint_len(number);
    head(out, field, key, 2 + value);
    out.put([VALUE, value.to_le_bytes()[0], INT]);
    out.varint(number);
}

fn array_len(array: &Array) -> usize {
    match array {
        Array::Bool(list) => list.len() * 4,
        Array::F64(list) => list.len() * 11,
        Array::I64(list) => {
            let each = list.iter();
            each.map(|number| 3 + varint_len(number.cast_unsigned()))
                .sum()
        }
        Array::String(list) => {
            let each = list.iter().map(|text| 1 + bytes_len(text.as_str().len()));
            each.map(|value| 1 + bytes_len(value)).sum()
        }
        _ => 0,
    }
}

fn array(out: &mut Buffer, array: &Array) {
    match array {
        Array::Bool(list) => {
            for truth in list {
                out.put([VALUES, 2, BOOL, u8::from(*truth)]);
            }
        }
        Array::F64(list) => {
            for number in list {
                out.put([VALUES, 9, DOUBLE]);
                out.put(number.to_le_bytes());
            }
        }
        Array::I64(list) => {
            for number in list.iter().map(|number| number.cast_unsigned()) {
                out.byte(VALUES);
                out.varint(1 + varint_len(number) as u64);
                out.byte(INT);
                out.varint(number);
            }
        }
        Array::String(list) => {
            for text in list {
                let text = text.as_str();
                out.byte(VALUES);
                out.varint(1 + bytes_len(text.len()) as u64);
                out.bytes(STRING, text.as_bytes());
            }
        }
        _ => {}
    }
}
