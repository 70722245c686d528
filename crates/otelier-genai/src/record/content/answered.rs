//! What an answer says, out of the form of its provider: as a whole, or one part of a
//! stream after the other.

use serde_json::Value;

use super::{
    super::read::Api,
    asked::gemini_parts,
    forms,
    output::{Call, Output},
    part::{take, take_text},
};

impl Output {
    /// Takes down what a document of an answer says.
    pub(super) fn read(&mut self, api: Api, document: Value) {
        // Gemini's stream is one list, where it is not asked for events.
        if let Value::Array(documents) = document {
            documents.into_iter().for_each(|one| self.read(api, one));
            return;
        }
        let mut document = document;
        match api {
            Api::OpenAi => self.choices(&mut document),
            Api::Responses => self.response(&mut document),
            Api::Anthropic => self.block(&mut document),
            Api::Gemini => self.candidates(&mut document),
            Api::Ollama => self.ollama(&mut document),
        }
    }

    fn choices(&mut self, document: &mut Value) {
        let Some(Value::Array(choices)) = take(document, "choices") else {
            return;
        };
        for mut choice in choices {
            let index = number(&choice, "index");
            if let Some(text) = take_text(&mut choice, "text") {
                self.text(index, &text);
            }
            let said = take(&mut choice, "delta").or_else(|| take(&mut choice, "message"));
            if let Some(mut said) = said {
                self.message(index, &mut said);
            }
        }
    }

    fn message(&mut self, choice: u64, said: &mut Value) {
        if let Some(role) = take_text(said, "role") {
            self.role(choice, role);
        }
        if let Some(thought) = forms::thoughts(said) {
            self.part(choice, thought);
        }
        self.content(choice, take(said, "content").unwrap_or_default());
        if let Some(refusal) = take_text(said, "refusal") {
            self.text(choice, &refusal);
        }
        let calls = take(said, "tool_calls").unwrap_or_default();
        for (at, mut call) in array(calls).into_iter().enumerate() {
            let mut function = take(&mut call, "function").unwrap_or_default();
            let key = match call.get("index").and_then(Value::as_u64) {
                Some(index) => index,
                None => at as u64,
            };
            let arguments = match take(&mut function, "arguments") {
                Some(Value::String(arguments)) => arguments,
                Some(arguments) => arguments.to_string(),
                None => String::new(),
            };
            let call = Call {
                key,
                id: take_text(&mut call, "id"),
                name: take_text(&mut function, "name"),
                arguments,
            };
            self.call(choice, call);
        }
    }

    fn content(&mut self, choice: u64, content: Value) {
        match content {
            Value::String(content) => self.text(choice, &content),
            content => {
                for part in forms::contents(content) {
                    self.part(choice, part);
                }
            }
        }
    }

    fn response(&mut self, document: &mut Value) {
        let kind = take_text(document, "type").unwrap_or_default();
        let delta = take_text(document, "delta").unwrap_or_default();
        let key = number(document, "output_index");
        match kind.as_str() {
            "response.output_text.delta" | "response.refusal.delta" => self.text(0, &delta),
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                self.reasoning(0, &delta);
            }
            "response.function_call_arguments.delta" => self.call(
                0,
                Call {
                    key,
                    arguments: delta,
                    ..Call::default()
                },
            ),
            "response.output_item.added" => {
                let mut item = take(document, "item").unwrap_or_default();
                if item.get("type").is_some_and(|kind| kind == "function_call") {
                    let call = Call {
                        key,
                        id: take_text(&mut item, "call_id"),
                        name: take_text(&mut item, "name"),
                        arguments: String::new(),
                    };
                    self.call(0, call);
                }
            }
            "response.completed" | "response.incomplete" | "response.failed" => {
                let mut whole = take(document, "response").unwrap_or_default();
                self.output(&mut whole);
            }
            "" => self.output(document),
            _ => {}
        }
    }

    /// The items of a response that is told as a whole.
    fn output(&mut self, response: &mut Value) {
        let items = array(take(response, "output").unwrap_or_default());
        if items.is_empty() {
            return;
        }
        self.clear();
        for mut item in items {
            let kind = take_text(&mut item, "type").unwrap_or_default();
            if kind == "message" {
                self.content(0, take(&mut item, "content").unwrap_or_default());
                continue;
            }
            for part in forms::item(&kind, &mut item) {
                self.part(0, part);
            }
        }
    }

    fn block(&mut self, document: &mut Value) {
        let key = number(document, "index");
        let kind = take_text(document, "type").unwrap_or_default();
        match kind.as_str() {
            "content_block_start" => {
                let mut block = take(document, "content_block").unwrap_or_default();
                let kind = block.get("type").and_then(Value::as_str);
                if matches!(kind, Some("tool_use" | "server_tool_use" | "mcp_tool_use")) {
                    let call = Call {
                        key,
                        id: take_text(&mut block, "id"),
                        name: take_text(&mut block, "name"),
                        arguments: String::new(),
                    };
                    self.call(0, call);
                } else {
                    self.content(0, block);
                }
            }
            "content_block_delta" => {
                let mut delta = take(document, "delta").unwrap_or_default();
                if let Some(text) = take_text(&mut delta, "text") {
                    self.text(0, &text);
                }
                if let Some(text) = take_text(&mut delta, "thinking") {
                    self.reasoning(0, &text);
                }
                if let Some(arguments) = take_text(&mut delta, "partial_json") {
                    let call = Call {
                        key,
                        arguments,
                        ..Call::default()
                    };
                    self.call(0, call);
                }
            }
            "message" => self.content(0, take(document, "content").unwrap_or_default()),
            _ => {}
        }
    }

    fn candidates(&mut self, document: &mut Value) {
        for mut candidate in array(take(document, "candidates").unwrap_or_default()) {
            let index = number(&candidate, "index");
            let mut content = take(&mut candidate, "content").unwrap_or_default();
            for part in gemini_parts(&mut content) {
                self.part(index, part);
            }
        }
    }

    fn ollama(&mut self, document: &mut Value) {
        if let Some(mut said) = take(document, "message") {
            // Each of its calls is whole, and none has a number.
            let calls = forms::calls(&mut said);
            self.message(0, &mut said);
            for call in calls {
                self.whole(0, call);
            }
        }
        if let Some(thought) = take_text(document, "thinking") {
            self.reasoning(0, &thought);
        }
        if let Some(text) = take_text(document, "response") {
            self.text(0, &text);
        }
    }
}

fn array(value: Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list,
        _ => Vec::new(),
    }
}

fn number(object: &Value, key: &str) -> u64 {
    object.get(key).and_then(Value::as_u64).unwrap_or(0)
}
