//! Values as plain JSON, for people and scripts.

use super::object::Writer;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use std::collections::HashSet;

/// Of more attributes than this equal keys are all written.
const MOST: usize = 4096;

/// Attributes as a plain object, in the order received; the last of two equal keys wins.
pub(crate) fn attributes(to: &mut Writer<'_>, list: &[KeyValue]) {
    let mut replaced = vec![false; list.len()];
    if list.len() <= MOST {
        let mut seen = HashSet::with_capacity(list.len());
        for (attribute, replaced) in list.iter().zip(&mut replaced).rev() {
            *replaced = !seen.insert(attribute.key.as_str());
        }
    }
    to.object(|object| {
        for (attribute, replaced) in list.iter().zip(replaced) {
            let to = match replaced {
                true => continue,
                false => object.key(&attribute.key),
            };
            match &attribute.value {
                Some(value) => plain(to, value),
                None => to.raw("null"),
            }
            if to.is_full() {
                return;
            }
        }
    });
}

/// A value as plain JSON: an integer is a number, bytes are base64.
pub(crate) fn plain(to: &mut Writer<'_>, value: &AnyValue) {
    match &value.value {
        None => to.raw("null"),
        Some(Value::StringValue(text)) => to.text(text),
        Some(Value::BoolValue(flag)) => to.number(flag),
        Some(Value::IntValue(number)) => to.number(number),
        Some(Value::DoubleValue(number)) => to.double(*number),
        Some(Value::ArrayValue(array)) => to.array(&array.values, plain),
        Some(Value::KvlistValue(list)) => attributes(to, &list.values),
        Some(Value::BytesValue(bytes)) => to.base64(bytes),
        Some(Value::StringValueStrindex(at)) => to.number(at),
    }
}

/// A value as the text of its plain JSON, cut off at about so many bytes.
pub(crate) fn plain_text(value: &AnyValue, longest: usize) -> String {
    let mut writer = Writer::bounded(longest);
    plain(&mut writer, value);
    writer.into_text()
}
