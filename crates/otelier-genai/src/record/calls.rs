//! What is called below an agent.

use std::sync::atomic::AtomicU64;

/// What an agent's task calls, in the context of what is below it.
#[derive(Debug, Default)]
pub(super) struct Calls {
    pub(super) inferences: AtomicU64,
    pub(super) tools: AtomicU64,
}
