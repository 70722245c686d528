//! The policy for attributes of OpenTelemetry.

use opentelemetry::{Array, StringValue, Value};

use crate::{Arguments, REDACTED, Treatment, redact_text, treatment};

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
            let mut arguments = Arguments::default();
            let changed = list
                .iter()
                .map(|text| match arguments.hides(Some(text.as_str())) {
                    true => Some(REDACTED.into()),
                    false => redacted(text),
                });
            let changed: Vec<_> = changed.collect();
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
        assert_eq!(
            redact_value(
                "args",
                &list(&["app", "--token", "a", "--password", "-v", "b"])
            ),
            Some(list(&[
                "app",
                "--token",
                "[REDACTED]",
                "--password",
                "-v",
                "b"
            ]))
        );
        assert_eq!(
            redact_value("args", &list(&["--max-tokens", "5", "-p"])),
            None
        );
        assert_eq!(redact_value("http.route", &"/{token:x}".into()), None);
        assert_eq!(redact_value("x", &7.into()), None);
        assert_eq!(redact_value("token", &7.into()), Some("[REDACTED]".into()));
    }
}
