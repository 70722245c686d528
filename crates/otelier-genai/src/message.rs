//! What is said to a model, and by it.

use std::borrow::Cow;

/// What is said to a model, or by it: who says it, and the parts that it is made of.
///
/// It is made where content is asked for alone, see [`Inference::with_messages`]; secrets
/// are masked and what is too long is cut when it leaves.
///
/// ```
/// use otelier_genai::Message;
///
/// let asked = [
///     Message::system("You keep a shop."),
///     Message::user("What is in stock?"),
///     Message::assistant("").with_tool_call("call_7", "stock", r#"{"of":"bread"}"#),
///     Message::tool("call_7", r#"{"loaves":12}"#),
/// ];
/// # drop(asked);
/// ```
///
/// [`Inference::with_messages`]: crate::Inference::with_messages
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Message {
    pub(crate) role: Cow<'static, str>,
    pub(crate) parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text(String),
    Reasoning(String),
    ToolCall {
        id: String,
        name: String,
        arguments: String,
    },
    ToolResult {
        id: String,
        result: String,
    },
}

impl Message {
    /// One of a role that the conventions may not know, of no parts yet.
    pub fn new(role: impl Into<Cow<'static, str>>) -> Self {
        Self {
            role: role.into(),
            parts: Vec::new(),
        }
    }

    /// Instructions that are part of the conversation.
    pub fn system(text: impl Into<String>) -> Self {
        Self::new("system").with_text(text)
    }

    /// What the user says.
    pub fn user(text: impl Into<String>) -> Self {
        Self::new("user").with_text(text)
    }

    /// What the model says.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::new("assistant").with_text(text)
    }

    /// What a tool returned, as text or JSON, by the id of its call.
    pub fn tool(id: impl Into<String>, result: impl Into<String>) -> Self {
        Self::new("tool").with(Part::ToolResult {
            id: id.into(),
            result: result.into(),
        })
    }

    /// Adds a text; none if it is empty.
    pub fn with_text(self, text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            return self;
        }
        self.with(Part::Text(text))
    }

    /// Adds what the model thought.
    pub fn with_reasoning(self, text: impl Into<String>) -> Self {
        self.with(Part::Reasoning(text.into()))
    }

    /// Adds a call of a tool that the model asks for, with its arguments in JSON.
    pub fn with_tool_call(
        self,
        id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        self.with(Part::ToolCall {
            id: id.into(),
            name: name.into(),
            arguments: arguments.into(),
        })
    }

    fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }
}
