//! Content without secrets, and of a bounded size.

use opentelemetry::{Key, logs::AnyValue};
use otelier_core::{Arguments, MAX_TEXT, REDACTED, is_secret, redact_text, shorten};
use serde_json::{Map, Value};

use super::part;

/// What is nested deeper stands there as text: receivers refuse what is nested too deep.
const MAX_DEPTH: usize = 12;
/// What a key, a number or a bracket counts beside texts.
const OVERHEAD: usize = 8;
/// Below this nothing is begun.
const LITTLE: usize = 64;
/// Longer keys are cut.
const MAX_KEY: usize = 128;
/// What a text of JSON may take in an attribute of a span, which is cut beyond that.
const MAX_ATTRIBUTE: usize = 16_000;

/// Masks the secrets in a value, and cuts it to a size.
pub(super) struct Mask {
    room: usize,
}

impl Mask {
    pub(super) fn new(room: usize) -> Self {
        Self { room }
    }

    pub(super) fn value(&mut self, value: Value) -> Value {
        self.nested(value, 0)
    }

    /// Messages, the newest first to be kept.
    pub(super) fn messages(&mut self, messages: Vec<Value>) -> Value {
        let all = messages.len();
        let mut kept = Vec::new();
        for message in messages.into_iter().rev() {
            if self.room < LITTLE {
                break;
            }
            kept.push(self.nested(message, 1));
        }
        let left_out = all - kept.len();
        if left_out > 0 {
            let part = part::left_out("messages", left_out);
            kept.push(part::message("system", vec![part]));
        }
        kept.reverse();
        Value::Array(kept)
    }

    fn nested(&mut self, value: Value, depth: usize) -> Value {
        self.room = self.room.saturating_sub(OVERHEAD);
        match value {
            Value::String(text) => self.text(&text).into(),
            Value::Array(_) | Value::Object(_) if depth > MAX_DEPTH => {
                self.text(&value.to_string()).into()
            }
            Value::Array(list) => self.list(list, depth),
            Value::Object(map) => self.map(map, depth),
            value => value,
        }
    }

    fn text(&mut self, text: &str) -> String {
        let masked = redact_text(text);
        let text = shorten(&masked, self.room).into_owned();
        self.room = self.room.saturating_sub(text.len());
        text
    }

    fn list(&mut self, list: Vec<Value>, depth: usize) -> Value {
        let all = list.len();
        let mut arguments = Arguments::default();
        let mut kept = Vec::new();
        for item in list {
            if self.room < LITTLE {
                break;
            }
            kept.push(match arguments.hides(item.as_str()) {
                true => REDACTED.into(),
                false => self.nested(item, depth + 1),
            });
        }
        let left_out = all - kept.len();
        if left_out > 0 {
            kept.push(part::left_out("items", left_out));
        }
        Value::Array(kept)
    }

    fn map(&mut self, map: Map<String, Value>, depth: usize) -> Value {
        let mut kept = Map::new();
        // `{"name": "password", "value": "X"}`
        let name = ["key", "name"]
            .into_iter()
            .find_map(|key| map.get(key)?.as_str());
        let is_named = name.is_some_and(is_secret);
        for (key, item) in map {
            let key = shorten(&key, MAX_KEY).into_owned();
            self.room = self.room.saturating_sub(key.len());
            let item = if is_secret(&key) || (is_named && key == "value") {
                REDACTED.into()
            } else {
                self.nested(item, depth + 1)
            };
            kept.insert(key, item);
            if self.room == 0 {
                break;
            }
        }
        Value::Object(kept)
    }
}

/// The value for an event.
pub(super) fn structured(value: Value) -> AnyValue {
    match value {
        // Of a kind that there is none of.
        Value::Null => AnyValue::String("null".into()),
        Value::Bool(truth) => truth.into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => number.into(),
            (None, Some(number)) => number.into(),
            (None, None) => number.to_string().into(),
        },
        Value::String(text) => text.into(),
        Value::Array(list) => list.into_iter().map(structured).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, item)| (Key::from(key), structured(item)))
            .collect(),
    }
}

/// The value for a span, whose attributes have no structure: JSON, and JSON also where
/// it has to be cut.
pub(super) fn text(value: &Value) -> String {
    let mut room = MAX_TEXT;
    loop {
        let text = match (value, room) {
            (value, MAX_TEXT) => value.to_string(),
            (Value::Array(list), room) if are_messages(list) => {
                Mask::new(room).messages(list.clone()).to_string()
            }
            (value, room) => Mask::new(room).value(value.clone()).to_string(),
        };
        // Half as much each time: a letter may take six in JSON.
        if text.len() <= MAX_ATTRIBUTE || room < LITTLE {
            return text;
        }
        room = room.min(MAX_ATTRIBUTE * 2) / 2;
    }
}

fn are_messages(list: &[Value]) -> bool {
    list.first()
        .is_some_and(|first| first.get("role").is_some())
}

#[cfg(test)]
mod tests;
