//! What was asked and answered, where it is asked for: without secrets, cut to a size,
//! and told when the call is over.

#[cfg(feature = "http")]
mod answered;
#[cfg(feature = "http")]
mod asked;
#[cfg(feature = "http")]
mod forms;
mod mask;
mod output;
mod part;

use opentelemetry::{
    Array, Key, KeyValue, Value as Told,
    logs::{AnyValue, Severity},
};
use otelier_core::{
    ContentCapture, MAX_TEXT,
    edge::{Instruments, Recorder, Span},
};
use serde_json::Value;

use self::{mask::Mask, output::Output};
use super::names;
#[cfg(feature = "http")]
use super::read::Api;
use crate::{
    describe::{Asked, Description, Kind},
    message::Message,
};

/// The content of one operation.
pub(super) struct Content {
    capture: ContentCapture,
    event: &'static str,
    /// What the span says from its start, for the event.
    about: Vec<KeyValue>,
    /// Masked and cut already.
    told: Vec<(&'static str, Value)>,
    output: Output,
}

impl Content {
    /// What is taken down of an operation, if anything is: what its description says.
    pub(super) fn begin<I: Instruments>(
        of: &mut Description,
        recorder: &Recorder<I>,
        about: impl FnOnce(&Description) -> Vec<KeyValue>,
    ) -> Option<Box<Self>> {
        let event = match of.kind {
            Kind::Inference => names::INFERENCE_DETAILS,
            Kind::Tool => names::TOOL_DETAILS,
            Kind::Embeddings | Kind::Retrieval | Kind::Agent => return None,
        };
        let capture = of.capture;
        let has_place =
            (capture.is_in_events() && recorder.events().is_some()) || capture.is_in_spans();
        if !has_place {
            return None;
        }
        let asked = std::mem::take(&mut of.asked);
        let mut content = Self {
            capture,
            event,
            about: match capture.is_in_events() {
                true => about(of),
                false => Vec::new(),
            },
            told: Vec::new(),
            output: Output::new(),
        };
        content.ask(asked);
        Some(Box::new(content))
    }

    fn ask(&mut self, asked: Asked) {
        let Asked {
            messages,
            instructions,
            tools,
            arguments,
        } = asked;
        let messages = messages.into_iter().map(part::told).collect();
        self.messages(names::INPUT_MESSAGES, messages);
        let instructions = instructions.map(part::text).into_iter().collect();
        self.list(names::SYSTEM_INSTRUCTIONS, instructions);
        if let Some(tools) = tools {
            self.value(names::TOOL_DEFINITIONS, part::opened(tools));
        }
        if let Some(arguments) = arguments {
            self.value(names::TOOL_CALL_ARGUMENTS, part::opened(arguments));
        }
    }

    /// Takes down what a request that passes by asks.
    #[cfg(feature = "http")]
    pub(super) fn ask_of(&mut self, api: Api, body: &[u8]) {
        let asked = asked::asked(api, body);
        self.messages(names::INPUT_MESSAGES, asked.messages);
        self.list(names::SYSTEM_INSTRUCTIONS, asked.instructions);
        self.list(names::TOOL_DEFINITIONS, asked.definitions);
    }

    /// Takes down what a document of an answer that passes by says. Returns whether more
    /// of them may say more.
    #[cfg(feature = "http")]
    pub(super) fn read(&mut self, api: Api, document: Value) -> bool {
        self.output.read(api, document);
        !self.output.is_full()
    }

    /// Takes down an answer that the program tells.
    pub(super) fn answer(&mut self, message: Message) {
        let choice = self.output.next();
        self.output.role(choice, message.role.into_owned());
        for part in message.parts {
            self.output.part(choice, part::of(part));
        }
    }

    /// Takes down what a tool of MCP gets.
    #[cfg(feature = "rmcp")]
    pub(super) fn arguments(&mut self, arguments: serde_json::Map<String, Value>) {
        self.value(names::TOOL_CALL_ARGUMENTS, Value::Object(arguments));
    }

    /// Takes down what a tool of MCP returned: its structure, or else what it says.
    #[cfg(feature = "rmcp")]
    pub(super) fn answered(&mut self, result: &rmcp::model::CallToolResult) {
        let result = match &result.structured_content {
            Some(structured) => structured.clone(),
            None => serde_json::to_value(&result.content).unwrap_or_default(),
        };
        self.value(names::TOOL_CALL_RESULT, result);
    }

    /// Takes down a bit of the first answer.
    pub(super) fn text(&mut self, text: &str) {
        self.output.text(0, text);
    }

    /// Takes down what a tool returned.
    pub(super) fn result(&mut self, result: String) {
        self.value(names::TOOL_CALL_RESULT, part::opened(result));
    }

    fn messages(&mut self, name: &'static str, messages: Vec<Value>) {
        if !messages.is_empty() {
            let masked = Mask::new(MAX_TEXT).messages(messages);
            self.told.push((name, masked));
        }
    }

    fn list(&mut self, name: &'static str, list: Vec<Value>) {
        if !list.is_empty() {
            self.value(name, Value::Array(list));
        }
    }

    fn value(&mut self, name: &'static str, value: Value) {
        let masked = Mask::new(MAX_TEXT).value(value);
        self.told.push((name, masked));
    }

    /// Tells the span and the event what was taken down, and the event what the span
    /// was told besides.
    pub(super) fn end<I>(mut self, span: &Span, recorder: &Recorder<I>, besides: Vec<KeyValue>) {
        if !self.output.is_empty() {
            let output = std::mem::replace(&mut self.output, Output::new());
            self.messages(names::OUTPUT_MESSAGES, output.messages());
        }
        if self.told.is_empty() {
            return;
        }
        if self.capture.is_in_spans() {
            span.tell(|span| {
                let told = self.told.iter();
                let told = told.map(|(name, value)| KeyValue::new(*name, mask::text(value)));
                span.set_attributes(told);
            });
        }
        if let Some(events) = recorder.events().filter(|_| self.capture.is_in_events()) {
            let said = self.about.into_iter().chain(besides);
            let said = said.map(|told| (told.key, any(told.value)));
            let told = self.told.into_iter();
            let told = told.map(|(name, value)| (Key::from(name), mask::structured(value)));
            // The ids of an event are those of the current span.
            let _current = span.attach();
            events.emit(self.event, Severity::Debug, said.chain(told));
        }
    }
}

/// An attribute of a span as one of an event.
fn any(value: Told) -> AnyValue {
    match value {
        Told::Bool(truth) => truth.into(),
        Told::I64(number) => number.into(),
        Told::F64(number) => number.into(),
        Told::String(text) => AnyValue::String(text),
        Told::Array(Array::String(texts)) => texts.into_iter().map(AnyValue::String).collect(),
        other => other.as_str().into_owned().into(),
    }
}
