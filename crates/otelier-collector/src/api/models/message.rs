//! Messages, as the conventions and older programs spell them.

use crate::refusal::shorten;
use serde_json::Value;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Messages of one step, and parts of one message.
pub(super) const MOST: usize = 500;
const PARTS: usize = 100;
/// Bytes of a text, and of a name.
pub(super) const TEXT: usize = 16 << 10;
const NAME: usize = 200;

/// What somebody says to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Message {
    pub(super) role: String,
    pub(super) parts: Vec<Part>,
}

/// A piece of it: words, or a tool that is called, or what it gave.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Part {
    /// `text`, `reasoning`, `tool_call`, `tool_call_response`, or what else a program sends.
    pub(super) kind: String,
    pub(super) name: Option<String>,
    pub(super) id: Option<String>,
    pub(super) text: String,
}

impl Message {
    pub(super) fn text(role: &str, text: &str) -> Self {
        Self {
            role: shorten(role, NAME),
            parts: vec![Part::text(text)],
        }
    }

    /// What a tool is given, or gives.
    pub(super) fn of_tool(
        role: &str,
        kind: &str,
        name: Option<String>,
        id: Option<String>,
        text: String,
    ) -> Self {
        let kind = kind.into();
        Self {
            role: role.into(),
            parts: vec![Part {
                kind,
                name,
                id,
                text,
            }],
        }
    }

    pub(super) fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.role.hash(&mut hasher);
        self.parts.hash(&mut hasher);
        hasher.finish()
    }

    /// The first words in it.
    pub(super) fn words(&self) -> Option<&str> {
        let mut texts = self.parts.iter().filter(|part| part.kind == "text");
        texts
            .find(|part| !part.text.trim().is_empty())
            .map(|part| part.text.trim())
    }
}

impl Part {
    fn text(text: &str) -> Self {
        Self {
            kind: "text".into(),
            name: None,
            id: None,
            text: shorten(text, TEXT),
        }
    }

    /// Any of the spellings: of the conventions, of OpenAI, of Anthropic.
    fn of(value: &Value) -> Self {
        let Value::Object(fields) = value else {
            return Self::text(&plain(value));
        };
        let name = |key| fields.get(key).and_then(Value::as_str);
        let owned = |text: Option<&str>| text.map(|text| shorten(text, NAME));
        let kind = name("type").unwrap_or("text");
        let function = fields.get("function").and_then(Value::as_object);
        let called = function.unwrap_or(fields);
        let (kind, keys): (_, &[&str]) = match kind {
            "function" | "tool_use" | "tool_call" => ("tool_call", &["arguments", "input"]),
            "tool_result" | "tool_call_response" => (
                "tool_call_response",
                &["response", "result", "content", "output"],
            ),
            other => (other, &["content", "text", "thinking", "uri", "file_id"]),
        };
        let text = keys.iter().find_map(|key| called.get(*key)).map(plain);
        let id = ["id", "tool_call_id", "tool_use_id"];
        Self {
            kind: shorten(kind, NAME),
            name: owned(called.get("name").and_then(Value::as_str)),
            id: owned(id.iter().find_map(|key| name(key))),
            text: shorten(&text.unwrap_or_else(|| plain(value)), TEXT),
        }
    }
}

/// Texts as they are, everything else as JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The messages of a value: of a list, of one alone; `role` is whose those are that do not say.
pub(super) fn messages(value: &Value, role: &str) -> Vec<Message> {
    match value {
        Value::Array(list) if list.iter().any(is_message) => {
            let all = list.iter().take(MOST);
            all.map(|one| message(one, role)).collect()
        }
        // Instructions are parts without a message around them.
        Value::Array(list) if list.is_empty() => Vec::new(),
        Value::Array(list) => vec![Message {
            role: role.into(),
            parts: list.iter().take(PARTS).map(Part::of).collect(),
        }],
        one => vec![message(one, role)],
    }
}

fn is_message(value: &Value) -> bool {
    ["role", "parts", "message"]
        .iter()
        .any(|key| value.get(key).is_some())
}

fn message(value: &Value, role: &str) -> Message {
    // A choice has its message within.
    let value = value.get("message").unwrap_or(value);
    let Value::Object(fields) = value else {
        return Message::text(role, &plain(value));
    };
    let role = fields.get("role").and_then(Value::as_str).unwrap_or(role);
    let mut parts: Vec<Part> = match fields.get("parts").or_else(|| fields.get("content")) {
        Some(Value::Array(list)) => list.iter().take(PARTS).map(Part::of).collect(),
        Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) if role == "tool" => vec![Part {
            kind: "tool_call_response".into(),
            name: None,
            id: (fields.get("tool_call_id").or_else(|| fields.get("id")))
                .and_then(Value::as_str)
                .map(|id| shorten(id, NAME)),
            text: shorten(text, TEXT),
        }],
        Some(other) => vec![Part::text(&plain(other))],
        None if fields.contains_key("tool_calls") || fields.contains_key("role") => Vec::new(),
        None => vec![Part::of(value)],
    };
    if let Some(Value::Array(calls)) = fields.get("tool_calls") {
        let calls = calls.iter().take(PARTS - parts.len().min(PARTS));
        parts.extend(calls.map(|call| Part {
            kind: "tool_call".into(),
            ..Part::of(call)
        }));
    }
    Message {
        role: shorten(role, NAME),
        parts,
    }
}
