//! What was said in a step, wherever a program tells of it: in attributes of the span, in events,
//! in log records.

use super::{
    message::{MOST, Message, TEXT, messages, plain},
    step::{Step, What, first},
};
use crate::{
    json::plain_text,
    refusal::shorten,
    store::{find, text},
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Any};
use serde_json::Value;
use std::collections::BTreeMap;

/// A longer text is not read, and shown as it begins.
const READ: usize = 1 << 20;
/// What is said before, what is said, and what is said to it; and whose it is that does not say.
const KEYS: [(&str, &str); 3] = [
    ("gen_ai.system_instructions", "system"),
    ("gen_ai.input.messages", "user"),
    ("gen_ai.output.messages", "assistant"),
];
/// What was recorded before there were those.
const OLDER: [(&str, &str); 2] = [
    ("gen_ai.prompt.", "user"),
    ("gen_ai.completion.", "assistant"),
];

/// What was said in a step.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Said {
    /// To it, in order.
    pub(super) before: Vec<Message>,
    /// By it.
    pub(super) after: Vec<Message>,
}

impl Said {
    pub(super) fn of(step: &Step) -> Self {
        if step.what == What::Tool {
            return of_tool(step);
        }
        let of = step.span.attributes();
        let events = step.span.proto().events.iter();
        let events = events.map(|event| (&*event.name, &*event.attributes, None));
        let logs = step.logs.iter().map(|log| {
            let name = match &*log.proto().event_name {
                "" => text(log.attributes(), "event.name").unwrap_or_default(),
                name => name,
            };
            (name, log.attributes(), log.proto().body.as_ref())
        });
        let told: Vec<_> = events.chain(logs).collect();
        let places = || std::iter::once(of).chain(told.iter().map(|(_, of, _)| *of));
        let [mut system, before, mut after] = KEYS.map(|(key, role)| {
            let value = places().find_map(|of| find(of, key));
            value.map_or_else(Vec::new, |value| read(value, role))
        });
        system.extend(before);
        let mut before = system;
        if before.is_empty() && after.is_empty() {
            for (name, of, body) in &told {
                single(name, of, *body, &mut before, &mut after);
            }
        }
        if before.is_empty() && after.is_empty() {
            numbered(of, &mut before, &mut after);
        }
        before.truncate(MOST);
        after.truncate(MOST);
        Self { before, after }
    }
}

/// What a tool was given, and what it gave: the messages of its call.
fn of_tool(step: &Step) -> Said {
    let of = step.span.attributes();
    let shown = |keys: [&str; 2], kind, role: &str| {
        let value = keys.iter().find_map(|key| find(of, key))?;
        let name = (kind == "tool_call").then(|| step.name());
        let text = shorten(&plain_text_of(value, TEXT + 4), TEXT);
        Some(Message::of_tool(role, kind, name, step.call_id(), text))
    };
    let arguments = ["gen_ai.tool.call.arguments", "gen_ai.tool.arguments"];
    let result = ["gen_ai.tool.call.result", "gen_ai.tool.result"];
    Said {
        before: Vec::from_iter(shown(arguments, "tool_call", "assistant")),
        after: Vec::from_iter(shown(result, "tool_call_response", "tool")),
    }
}

/// Why it ended.
pub(super) fn reasons(step: &Step) -> Vec<String> {
    let value = find(step.span.attributes(), "gen_ai.response.finish_reasons");
    let words = |value: &AnyValue| shorten(&plain_text_of(value, 100), 100);
    match value.map(|value| (value, &value.value)) {
        Some((_, Some(Any::ArrayValue(list)))) => list.values.iter().take(8).map(words).collect(),
        Some((value, _)) => vec![words(value)],
        None => Vec::new(),
    }
}

fn plain_text_of(value: &AnyValue, longest: usize) -> String {
    match &value.value {
        Some(Any::StringValue(text)) => shorten(text, longest),
        _ => plain_text(value, longest),
    }
}

/// JSON in a text, or a value that is like it.
fn json(value: &AnyValue) -> Result<Value, String> {
    let text = plain_text_of(value, READ + 4);
    let read = Some(text.as_str()).filter(|text| text.len() <= READ);
    read.and_then(|text| serde_json::from_str(text).ok())
        .ok_or(text)
}

fn read(value: &AnyValue, role: &str) -> Vec<Message> {
    match json(value) {
        Ok(value) => messages(&value, role),
        Err(text) => vec![Message::text(role, &text)],
    }
}

/// An event that is a message, as they were before 2026.
fn single(
    name: &str,
    of: &[KeyValue],
    body: Option<&AnyValue>,
    before: &mut Vec<Message>,
    after: &mut Vec<Message>,
) {
    let (role, to) = match name {
        "gen_ai.choice" => ("assistant", after),
        "gen_ai.system.message" => ("system", before),
        "gen_ai.user.message" => ("user", before),
        "gen_ai.assistant.message" => ("assistant", before),
        "gen_ai.tool.message" => ("tool", before),
        _ => return,
    };
    let words = ["gen_ai.event.content", "content", "message"];
    let value = body.filter(|body| body.value.is_some());
    let value = value.or_else(|| words.iter().find_map(|key| find(of, key)));
    if let Some(value) = value.filter(|_| to.len() < MOST) {
        to.extend(read(value, role));
    }
}

/// Attributes that are messages by their number, such as `gen_ai.prompt.0.content`.
fn numbered(of: &[KeyValue], before: &mut Vec<Message>, after: &mut Vec<Message>) {
    let mut places: BTreeMap<(usize, usize), &str> = BTreeMap::new();
    for attribute in of {
        for (kind, (start, role)) in OLDER.iter().enumerate() {
            let rest = attribute.key.strip_prefix(start);
            let number = rest.and_then(|rest| rest.split('.').next()?.parse().ok());
            if let Some(number) = number.filter(|number| *number < MOST) {
                places.entry((kind, number)).or_insert(role);
            }
        }
    }
    for ((kind, number), role) in places {
        let Some((start, _)) = OLDER.get(kind) else {
            continue;
        };
        let key = |tail: &str| format!("{start}{number}.{tail}");
        let role = first(of, &[&key("role")]).unwrap_or(role);
        let mut value = serde_json::Map::new();
        value.insert("role".into(), role.into());
        if let Some(content) = find(of, &key("content")) {
            let content = json(content).unwrap_or_else(Value::String);
            let parts = matches!(&content, Value::Array(_));
            let content = if parts {
                content
            } else {
                plain(&content).into()
            };
            value.insert("content".into(), content);
        }
        let call = |at: usize| {
            let name = first(of, &[&key(&format!("tool_calls.{at}.name"))])?;
            let arguments = first(of, &[&key(&format!("tool_calls.{at}.arguments"))]);
            Some(serde_json::json!({ "name": name, "arguments": arguments }))
        };
        let calls: Vec<_> = (0..16).map_while(call).collect();
        if !calls.is_empty() {
            value.insert("tool_calls".into(), calls.into());
        }
        let to = if kind == 1 { &mut *after } else { &mut *before };
        to.extend(messages(&Value::Object(value), role));
    }
}
