//! What is in the context of calls, for those below it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use opentelemetry::{Context, Value};
use otelier_core::Source;

use crate::{
    describe::{self, Description, Kind},
    names::CONVERSATION_ID,
};

/// What an agent's task calls, in the context of what is below it.
#[derive(Debug)]
pub(super) struct Calls {
    /// Its name as a label.
    agent: Value,
    pub(super) inferences: AtomicU64,
    pub(super) tools: AtomicU64,
}

impl Calls {
    pub(super) fn of(agent: Value) -> Arc<Self> {
        Arc::new(Self {
            agent,
            inferences: AtomicU64::new(0),
            tools: AtomicU64::new(0),
        })
    }

    /// Counts a call for the agent that it is below.
    pub(super) fn count(kind: Kind) {
        Context::map_current(|current| {
            let calls = current.get::<Arc<Self>>();
            match (kind, calls) {
                (Kind::Inference, Some(calls)) => calls.inferences.fetch_add(1, Ordering::Relaxed),
                (Kind::Tool, Some(calls)) => calls.tools.fetch_add(1, Ordering::Relaxed),
                _ => 0,
            };
        });
    }
}

/// The agent that a call is below.
pub(super) fn agent() -> Option<Value> {
    Context::map_current(|current| Some(current.get::<Arc<Calls>>()?.agent.clone()))
}

/// What calls belong to that are not told of a conversation.
#[derive(Debug)]
struct Conversation(Arc<str>);

/// What is in a conversation.
pub(crate) type Within = Context;

pub(crate) fn converse(id: impl Into<std::borrow::Cow<'static, str>>) -> Option<Within> {
    Source::current().providers()?;
    Some(within(&Context::current(), &id.into()))
}

/// A context in a conversation.
pub(super) fn within(context: &Context, id: &str) -> Context {
    context.with_value(Conversation(id.into()))
}

/// The conversation that a call is told of.
pub(super) fn conversation(of: &Description) -> Option<&str> {
    of.attributes.iter().find_map(|(key, value)| match value {
        describe::Value::Text(id) if *key == CONVERSATION_ID => Some(&**id),
        _ => None,
    })
}

/// Tells a call of the conversation that it is in, unless it was told of one.
pub(super) fn inherit(of: &mut Description) {
    if !matches!(of.kind, Kind::Inference | Kind::Tool | Kind::Agent) || conversation(of).is_some()
    {
        return;
    }
    let known = |current: &Context| Some(Arc::clone(&current.get::<Conversation>()?.0));
    if let Some(id) = Context::map_current(known) {
        of.text(CONVERSATION_ID, id.to_string());
    }
}
