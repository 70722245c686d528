//! The policy for values of OpenTelemetry.

use opentelemetry::{Array, StringValue, Value, logs::AnyValue};

use crate::{REDACTED, Treatment, redact_text, treatment};

/// What leaves in the place of the attribute's value, or `None` if the value
/// leaves as it is. An array stays an array.
#[must_use]
pub fn redact_value(key: &str, value: &Value) -> Option<Value> {
    match (treatment(key), value) {
        (Treatment::Hide, Value::Array(_)) => {
            Some(Value::Array(Array::String(vec![REDACTED.into()])))
        }
        (Treatment::Hide, _) => Some(REDACTED.into()),
        (Treatment::Search, Value::String(text)) => redacted(text).map(Value::String),
        (Treatment::Search, Value::Array(Array::String(list))) => {
            let changed: Vec<_> = list.iter().map(redacted).collect();
            if changed.iter().all(Option::is_none) {
                return None;
            }
            let list = list.iter().zip(changed);
            let list = list.map(|(text, changed)| changed.unwrap_or_else(|| text.clone()));
            Some(Value::Array(Array::String(list.collect())))
        }
        _ => None,
    }
}

/// The same for a value of a log record.
#[must_use]
pub fn redact_any(key: &str, value: &AnyValue) -> Option<AnyValue> {
    match (treatment(key), value) {
        (Treatment::Keep, AnyValue::String(_)) => None,
        (Treatment::Hide, AnyValue::ListAny(_)) => {
            Some(AnyValue::ListAny(Box::new(vec![REDACTED.into()])))
        }
        (Treatment::Hide, _) => Some(REDACTED.into()),
        _ => redact_body(value),
    }
}

/// The same for a value without a key, such as the body of a log record.
#[must_use]
pub fn redact_body(value: &AnyValue) -> Option<AnyValue> {
    match value {
        AnyValue::String(text) => redacted(text).map(AnyValue::String),
        AnyValue::ListAny(list) => {
            let changed: Vec<_> = list.iter().map(redact_body).collect();
            if changed.iter().all(Option::is_none) {
                return None;
            }
            let list = list.iter().zip(changed);
            let list = list.map(|(item, changed)| changed.unwrap_or_else(|| item.clone()));
            Some(AnyValue::ListAny(Box::new(list.collect())))
        }
        AnyValue::Map(map) => {
            let changed = map
                .iter()
                .filter_map(|(key, item)| Some((key.clone(), redact_any(key.as_str(), item)?)));
            let changed: Vec<_> = changed.collect();
            if changed.is_empty() {
                return None;
            }
            let mut map = map.clone();
            map.extend(changed);
            Some(AnyValue::Map(map))
        }
        _ => None,
    }
}

fn redacted(text: &StringValue) -> Option<StringValue> {
    match redact_text(text.as_str()) {
        std::borrow::Cow::Borrowed(_) => None,
        std::borrow::Cow::Owned(text) => Some(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_stays_an_array_and_a_closed_value_is_not_searched() {
        let list = |texts: &[&'static str]| {
            Value::Array(Array::String(
                texts.iter().map(|text| (*text).into()).collect(),
            ))
        };
        assert_eq!(
            redact_value("db.password", &list(&["a", "b"])),
            Some(list(&["[REDACTED]"]))
        );
        assert_eq!(
            redact_value("x", &list(&["a", "pw=b"])),
            Some(list(&["a", "pw=[REDACTED]"]))
        );
        assert_eq!(redact_value("http.route", &"/{token:x}".into()), None);
        assert_eq!(redact_value("x", &7.into()), None);
        assert_eq!(redact_value("token", &7.into()), Some("[REDACTED]".into()));
    }

    #[test]
    fn values_of_log_records_are_redacted_as_deep_as_they_are() {
        let map = |value: &'static str| {
            AnyValue::Map(Box::new([("a".into(), value.into())].into_iter().collect()))
        };
        let list = |value| AnyValue::ListAny(Box::new(vec![1.into(), map(value)]));
        assert_eq!(redact_any("x", &list("pw=b")), Some(list("pw=[REDACTED]")));
        assert_eq!(redact_body(&list("b")), None);
        let hidden = AnyValue::ListAny(Box::new(vec!["[REDACTED]".into()]));
        assert_eq!(redact_any("secret", &list("b")), Some(hidden));
    }
}
