//! Messages of databases, which quote values beside names.

use std::ops::Range;

use super::unit::{Unit, is_letter, is_newline};

/// What `sqlx::Error` writes before the message of a database.
const RETURNED: &[u8] = b"error returned from database";

/// How `Debug` writes an error of a database.
const DEBUG: [&[u8]; 2] = [b"DatabaseError {", b"SqliteError {"];

/// How far before its fields that may stand.
const DEBUG_REACH: usize = 2048;

/// The longest of [`NAMES`], and what may stand between it and a quote.
const WORD: usize = 16;

/// Words before a quoted name, which may be told.
const NAMES: [&str; 14] = [
    "column",
    "columns",
    "constraint",
    "database",
    "field",
    "function",
    "in",
    "index",
    "key",
    "relation",
    "schema",
    "table",
    "trigger",
    "type",
];

/// What a field of an error holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// Names and values.
    Message,
    /// The rows and statements that went wrong.
    Values,
}

/// The message of a database that is being looked at, if one is.
#[derive(Debug, Default)]
pub(super) struct Message {
    end: usize,
    /// Where the error was opened that `Debug` wrote.
    debug: Option<usize>,
    /// Quotes before this are within a name.
    quoted: usize,
    /// Of which quote no other one closes in this message.
    unclosed: [bool; 2],
}

impl Message {
    /// Sees the `{` at `at`.
    pub(super) fn brace(&mut self, bytes: &[u8], at: usize) {
        let before = bytes.get(..=at).unwrap_or_default();
        if DEBUG.iter().any(|debug| before.ends_with(debug)) {
            self.debug = Some(at);
        }
    }

    /// Sees the `:` at `at`.
    pub(super) fn colon(&mut self, bytes: &[u8], at: usize) {
        let before = bytes.get(..at).unwrap_or_default();
        if at >= self.end && before.ends_with(RETURNED) {
            let rest = bytes.get(at..).unwrap_or_default();
            let line = rest.iter().position(|byte| is_newline(*byte));
            self.begin(at..line.map_or(bytes.len(), |length| at + length));
        }
    }

    /// What the field holds whose name ends at `at`.
    pub(super) fn field(&self, name: &[u8], at: usize) -> Option<Field> {
        let debug = self.debug?;
        match name {
            _ if at.saturating_sub(debug) > DEBUG_REACH || at < self.end => None,
            b"message" => Some(Field::Message),
            b"detail" | b"where" | b"query" => Some(Field::Values),
            _ => None,
        }
    }

    pub(super) fn begin(&mut self, range: Range<usize>) {
        self.end = range.end;
        // What follows a long message belongs to the same error.
        self.debug = self.debug.map(|_| range.end);
        self.quoted = range.start;
        self.unclosed = [false; 2];
    }

    /// The value behind the quote at `at`, and where it is closed. None if it
    /// opens none, or a name.
    pub(super) fn value(
        &mut self,
        bytes: &[u8],
        at: usize,
        quote: Unit,
    ) -> Option<(Range<usize>, usize)> {
        if at >= self.end || at < self.quoted {
            return None;
        }
        let before = bytes.get(at.saturating_sub(WORD)..at).unwrap_or_default();
        if before.last().is_some_and(|byte| is_letter(*byte)) {
            return None;
        }
        let word = before.trim_ascii_end();
        let letters = word.iter().rev().take_while(|byte| is_letter(**byte));
        let word = word.get(word.len() - letters.count()..).unwrap_or_default();
        let start = at + quote.len;
        let closing = self.closing(bytes, start, quote.byte);
        // Here MySQL quotes the rest of a statement, with quotes in it.
        let is_rest = word == b"near" && quote.byte == b'\'';
        let closed = closing.filter(|_| !is_rest).unwrap_or(self.end);
        let value = bytes.get(start..closed).unwrap_or_default();
        let escapes = value.iter().rev().take_while(|byte| **byte == b'\\');
        let end = if closing.is_some() && !is_rest {
            closed - escapes.count()
        } else {
            closed
        };
        let is_name = NAMES
            .iter()
            .any(|name| name.as_bytes().eq_ignore_ascii_case(word));
        self.quoted = closed + 1;
        (!is_name && end > start).then_some((start..end, closed))
    }

    /// A quote that closes: inside of values they are not escaped.
    fn closing(&mut self, bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
        let unclosed = self.unclosed.get_mut(usize::from(quote == b'"'))?;
        if *unclosed {
            return None;
        }
        let rest = bytes.get(start..self.end)?;
        let end = rest.iter().enumerate().find_map(|(at, byte)| {
            let next = bytes.get(start + at + 1).copied().unwrap_or_default();
            (*byte == quote && !is_letter(next)).then_some(start + at)
        });
        *unclosed = end.is_none();
        end
    }
}
