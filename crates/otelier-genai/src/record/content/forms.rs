//! The forms in which providers write messages, in questions and in answers alike.

use serde_json::Value;

use super::part::{object, opened, reasoning, take, take_text, text, tool_call, tool_response};

/// What a message says, as a text, as a part, or as a list of parts.
pub(super) fn contents(content: Value) -> Vec<Value> {
    match content {
        Value::Array(parts) => parts.into_iter().map(part).collect(),
        Value::Null => Vec::new(),
        Value::String(content) if content.is_empty() => Vec::new(),
        one => vec![part(one)],
    }
}

/// A part of OpenAI's or Anthropic's.
fn part(mut part: Value) -> Value {
    if let Value::String(content) = part {
        return text(content);
    }
    let kind = take_text(&mut part, "type").unwrap_or_default();
    let part = &mut part;
    match kind.as_str() {
        "text" | "input_text" | "output_text" => said(part, "text", text),
        "summary_text" | "reasoning_text" => said(part, "text", reasoning),
        "refusal" => said(part, "refusal", text),
        "thinking" => said(part, "thinking", reasoning),
        "image_url" | "input_image" => {
            let mut url = take(part, "image_url").unwrap_or_default();
            let url = match url {
                Value::String(url) => Some(url),
                _ => take_text(&mut url, "url"),
            };
            match (url, take_text(part, "file_id")) {
                (Some(url), _) => media("image", None, url),
                (None, Some(id)) => file("image", id),
                (None, None) => blob("image", None),
            }
        }
        "input_audio" | "audio" => {
            let mut audio = take(part, "input_audio").unwrap_or_default();
            let format = take_text(&mut audio, "format");
            blob("audio", format.map(|format| format!("audio/{format}")))
        }
        "file" | "input_file" => {
            let mut inner = take(part, "file").unwrap_or_else(|| part.take());
            match take_text(&mut inner, "file_id") {
                Some(id) => file("document", id),
                None => blob("document", None),
            }
        }
        "image" | "document" => source(&kind, take(part, "source").unwrap_or_default()),
        "tool_use" => tool_call(
            take_text(part, "id"),
            take_text(part, "name"),
            take(part, "input").unwrap_or_default(),
        ),
        "server_tool_use" => {
            let name = take_text(part, "name").unwrap_or_default();
            let input = take(part, "input").unwrap_or_default();
            let call = object([("type", name.clone().into()), ("input", input)]);
            object([
                ("type", "server_tool_call".into()),
                ("id", take(part, "id").unwrap_or_default()),
                ("name", name.into()),
                ("server_tool_call", call),
            ])
        }
        "tool_result" => {
            let content = take(part, "content").unwrap_or_default();
            tool_response(take_text(part, "tool_use_id"), response(content))
        }
        // What is not known says what it is, and nothing else.
        _ => generic(kind),
    }
}

fn said(part: &mut Value, key: &str, make: impl FnOnce(String) -> Value) -> Value {
    make(take_text(part, key).unwrap_or_default())
}

/// What a tool returned: a text, where it is one or one part.
pub(super) fn response(content: Value) -> Value {
    match content {
        Value::String(content) => opened(content),
        Value::Array(parts) => match contents(Value::Array(parts)).as_mut_slice() {
            [one] if one.get("type").is_some_and(|kind| kind == "text") => {
                opened(take_text(one, "content").unwrap_or_default())
            }
            parts => parts.iter_mut().map(Value::take).collect(),
        },
        other => other,
    }
}

/// A part of Gemini's.
pub(super) fn gemini(mut part: Value) -> Value {
    let part = &mut part;
    let mut of = |names: [&str; 2]| names.into_iter().find_map(|name| take(part, name));
    if let Some(Value::String(content)) = of(["text", "text"]) {
        let is_thought = of(["thought", "thought"]) == Some(Value::Bool(true));
        return if is_thought {
            reasoning(content)
        } else {
            text(content)
        };
    }
    if let Some(mut call) = of(["functionCall", "function_call"]) {
        let arguments = take(&mut call, "args").unwrap_or_default();
        return tool_call(
            take_text(&mut call, "id"),
            take_text(&mut call, "name"),
            arguments,
        );
    }
    if let Some(mut call) = of(["functionResponse", "function_response"]) {
        let id = take_text(&mut call, "id").or_else(|| take_text(&mut call, "name"));
        return tool_response(id, take(&mut call, "response").unwrap_or_default());
    }
    let mime =
        |data: &mut Value| take_text(data, "mimeType").or_else(|| take_text(data, "mime_type"));
    if let Some(mut data) = of(["inlineData", "inline_data"]) {
        let mime = mime(&mut data);
        return blob(modality(mime.as_deref()), mime);
    }
    if let Some(mut data) = of(["fileData", "file_data"]) {
        let mime = mime(&mut data);
        let uri = take_text(&mut data, "fileUri").or_else(|| take_text(&mut data, "file_uri"));
        return media(modality(mime.as_deref()), mime, uri.unwrap_or_default());
    }
    let kind = part
        .as_object()
        .and_then(|part| part.keys().next().cloned());
    generic(kind.unwrap_or_default())
}

/// Calls of tools in a message of OpenAI's or Ollama's.
pub(super) fn calls(message: &mut Value) -> Vec<Value> {
    let Some(Value::Array(calls)) = take(message, "tool_calls") else {
        return Vec::new();
    };
    calls.into_iter().map(call).collect()
}

fn call(mut call: Value) -> Value {
    let mut function = take(&mut call, "function").unwrap_or_default();
    let arguments = arguments(take(&mut function, "arguments"));
    tool_call(
        take_text(&mut call, "id"),
        take_text(&mut function, "name"),
        arguments,
    )
}

/// Arguments are JSON, or JSON in a text.
pub(super) fn arguments(arguments: Option<Value>) -> Value {
    match arguments.unwrap_or_default() {
        Value::String(arguments) => opened(arguments),
        arguments => arguments,
    }
}

/// What a model thought, where it stands beside what it says.
pub(super) fn thoughts(message: &mut Value) -> Option<Value> {
    let keys = ["reasoning_content", "reasoning", "thinking"];
    let thought = keys.into_iter().find_map(|key| take_text(message, key))?;
    Some(reasoning(thought))
}

/// An item of OpenAI's responses that is no message, as the parts that it stands for.
pub(super) fn item(kind: &str, item: &mut Value) -> Vec<Value> {
    match kind {
        "function_call" => vec![tool_call(
            take_text(item, "call_id"),
            take_text(item, "name"),
            arguments(take(item, "arguments")),
        )],
        "function_call_output" => {
            let output = take(item, "output").unwrap_or_default();
            vec![tool_response(take_text(item, "call_id"), response(output))]
        }
        "reasoning" => {
            let mut parts = contents(take(item, "summary").unwrap_or_default());
            parts.extend(contents(take(item, "content").unwrap_or_default()));
            parts
        }
        kind => vec![generic(kind.to_owned())],
    }
}

/// What Anthropic has as a source of an image or document.
fn source(kind: &str, mut source: Value) -> Value {
    let source = &mut source;
    let mime = take_text(source, "media_type");
    if let Some(url) = take_text(source, "url") {
        return media(kind, mime, url);
    }
    if let Some(id) = take_text(source, "file_id") {
        return file(kind, id);
    }
    match source.get("type").and_then(Value::as_str) {
        Some("text") => said(source, "data", text),
        _ => blob(kind, mime),
    }
}

fn media(modality: &str, mime: Option<String>, url: String) -> Value {
    if let Some(data) = url.strip_prefix("data:") {
        let end = data.find([';', ',']).unwrap_or(0);
        let mime = data.get(..end).filter(|mime| !mime.is_empty());
        return blob(modality, mime.map(str::to_owned));
    }
    object([
        ("type", "uri".into()),
        ("modality", modality.into()),
        ("mime_type", mime.into()),
        ("uri", url.into()),
    ])
}

/// Bytes are left out.
pub(super) fn blob(modality: &str, mime: Option<String>) -> Value {
    object([
        ("type", "blob".into()),
        ("modality", modality.into()),
        ("mime_type", mime.into()),
        ("content", "".into()),
    ])
}

fn file(modality: &str, id: String) -> Value {
    object([
        ("type", "file".into()),
        ("modality", modality.into()),
        ("file_id", id.into()),
    ])
}

fn modality(mime: Option<&str>) -> &'static str {
    match mime.and_then(|mime| mime.split('/').next()) {
        Some("image") => "image",
        Some("audio") => "audio",
        Some("video") => "video",
        _ => "document",
    }
}

fn generic(kind: String) -> Value {
    object([("type", kind.into())])
}
