//! What a request asks, out of the form of its provider.

use serde_json::Value;

use super::{
    super::read::Api,
    forms,
    part::{message, object, take, take_text, text, tool_response},
};

/// What a request asks.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) messages: Vec<Value>,
    /// Those that stand beside the messages.
    pub(super) instructions: Vec<Value>,
    pub(super) definitions: Vec<Value>,
}

/// Reads a request as a whole, which is bounded.
pub(super) fn asked(api: Api, body: &[u8]) -> Asked {
    let Ok(mut request) = serde_json::from_slice::<Value>(body) else {
        return Asked::default();
    };
    let request = &mut request;
    let definitions = list(request, "tools").into_iter().flat_map(definitions);
    let mut asked = Asked {
        definitions: definitions.collect(),
        ..Asked::default()
    };
    let mut instruct = |key: &str| {
        let told = take(request, key).unwrap_or_default();
        asked.instructions.extend(forms::contents(told));
    };
    match api {
        Api::OpenAi => {}
        Api::Responses => instruct("instructions"),
        Api::Anthropic | Api::Ollama => instruct("system"),
        Api::Gemini => {
            let names = ["systemInstruction", "system_instruction"];
            let told = names.into_iter().find_map(|name| take(request, name));
            asked.instructions = gemini_parts(&mut told.unwrap_or_default());
        }
    }
    asked.messages = match api {
        Api::Gemini => list(request, "contents").into_iter().map(content).collect(),
        Api::Responses => match take(request, "input") {
            Some(Value::Array(items)) => items.into_iter().map(said).collect(),
            Some(input) => vec![message("user", forms::contents(input))],
            None => Vec::new(),
        },
        Api::OpenAi | Api::Anthropic | Api::Ollama => {
            list(request, "messages").into_iter().map(said).collect()
        }
    };
    if let Some(prompt) = take(request, "prompt") {
        let mut parts = forms::contents(prompt);
        parts.extend(images(request));
        asked.messages.push(message("user", parts));
    }
    asked
}

fn list(object: &mut Value, key: &str) -> Vec<Value> {
    match take(object, key) {
        Some(Value::Array(list)) => list,
        Some(one @ Value::Object(_)) => vec![one],
        _ => Vec::new(),
    }
}

/// A message of OpenAI's, Anthropic's or Ollama's, or an item of OpenAI's responses.
fn said(mut told: Value) -> Value {
    if told.is_string() {
        return message("user", forms::contents(told));
    }
    let told = &mut told;
    let role = take_text(told, "role");
    let kind = take_text(told, "type").filter(|kind| kind != "message");
    if let (None, Some(kind)) = (&role, kind) {
        let role = match kind.as_str() {
            "function_call_output" => "tool",
            _ => "assistant",
        };
        return message(role, forms::item(&kind, told));
    }
    let role = role.unwrap_or_else(|| "user".to_owned());
    let content = take(told, "content").unwrap_or_default();
    if role == "tool" || role == "function" {
        let names = ["tool_call_id", "tool_name", "name"];
        let id = names.into_iter().find_map(|name| take_text(told, name));
        let response = tool_response(id, forms::response(content));
        return message(&role, vec![response]);
    }
    let mut parts: Vec<_> = forms::thoughts(told).into_iter().collect();
    parts.extend(forms::contents(content));
    parts.extend(take_text(told, "refusal").map(text));
    parts.extend(images(told));
    parts.extend(forms::calls(told));
    message(&role, parts)
}

/// A message of Gemini's.
fn content(mut content: Value) -> Value {
    let role = match take_text(&mut content, "role") {
        Some(role) if role == "model" => "assistant".to_owned(),
        Some(role) => role,
        None => "user".to_owned(),
    };
    message(&role, gemini_parts(&mut content))
}

pub(super) fn gemini_parts(content: &mut Value) -> Vec<Value> {
    let parts = list(content, "parts");
    parts.into_iter().map(forms::gemini).collect()
}

/// The images beside a message of Ollama's.
fn images(told: &mut Value) -> Vec<Value> {
    let images = list(told, "images").into_iter();
    images.map(|_| forms::blob("image", None)).collect()
}

/// A tool, or as many as Gemini has in one.
fn definitions(mut tool: Value) -> Vec<Value> {
    for names in ["functionDeclarations", "function_declarations"] {
        if let Some(Value::Array(declared)) = take(&mut tool, names) {
            return declared.into_iter().map(definition).collect();
        }
    }
    vec![definition(tool)]
}

fn definition(mut tool: Value) -> Value {
    let kind = take_text(&mut tool, "type");
    let mut tool = take(&mut tool, "function").unwrap_or(tool);
    let name = take_text(&mut tool, "name").or_else(|| kind.clone());
    let kind = kind.filter(|kind| kind != "custom");
    let names = ["parameters", "input_schema", "parametersJsonSchema"];
    let parameters = names.into_iter().find_map(|name| take(&mut tool, name));
    object([
        ("type", kind.unwrap_or_else(|| "function".to_owned()).into()),
        ("name", name.unwrap_or_default().into()),
        (
            "description",
            take(&mut tool, "description").unwrap_or_default(),
        ),
        ("parameters", parameters.unwrap_or_default()),
    ])
}
