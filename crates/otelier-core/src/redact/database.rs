//! Messages of databases, which quote values beside names.

use std::ops::Range;

use super::unit::{Unit, is_letter, is_newline};

/// What `sqlx::Error` writes before the message of a database.
const RETURNED: &[u8] = b"error returned from database";

/// And `tokio_postgres::Error`.
const DB_ERROR: &[u8] = b"db error";

/// How `Debug` writes an error of a database.
const DEBUG: [&[u8]; 2] = [b"DatabaseError {", b"SqliteError {"];

/// How far before its fields that may stand.
const DEBUG_REACH: usize = 2048;

/// The longest of [`NAMES`], and what may stand between it and a quote.
const WORD: usize = 16;

/// How far behind its quote the end of a value is looked for that goes on in the next
/// line. MySQL quotes 80 characters of a statement.
const REACH: usize = 512;

/// What begins the causes of an error, each on a line of its own.
const CAUSE: &[u8] = b"Caused by:";

/// What ends right before a quoted value, in messages that nothing else tells to be
/// those of a database,
const PHRASES: [&str; 3] = ["at or near", "duplicate entry", "to use near"];
const TOKEN: &str = "unrecognized token:";

/// and what stands somewhat before its colon.
const KINDS: [&str; 3] = ["incorrect ", "input syntax for", "input value for"];

/// How far before.
const PHRASE: usize = 64;

/// What follows a part of a statement.
const AT_LINE: &[u8] = b"' at line ";
const SYNTAX_ERROR: &[u8] = b"\": syntax error";

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
    /// How far its values may go.
    limit: usize,
    /// Where the error was opened that `Debug` wrote.
    debug: Option<usize>,
    /// Quotes before this are within a name.
    quoted: usize,
    /// Of which quote no other one closes in this message.
    unclosed: [bool; 2],
    /// Whether one of [`KINDS`] is in the text, once somebody asked.
    has_kind: Option<bool>,
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
        if at >= self.end && (before.ends_with(RETURNED) || before.ends_with(DB_ERROR)) {
            self.begin_lines(bytes, at);
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
        self.limit = range.end;
        // What follows a long message belongs to the same error.
        self.debug = self.debug.map(|_| range.end);
        self.quoted = range.start;
        self.unclosed = [false; 2];
    }

    /// Begins a message whose values may be longer than its line.
    fn begin_lines(&mut self, bytes: &[u8], at: usize) {
        self.begin(at..end_of_lines(bytes, at));
        self.limit = bytes.len();
    }

    /// The value behind the quote at `at`, and where it is closed. None if it
    /// opens none, or a name.
    pub(super) fn value(
        &mut self,
        bytes: &[u8],
        at: usize,
        quote: Unit,
    ) -> Option<(Range<usize>, usize)> {
        if at < self.quoted || !opens(bytes, at) {
            return None;
        }
        let start = at + quote.len;
        if at >= self.end {
            if !self.is_announced(bytes, at, quote) {
                return None;
            }
            self.begin_lines(bytes, at);
        }
        let is_name = is_name(bytes, at);
        let closing = if is_name {
            self.closing(bytes, start, quote.byte)
        } else if word(bytes, at) == b"near" {
            self.rest(bytes, start, quote.byte)
        } else {
            let last = self.last(bytes, start, quote.byte);
            last.or_else(|| self.beyond(bytes, start, quote.byte))
        };
        let closed = closing.unwrap_or(self.end);
        if closed > self.end {
            self.end = end_of_lines(bytes, closed);
        }
        let value = bytes.get(start..closed).unwrap_or_default();
        let escapes = value.iter().rev().take_while(|byte| **byte == b'\\');
        let end = closed - closing.map_or(0, |_| escapes.count());
        self.quoted = closed + 1;
        (!is_name && end > start).then_some((start..end, closed))
    }

    /// Whether what stands before the quote at `at` says that a value follows.
    fn is_announced(&mut self, bytes: &[u8], at: usize, quote: Unit) -> bool {
        let before = before(bytes, at, PHRASE);
        let is_near = quote.byte == b'"' && before.ends_with(b"near ");
        let before = before.trim_ascii_end();
        if PHRASES.iter().any(|phrase| ends_with(before, phrase)) || ends_with(before, TOKEN) {
            return true;
        }
        if before.last() == Some(&b':') {
            let has_kind = *self.has_kind.get_or_insert_with(|| holds_kind(bytes));
            return has_kind && holds_kind(before);
        }
        is_near && last_within(bytes, at + quote.len, bytes.len(), SYNTAX_ERROR).is_some()
    }

    /// The first quote that closes: names have none in them.
    fn closing(&mut self, bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
        let unclosed = self.unclosed.get_mut(usize::from(quote == b'"'))?;
        if *unclosed {
            return None;
        }
        let end = first_closing(bytes, start..self.end, quote);
        *unclosed = end.is_none();
        end
    }

    /// The last quote that closes, but for those of names: in values they are neither
    /// escaped nor doubled. `None` if a name stays open.
    fn last(&self, bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
        let rest = bytes.get(start..self.end)?;
        let mut closing = None;
        let mut in_name = false;
        for (at, _) in rest.iter().enumerate().filter(|(_, byte)| **byte == quote) {
            let at = start + at;
            if in_name {
                in_name = !closes(bytes, at);
            } else if closing.is_some() && opens(bytes, at) && is_name(bytes, at) {
                in_name = true;
            } else if closes(bytes, at) {
                closing = Some(at);
            }
        }
        closing.filter(|_| !in_name)
    }

    /// Where a value is closed that goes on behind the end of its line.
    fn beyond(&self, bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
        first_closing(bytes, self.end..self.limit.min(start + REACH), quote)
    }

    /// Where the part of a statement is closed that starts at `start`: there may be
    /// any quotes in it, and several lines.
    fn rest(&self, bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
        if quote == b'\'' {
            return last_within(bytes, start, self.limit, AT_LINE);
        }
        last_within(bytes, start, self.limit, SYNTAX_ERROR).or_else(|| {
            let rest = bytes.get(start..self.end)?;
            let last = rest.iter().rposition(|byte| *byte == quote);
            last.map(|last| start + last)
        })
    }
}

/// What ends right before the bracket of a row that a database quotes.
const ROWS: [&str; 3] = ["dup key:", "failing row contains", "key value is"];

/// What stands in the bracket at `at`, if that is a row that a database quotes.
pub(super) fn row(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let before = before(bytes, at, PHRASE).trim_ascii_end();
    if !ROWS.iter().any(|phrase| ends_with(before, phrase)) {
        return None;
    }
    let close = if bytes.get(at) == Some(&b'{') {
        b'}'
    } else {
        b')'
    };
    let line = bytes.get(at + 1..)?;
    let end = line.iter().position(|byte| is_newline(*byte));
    let line = line.get(..end.unwrap_or(line.len()))?;
    // Values may have brackets of their own.
    let len = line.iter().rposition(|byte| *byte == close);
    let len = len.unwrap_or(line.len());
    (len > 0).then_some(at + 1..at + 1 + len)
}

/// Whether the key before the `:` at `at` is a word of a database's message, whose
/// value is quoted behind it.
pub(super) fn is_token(bytes: &[u8], at: usize) -> bool {
    let quote = bytes.get(at + 1..).unwrap_or_default().first_chunk();
    matches!(quote, Some(b" \"" | b" \\")) && ends_with(before(bytes, at + 1, TOKEN.len()), TOKEN)
}

/// The end of a line, and of the causes below it.
fn end_of_lines(bytes: &[u8], mut at: usize) -> usize {
    let mut is_cause = false;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(length) = rest.iter().position(|byte| is_newline(*byte)) else {
            return bytes.len();
        };
        let end = at + length;
        let rest = bytes.get(end..).unwrap_or_default();
        let breaks = rest.iter().take_while(|byte| is_newline(**byte)).count();
        let next = rest.get(breaks..).unwrap_or_default();
        let is_indented = next
            .first()
            .is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        is_cause = next.starts_with(CAUSE) || (is_cause && is_indented);
        if !is_cause {
            return end;
        }
        at = end + breaks;
    }
}

/// What stands before a quote, without the escapes of that.
fn before(bytes: &[u8], at: usize, max: usize) -> &[u8] {
    let before = bytes.get(at.saturating_sub(max)..at).unwrap_or_default();
    let escapes = before.iter().rev().take_while(|byte| **byte == b'\\');
    let escapes = escapes.count();
    before.get(..before.len() - escapes).unwrap_or_default()
}

/// The word before a quote.
fn word(bytes: &[u8], at: usize) -> &[u8] {
    let before = before(bytes, at, WORD).trim_ascii_end();
    let letters = before.iter().rev().take_while(|byte| is_letter(**byte));
    let letters = letters.count();
    before.get(before.len() - letters..).unwrap_or_default()
}

fn is_name(bytes: &[u8], at: usize) -> bool {
    let word = word(bytes, at);
    let mut names = NAMES.iter();
    names.any(|name| name.as_bytes().eq_ignore_ascii_case(word))
}

/// Whether the quote at `at` may open something.
fn opens(bytes: &[u8], at: usize) -> bool {
    let last = before(bytes, at, WORD).last();
    last.is_none_or(|byte| !is_letter(*byte))
}

/// Whether it may close something.
fn closes(bytes: &[u8], at: usize) -> bool {
    bytes.get(at + 1).is_none_or(|byte| !is_letter(*byte))
}

fn first_closing(bytes: &[u8], range: Range<usize>, quote: u8) -> Option<usize> {
    let start = range.start;
    let mut places = bytes.get(range)?.iter().enumerate();
    places.find_map(|(at, byte)| {
        let at = start + at;
        (*byte == quote && closes(bytes, at)).then_some(at)
    })
}

/// Where a text is for the last time, not far behind `start`.
fn last_within(bytes: &[u8], start: usize, limit: usize, text: &[u8]) -> Option<usize> {
    let reach = bytes.get(start..limit.min(start + REACH))?;
    let mut windows = reach.windows(text.len());
    let last = windows.rposition(|window| window == text);
    last.map(|last| start + last)
}

fn ends_with(text: &[u8], end: &str) -> bool {
    let start = text.len().checked_sub(end.len());
    let last = start.and_then(|start| text.get(start..));
    last.is_some_and(|last| last.eq_ignore_ascii_case(end.as_bytes()))
}

fn holds_kind(text: &[u8]) -> bool {
    text.iter().enumerate().any(|(at, byte)| {
        byte.eq_ignore_ascii_case(&b'i')
            && KINDS.iter().any(|kind| {
                let here = text.get(at..at + kind.len());
                here.is_some_and(|here| here.eq_ignore_ascii_case(kind.as_bytes()))
            })
    })
}
