//! Tools and agents.

use std::{
    borrow::Cow,
    fmt::{Debug, Display},
};

use otelier_core::{ContentCapture, edge::Kept};

use super::operation;
use crate::{
    Call, Provider,
    describe::{Description, Kind},
    names, record,
};

/// A tool that a model asked for: `execute_tool stock`.
///
/// ```
/// use otelier_genai::Tool;
///
/// # async fn example() -> std::io::Result<u32> {
/// Tool::new("stock").with_call("call_7").run(async |_| Ok(12)).await
/// # }
/// ```
///
/// The span is of kind `INTERNAL`. Arguments and result are recorded only if content is
/// asked for, see [`with_content`](Self::with_content).
#[derive(Debug)]
#[must_use = "it does nothing until it is run"]
pub struct Tool(Kept<Description>);

operation!(Tool);

impl Tool {
    /// A call of a tool. Models make names up: those beyond 256 are `_OTHER` in names
    /// of spans and labels.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self::made(|| Description::new(Kind::Tool, "execute_tool", None, name))
    }

    /// The id that the model gave the call.
    pub fn with_call(self, id: impl Into<Cow<'static, str>>) -> Self {
        self.with(|kept| kept.text(names::TOOL_CALL_ID, id))
    }

    /// Records arguments and result there, instead of where
    /// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` says. To be said before the
    /// arguments.
    pub fn with_content(self, capture: ContentCapture) -> Self {
        self.with(|kept| kept.capture = capture)
    }

    /// What it gets, in JSON; made only if content is asked for.
    pub fn with_arguments<S: Into<String>>(self, arguments: impl FnOnce() -> S) -> Self {
        self.with(|kept| {
            kept.ask(|asked| asked.arguments = Some(arguments().into()));
        })
    }

    /// What it is: `function`, `extension`, `datastore`.
    pub fn with_type(self, kind: impl Into<Cow<'static, str>>) -> Self {
        self.with(|kept| kept.text(names::TOOL_TYPE, kind))
    }
}

/// An agent of this process that is given a task: `invoke_agent planner`. The calls of
/// models and tools below it, and below no other agent, are counted.
///
/// ```
/// use otelier_genai::{Agent, Tool};
///
/// # async fn example() -> std::io::Result<u32> {
/// Agent::new("planner")
///     .with_version("3")
///     .run(async |_| Tool::new("stock").run(async |_| Ok(12)).await)
///     .await
/// # }
/// ```
#[derive(Debug)]
#[must_use = "it does nothing until it is run"]
pub struct Agent(Kept<Description>);

operation!(Agent);

impl Agent {
    /// A task of an agent. Agents beyond 256 are `_OTHER` in names of spans and labels.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self::made(|| Description::new(Kind::Agent, "invoke_agent", None, name))
    }

    /// Who runs it, where it is not the service itself.
    pub fn with_provider(self, provider: impl Into<Provider>) -> Self {
        self.with(|kept| kept.provider = Some(provider.into()))
    }

    /// Its version.
    pub fn with_version(self, version: impl Into<Cow<'static, str>>) -> Self {
        self.with(|kept| kept.text(names::AGENT_VERSION, version))
    }

    /// The conversation that the task belongs to.
    pub fn with_conversation(self, id: impl Into<Cow<'static, str>>) -> Self {
        self.with(|kept| kept.text(names::CONVERSATION_ID, id))
    }
}
