//! The set-up takes what code adds.

use super::hooks::Hooks;
use crate::Setup;

impl Setup {
    /// Adds to the SDK. A clone shares it, and the first to start has it.
    #[must_use]
    pub fn with_hooks(mut self, hooks: Hooks) -> Self {
        self.hooks = hooks;
        self
    }
}
