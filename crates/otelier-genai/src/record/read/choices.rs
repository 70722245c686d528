//! Why each of the answers in OpenAI's documents ended, also where each part says it again.

use crate::answer::Answer;

/// Of which answers the choices in documents are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parts {
    /// Each is one.
    Whole,
    /// All are parts of one.
    OfOne,
    /// Their index tells.
    OfSeveral,
}

#[derive(Debug)]
pub(super) struct Choices {
    parts: Parts,
    /// The answers that ended, in the order of their reasons.
    ended: Vec<Option<u64>>,
    /// Of the choice that passes by.
    index: Option<u64>,
    reason: Option<String>,
}

impl Choices {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            parts,
            ended: Vec::new(),
            index: None,
            reason: None,
        }
    }

    /// Says that the parts of a stream may be of several answers.
    pub(super) fn tell_apart(&mut self) {
        if self.parts == Parts::OfOne {
            self.parts = Parts::OfSeveral;
        }
    }

    /// Whether the index of each choice is looked at.
    pub(super) fn have_index(&self) -> bool {
        self.parts == Parts::OfSeveral
    }

    pub(super) fn index(&mut self, index: &str) {
        self.index = index.parse().ok();
    }

    /// Takes down why an answer ended. Returns whether that is news.
    pub(super) fn reason(&mut self, reason: &str, answer: &mut Answer) -> bool {
        match self.parts {
            Parts::Whole => self.end(None, reason.to_owned(), answer),
            Parts::OfOne => self.end(Some(0), reason.to_owned(), answer),
            Parts::OfSeveral => {
                // Its index may stand behind it.
                self.reason = Some(reason.to_owned());
                false
            }
        }
    }

    /// Ends a choice. Returns whether that is news.
    pub(super) fn closed(&mut self, answer: &mut Answer) -> bool {
        let index = self.index.take();
        let reason = self.reason.take();
        reason.is_some_and(|reason| self.end(index, reason, answer))
    }

    /// The last that is said of an answer counts.
    fn end(&mut self, index: Option<u64>, reason: String, answer: &mut Answer) -> bool {
        let mut ended = self.ended.iter();
        let known = ended.position(|ended| index.is_some() && *ended == index);
        let known = known.and_then(|known| answer.finish_reasons.get_mut(known));
        if let Some(known) = known {
            let is_new = *known != reason;
            *known = reason;
            return is_new;
        }
        answer.finished(reason);
        if self.ended.len() < answer.finish_reasons.len() {
            self.ended.push(index);
        }
        true
    }
}
