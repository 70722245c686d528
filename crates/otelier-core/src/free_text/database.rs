//! Messages of databases, which quote values beside names.

use std::ops::Range;

use super::{ends_line, value};

/// What `sqlx::Error` writes before the message of a database.
const RETURNED: &str = "error returned from database";

/// How `Debug` writes an error of a database.
const DEBUG: [&str; 2] = ["DatabaseError {", "SqliteError {"];

/// How far before its fields that is looked for.
const DEBUG_REACH: usize = 2048;

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

/// A part of an error's text that holds values.
pub(super) enum Part {
    /// Names and values.
    Message(Range<usize>),
    /// The rows and statements that went wrong.
    Values(Range<usize>),
}

/// The part that starts behind the colon at `at`.
pub(super) fn part(text: &str, at: usize) -> Option<Part> {
    let before = text.get(..at)?;
    if before.ends_with(RETURNED) {
        let length = text.get(at..)?.find(ends_line);
        return Some(Part::Message(
            at + 1..length.map_or(text.len(), |length| at + length),
        ));
    }
    let name = before.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let part = match before.get(name.len()..)? {
        "message" => Part::Message,
        "detail" | "where" | "query" => Part::Values,
        _ => return None,
    };
    let reach = before
        .as_bytes()
        .get(name.len().saturating_sub(DEBUG_REACH)..)?;
    let is_debug = DEBUG.iter().any(|debug| {
        let mut windows = reach.windows(debug.len());
        windows.any(|window| window == debug.as_bytes())
    });
    let value = value::behind(text.as_bytes(), at, b"", false).filter(|_| is_debug)?;
    Some(part(value))
}

/// A message with `mask` in the place of what it quotes, but for names. None if
/// it quotes no values.
pub(super) fn without_values(message: &str, mask: &str) -> Option<String> {
    let mut masked = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(quoted) = next_quoted(message, at) {
        let closer = message.get(quoted.range.end..)?;
        let escapes = closer.bytes().take_while(|byte| *byte == b'\\');
        at = quoted.range.end + escapes.count() + 1;
        let value = message.get(quoted.range.clone())?;
        if quoted.is_name || value.is_empty() || value.starts_with(mask) {
            continue;
        }
        masked.push_str(message.get(copied..quoted.range.start)?);
        masked.push_str(mask);
        copied = quoted.range.end;
    }
    (copied > 0).then(|| masked + message.get(copied..).unwrap_or_default())
}

struct Quoted {
    range: Range<usize>,
    is_name: bool,
}

/// What is quoted next, from `at` on.
fn next_quoted(message: &str, mut at: usize) -> Option<Quoted> {
    let bytes = message.as_bytes();
    loop {
        let is_quote = |byte: &u8| matches!(byte, b'\'' | b'"');
        let opener = at + bytes.get(at..)?.iter().position(is_quote)?;
        at = opener + 1;
        let before = message.get(..opener)?.trim_end_matches('\\');
        if before.ends_with(is_word) {
            continue;
        }
        let before = before.trim_end();
        let word = before.rsplit(|c| !is_word(c)).next().unwrap_or_default();
        let quote = *bytes.get(opener)?;
        let end = match closing(bytes, at, quote) {
            // Here MySQL quotes the rest of a statement, with quotes in it.
            Some(end) if word != "near" || quote == b'"' => end,
            _ => bytes.len(),
        };
        return Some(Quoted {
            range: at..end,
            is_name: NAMES.iter().any(|name| name.eq_ignore_ascii_case(word)),
        });
    }
}

/// A quote that closes: inside of values they are not escaped.
fn closing(bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
    let rest = bytes.get(start..)?;
    let end = rest.iter().enumerate().find_map(|(at, byte)| {
        let next = rest.get(at + 1).copied().unwrap_or_default();
        (*byte == quote && !is_word(char::from(next))).then_some(at)
    })?;
    let escapes = rest
        .get(..end)?
        .iter()
        .rev()
        .take_while(|byte| **byte == b'\\');
    Some(start + end - escapes.count())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric()
}
