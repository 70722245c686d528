//! What is known of an answer.

use crate::Usage;

/// More answers to one question than these are not told apart.
const MAX_REASONS: usize = 16;

/// What is known of an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) id: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) finish_reasons: Vec<String>,
    pub(crate) usage: Usage,
}

impl Answer {
    pub(crate) fn finished(&mut self, reason: String) {
        if self.finish_reasons.len() < MAX_REASONS {
            self.finish_reasons.push(reason);
        }
    }
}
