//! Attributes of whatever has some, and the bodies of log records.

use opentelemetry::{Array, Key, KeyValue, Value, logs::AnyValue};

use super::{
    Policy,
    buffer::{FIXED64, VARINT},
    form::{Field, Form, field, nested},
    secrets::{Secrets, Treatment, doubles},
};

/// Fields of `KeyValue`.
pub(super) const KEY: Field = nested(1, "key");
pub(super) const VALUE: Field = nested(2, "value");
/// Fields of `AnyValue`.
pub(super) const STRING: Field = nested(1, "stringValue");
const BOOL: Field = field(2, VARINT, "boolValue");
pub(super) const INT: Field = field(3, VARINT, "intValue");
const DOUBLE: Field = field(4, FIXED64, "doubleValue");
const ARRAY: Field = nested(5, "arrayValue");
const KVLIST: Field = nested(6, "kvlistValue");
const BYTES_VALUE: Field = nested(7, "bytesValue");
/// The field of `ArrayValue` and of `KeyValueList`.
const VALUES: Field = nested(1, "values");

/// Says that a record was cut, and how large it was.
const MARKER: &str = "otelier.truncated";

/// What of a list is a secret that stands behind its flag: `["--token", "X"]`.
#[derive(Default)]
struct Arguments {
    is_told: bool,
}

impl Arguments {
    /// Whether the next of the list is one, which is counted; `None` for what is no text.
    fn hides(&mut self, text: Option<&str>, secrets: &mut Secrets, policy: &impl Policy) -> bool {
        let flag = text.filter(|text| text.starts_with('-') && !text.contains('='));
        let is_secret = flag.is_some_and(|flag| secrets.treatment(policy, flag) == Treatment::Hide);
        let hides = std::mem::replace(&mut self.is_told, is_secret) && flag.is_none();
        secrets.redacted += u64::from(hides);
        hides
    }
}

/// A key and a value.
pub(super) trait Pair<'a>: Copy {
    fn key(self) -> &'a str;

    fn write(self, out: &mut impl Form, list: Field, secrets: &mut Secrets, policy: &impl Policy);
}

/// Writes a list of attributes, each key once, with those replaced whose key names
/// a secret.
#[inline]
pub(super) fn attributes<'a, P: Pair<'a>, I: Iterator<Item = P>>(
    out: &mut impl Form,
    field: Field,
    pairs: impl Fn() -> I,
    secrets: &mut Secrets,
    policy: &impl Policy,
) {
    let count = pairs().count();
    if count == 0 && secrets.cut.is_none() {
        return;
    }
    out.list(field);
    let start = out.buffer().len();
    let redacted = secrets.redacted;
    secrets.begin_list(count);
    for pair in pairs() {
        pair.write(out, field, secrets, policy);
    }
    if secrets.is_new
        && let Some(doubles) = doubles(pairs().map(Pair::key))
    {
        out.buffer().truncate(start);
        secrets.redacted = redacted;
        // What is foreseen now is a list with doubles.
        secrets.forget();
        for (pair, is_double) in pairs().zip(doubles) {
            if !is_double {
                pair.write(out, field, secrets, policy);
            }
        }
    }
    if let Some(reason) = secrets.cut.as_mut().and_then(|cut| cut.reason.take()) {
        out.string_pair(field, MARKER, &reason);
    }
    out.end_list();
}

impl<'a> Pair<'a> for &'a KeyValue {
    fn key(self) -> &'a str {
        self.key.as_str()
    }

    #[inline(always)]
    fn write(self, out: &mut impl Form, list: Field, secrets: &mut Secrets, policy: &impl Policy) {
        let key = self.key.as_str();
        match (secrets.treatment(policy, key), &self.value) {
            (Treatment::Hide, value) => {
                secrets.redacted += 1;
                hidden(out, list, key, matches!(value, Value::Array(_)), policy);
            }
            (Treatment::Search, Value::String(text)) => {
                out.string_pair(list, key, &secrets.text(policy, text.as_str()));
            }
            (Treatment::Search, Value::Array(Array::String(texts))) => {
                let mut arguments = Arguments::default();
                let texts = texts.iter().map(|text| {
                    let text = text.as_str();
                    match arguments.hides(Some(text), secrets, policy) {
                        true => policy.replacement().to_owned().into(),
                        false => secrets.text(policy, text).into_owned().into(),
                    }
                });
                let texts = texts.collect();
                other(out, list, key, &Value::Array(Array::String(texts)));
            }
            (_, value) => plain(out, list, key, value),
        }
    }
}

/// Writes an attribute as it is.
#[inline]
pub(super) fn plain(out: &mut impl Form, list: Field, key: &str, value: &Value) {
    match value {
        Value::String(text) => out.string_pair(list, key, text.as_str()),
        Value::I64(number) => out.int_pair(list, key, *number),
        value => other(out, list, key, value),
    }
}

#[inline(never)]
fn other(out: &mut impl Form, list: Field, key: &str, value: &Value) {
    let pair = out.item(list, 1);
    out.key(key);
    let open = out.open(VALUE, 1);
    match value {
        Value::Bool(truth) => out.truth(BOOL, *truth),
        Value::F64(number) => out.double(DOUBLE, *number),
        Value::Array(array) => self::array(out, array),
        // A kind of a later version of OpenTelemetry, written as no value.
        _ => {}
    }
    out.close(open);
    out.close(pair);
}

fn array(out: &mut impl Form, array: &Array) {
    let open = out.open(ARRAY, 1);
    out.list(VALUES);
    match array {
        Array::Bool(list) => each(out, list, |out, truth| out.truth(BOOL, *truth)),
        Array::F64(list) => each(out, list, |out, number| out.double(DOUBLE, *number)),
        Array::I64(list) => each(out, list, |out, number| out.int(INT, *number)),
        Array::String(list) => each(out, list, |out, text| out.string(STRING, text.as_str())),
        _ => {}
    }
    out.end_list();
    out.close(open);
}

fn each<F: Form, T>(out: &mut F, list: &[T], write: impl Fn(&mut F, &T)) {
    for item in list {
        let open = out.item(VALUES, 1);
        write(out, item);
        out.close(open);
    }
}

/// A pair whose value is replaced; an array stays one.
#[cold]
fn hidden(out: &mut impl Form, list: Field, key: &str, is_array: bool, policy: &impl Policy) {
    let replacement = policy.replacement();
    if is_array {
        let array = Array::String(vec![replacement.to_owned().into()]);
        other(out, list, key, &Value::Array(array));
    } else {
        out.string_pair(list, key, replacement);
    }
}

impl<'a> Pair<'a> for (&'a Key, &'a AnyValue) {
    fn key(self) -> &'a str {
        self.0.as_str()
    }

    #[inline]
    fn write(self, out: &mut impl Form, list: Field, secrets: &mut Secrets, policy: &impl Policy) {
        let (key, any) = (self.0.as_str(), self.1);
        let treatment = secrets.treatment(policy, key);
        match any {
            _ if treatment == Treatment::Hide => {
                secrets.redacted += 1;
                let is_array = matches!(any, AnyValue::ListAny(_));
                hidden(out, list, key, is_array, policy);
            }
            AnyValue::String(text) if treatment == Treatment::Search => {
                out.string_pair(list, key, &secrets.text(policy, text.as_str()));
            }
            AnyValue::String(text) => out.string_pair(list, key, text.as_str()),
            AnyValue::Int(number) => out.int_pair(list, key, *number),
            any => {
                let pair = out.item(list, 1);
                out.key(key);
                let open = out.open(VALUE, 1);
                value(out, any, secrets, policy);
                out.close(open);
                out.close(pair);
            }
        }
    }
}

/// Writes a value into the message that is open.
pub(super) fn value(
    out: &mut impl Form,
    any: &AnyValue,
    secrets: &mut Secrets,
    policy: &impl Policy,
) {
    match any {
        AnyValue::String(text) => {
            out.string(STRING, &secrets.free_text(policy, text.as_str()));
        }
        AnyValue::Boolean(truth) => out.truth(BOOL, *truth),
        AnyValue::Int(number) => out.int(INT, *number),
        AnyValue::Double(number) => out.double(DOUBLE, *number),
        AnyValue::Bytes(bytes) => out.blob(BYTES_VALUE, &secrets.bytes(policy, bytes)),
        AnyValue::ListAny(list) => {
            let open = out.open(ARRAY, 1);
            out.list(VALUES);
            let mut arguments = Arguments::default();
            for item in list.iter() {
                let text = match item {
                    AnyValue::String(text) => Some(text.as_str()),
                    _ => None,
                };
                let open = out.item(VALUES, 1);
                match arguments.hides(text, secrets, policy) {
                    true => out.string(STRING, policy.replacement()),
                    false => value(out, item, secrets, policy),
                }
                out.close(open);
            }
            out.end_list();
            out.close(open);
        }
        AnyValue::Map(map) => {
            let open = out.open(KVLIST, 1);
            out.list(VALUES);
            for pair in map.iter() {
                pair.write(out, VALUES, secrets, policy);
            }
            out.end_list();
            out.close(open);
        }
        // A kind of a later version of OpenTelemetry, written as no value.
        _ => {}
    }
}
