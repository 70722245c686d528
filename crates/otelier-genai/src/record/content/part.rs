//! The parts of messages, as the conventions have them.

use serde_json::Value;

use crate::message::{Message, Part};

/// Takes a value out of an object.
pub(super) fn take(object: &mut Value, key: &str) -> Option<Value> {
    let value = object.get_mut(key)?.take();
    (!value.is_null()).then_some(value)
}

/// The same for a text that is not empty.
pub(super) fn take_text(object: &mut Value, key: &str) -> Option<String> {
    match take(object, key)? {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// An object of what there is.
pub(super) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
    let fields = fields.map(|(key, value)| (key.to_owned(), value));
    Value::Object(fields.collect())
}

pub(super) fn text(content: String) -> Value {
    object([("type", "text".into()), ("content", content.into())])
}

pub(super) fn reasoning(content: String) -> Value {
    object([("type", "reasoning".into()), ("content", content.into())])
}

pub(super) fn tool_call(id: Option<String>, name: Option<String>, arguments: Value) -> Value {
    object([
        ("type", "tool_call".into()),
        ("id", id.into()),
        ("name", name.unwrap_or_default().into()),
        ("arguments", arguments),
    ])
}

pub(super) fn tool_response(id: Option<String>, response: Value) -> Value {
    object([
        ("type", "tool_call_response".into()),
        ("id", id.into()),
        ("response", response),
    ])
}

/// What stands for bytes and texts that were left out.
pub(super) fn left_out(what: &str, count: usize) -> Value {
    object([("type", "left_out".into()), (what, count.into())])
}

/// What is JSON within a text, or the text.
pub(super) fn opened(text: String) -> Value {
    match serde_json::from_str(&text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => value,
        _ if text.is_empty() => Value::Null,
        _ => text.into(),
    }
}

pub(super) fn message(role: &str, parts: Vec<Value>) -> Value {
    object([("role", role.into()), ("parts", parts.into())])
}

/// A message that the program made.
pub(super) fn told(told: Message) -> Value {
    let parts = told.parts.into_iter().map(of);
    message(&told.role, parts.collect())
}

/// A part that the program made.
pub(super) fn of(part: Part) -> Value {
    match part {
        Part::Text(content) => text(content),
        Part::Reasoning(content) => reasoning(content),
        Part::ToolCall {
            id,
            name,
            arguments,
        } => tool_call(Some(id), Some(name), opened(arguments)),
        Part::ToolResult { id, result } => tool_response(Some(id), opened(result)),
    }
}
