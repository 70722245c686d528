//! The words of a summary, statement by statement.

use super::words::{LIMIT, append};

#[derive(Debug)]
pub(super) struct Written {
    /// Of the current statement.
    current: String,
    /// Of those before it.
    before: String,
    /// All statements before this one read the same.
    is_uniform: bool,
    /// Statements that are complete.
    count: usize,
    is_full: bool,
}

impl Written {
    pub(super) fn new() -> Self {
        Self {
            current: String::with_capacity(32),
            before: String::new(),
            is_uniform: true,
            count: 0,
            is_full: false,
        }
    }

    /// Whether the current statement has no word yet.
    pub(super) fn is_empty(&self) -> bool {
        self.current.is_empty()
    }

    /// Adds a word, unless it or one before it finds no room.
    pub(super) fn push(&mut self, separator: char, word: &str) {
        let separator = (!self.current.is_empty()).then_some(separator);
        let length = separator.map_or(0, char::len_utf8) + word.len();
        if self.is_full || self.current.len() + length > LIMIT {
            self.is_full = true;
            return;
        }
        self.current.extend(separator);
        self.current.push_str(word);
    }

    /// Counts the current statement, and goes on to the next.
    pub(super) fn end_statement(&mut self) {
        if self.count == 0 {
            self.before.clone_from(&self.current);
        } else if self.before != self.current || !self.is_uniform {
            self.is_uniform = false;
            append(&mut self.before, &self.current);
        }
        self.count += 1;
        self.forget_statement();
    }

    /// Goes on to the next statement: the current one was none.
    pub(super) fn forget_statement(&mut self) {
        self.current.clear();
        self.is_full = false;
    }

    /// The summary, and how many statements there are.
    pub(super) fn finish(self) -> (String, usize) {
        if self.count > 1 && !self.before.is_empty() {
            let mut batch = String::from("BATCH");
            append(&mut batch, &self.before);
            return (batch, self.count);
        }
        (self.before, self.count)
    }
}
