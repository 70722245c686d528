//! Cuts values that have more characters than the limit, and marks them with
//! their original size.

use std::borrow::Cow;

use opentelemetry::{Array, KeyValue, StringValue, Value, logs::AnyValue};
use otelier_core::{is_longer, shorten_chars};

/// Cuts `text` to at most `limit` characters, the marker included, and without
/// half a secret at its end. `None` if it fits.
pub(crate) fn cut(text: &str, limit: usize) -> Option<String> {
    match shorten_chars(text, limit) {
        Cow::Borrowed(_) => None,
        Cow::Owned(short) => Some(short),
    }
}

/// Cuts the strings in `attributes`. Returns how many were cut.
pub(crate) fn attributes(attributes: &mut [KeyValue], limit: usize) -> u64 {
    attributes
        .iter_mut()
        .map(|attribute| u64::from(value(&mut attribute.value, limit)))
        .sum()
}

/// Cuts one value in place; each string of an array by itself.
fn value(value: &mut Value, limit: usize) -> bool {
    match value {
        Value::String(text) => string(text, limit),
        Value::Array(Array::String(list)) => list
            .iter_mut()
            .fold(false, |any, text| string(text, limit) | any),
        _ => false,
    }
}

fn string(text: &mut StringValue, limit: usize) -> bool {
    let short = cut(text.as_str(), limit);
    let is_cut = short.is_some();
    if let Some(short) = short {
        *text = short.into();
    }
    is_cut
}

/// The text that bytes are, if they are one.
fn text_in(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes).ok()
}

/// Tells whether [`any_value`] would change something.
pub(crate) fn exceeds(value: &AnyValue, limit: usize) -> bool {
    match value {
        AnyValue::String(text) => is_longer(text.as_str(), limit),
        AnyValue::Bytes(bytes) => match text_in(bytes) {
            Some(text) => is_longer(text, limit),
            None => bytes.len() > limit,
        },
        AnyValue::ListAny(list) => list.iter().any(|item| exceeds(item, limit)),
        AnyValue::Map(map) => map.values().any(|item| exceeds(item, limit)),
        _ => false,
    }
}

/// A copy of a log value with every string and byte string in it cut.
pub(crate) fn any_value(value: &AnyValue, limit: usize) -> AnyValue {
    match value {
        AnyValue::String(text) => match cut(text.as_str(), limit) {
            Some(short) => AnyValue::String(short.into()),
            None => value.clone(),
        },
        AnyValue::Bytes(bytes) => {
            let kept = match text_in(bytes).map(|text| shorten_chars(text, limit)) {
                Some(short) => short.into_owned().into_bytes(),
                None => bytes.iter().take(limit).copied().collect(),
            };
            AnyValue::Bytes(Box::new(kept))
        }
        AnyValue::ListAny(list) => {
            let list = list.iter().map(|item| any_value(item, limit)).collect();
            AnyValue::ListAny(Box::new(list))
        }
        AnyValue::Map(map) => {
            let map = map.iter();
            AnyValue::Map(Box::new(
                map.map(|(key, item)| (key.clone(), any_value(item, limit)))
                    .collect(),
            ))
        }
        _ => value.clone(),
    }
}

/// Cuts a name in place.
pub(crate) fn name(name: &mut Cow<'static, str>, limit: usize) {
    if let Some(short) = cut(name, limit) {
        *name = short.into();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_text_ends_with_its_original_size() {
        let text = "x".repeat(3 << 20);
        let short = cut(&text, 16_384).unwrap();
        assert_eq!(short.len(), 16_384);
        assert!(short.ends_with("... (truncated, original size: 3145728 bytes)"));
    }

    #[test]
    fn a_text_within_the_limit_is_left_alone() {
        assert_eq!(cut("hello", 5), None);
        assert_eq!(cut("héllö", 5), None);
        let text = "ü".repeat(100);
        assert_eq!(cut(&text, 100), None);
        let short = cut(&text, 99).unwrap();
        assert!(short.ends_with("ü... (truncated, original size: 200 bytes)"));
    }

    #[test]
    fn nested_log_values_are_cut_too() {
        let long = AnyValue::String("y".repeat(100).into());
        let nested = AnyValue::ListAny(Box::new(vec![AnyValue::Int(1), long]));
        assert!(exceeds(&nested, 64));
        assert!(!exceeds(&any_value(&nested, 64), 64));
    }

    #[test]
    fn bytes_that_are_a_text_are_cut_as_one() {
        let bytes = |bytes: &[u8]| AnyValue::Bytes(Box::new(bytes.to_vec()));
        let text = format!("{} token=s3cret-s3cret {0}", "x ".repeat(40));
        let short = any_value(&bytes(text.as_bytes()), 100);
        let AnyValue::Bytes(short) = short else {
            panic!("{short:?}");
        };
        let short = String::from_utf8(*short).unwrap();
        assert!(
            short.ends_with("bytes)") && !short.contains("s3cret"),
            "{short}"
        );
        let binary = [0xff; 101];
        assert!(exceeds(&bytes(&binary), 100));
        assert_eq!(any_value(&bytes(&binary), 100), bytes(&binary[..100]));
        assert!(!exceeds(&bytes("é".repeat(100).as_bytes()), 100));
    }

    proptest! {
        #[test]
        fn a_cut_text_is_never_longer_than_the_limit(text in ".{0,300}", limit in 0..200_usize) {
            let characters = text.chars().count();
            match cut(&text, limit) {
                Some(short) => {
                    prop_assert!(characters > limit);
                    prop_assert_eq!(short.chars().count(), limit);
                }
                None => prop_assert!(characters <= limit),
            }
        }
    }
}
