//! Secrets whose key stands apart from them: as the value of another one, or as the
//! name of an element or field.

use std::ops::Range;

use super::{Key, Scan};
use crate::redact::keys::names_secret;
use crate::redact::masked::REDACTED;
use crate::redact::unit::{Unit, count, is_newline, is_word, over, unit};
use crate::redact::value::{self, Hint, Value};

/// Keys whose values are names, and those of what is named; how long a name is, and
/// how far behind it its value may stand.
const NAMERS: [&str; 12] = [
    "field",
    "header",
    "key",
    "name",
    "option",
    "param",
    "parameter",
    "path",
    "property",
    "setting",
    "type",
    "variable",
];
const VALUES: [&str; 9] = [
    "content", "data", "inner", "input", "new", "old", "val", "value", "values",
];
const NAME: usize = 64;
const NAMED: usize = 128;

/// What stands before the name of a field, and how far before the end of its line.
const FORM: &[u8] = b"form-data";
const HEAD: usize = 160;

/// How long the prefix of an element is, and how long its attributes are.
const PREFIX: usize = 32;
const ATTRIBUTES: usize = 512;

/// How XML begins what holds its own marks.
const CDATA: &[u8] = b"<![CDATA[";

/// How much may follow a word in angle brackets that is none of XML.
const SPOKEN: usize = 256;

/// How far blanks go on.
const BLANKS: usize = 4096;

/// Whether the value of a key may be the name of what is a `value` next to it.
pub(super) fn is_namer(key: &[u8]) -> bool {
    is_one_of(&NAMERS, key)
}

/// Whether it is that one.
pub(super) fn is_value(key: &[u8]) -> bool {
    is_one_of(&VALUES, key)
}

fn is_one_of(names: &[&str], key: &[u8]) -> bool {
    let mut names = names.iter();
    names.any(|name| name.as_bytes().eq_ignore_ascii_case(key))
}

impl Scan<'_> {
    /// Whether a secret is named, whose `value` follows: `name: "password", value: "X"`.
    pub(super) fn note_name(&mut self, at: usize, hint: Hint<'_>) {
        // What is looked at here may be looked at again.
        let name = value::behind(self.slice(0..at + NAME), at, hint);
        let Some(Value { range, .. }) = name else {
            return;
        };
        let word = count(self.bytes, range.start, NAME, is_word);
        let word = self.slice(range.start..range.start + word);
        let whole = self.slice(range.clone());
        // Of types, that of a field: others are those of whoever reads a language.
        let is_other = hint.key.eq_ignore_ascii_case(b"type") && word != b"password";
        let names = names_secret(word) || (whole != word && names_secret(whole));
        if names && !is_other {
            self.named = range.end + NAMED;
        }
    }

    /// Sees the `{` at `at`, behind the type of a secret whose value has no key that says
    /// so: `Cookie { name: "a", value: "X" }`.
    pub(super) fn note_type(&mut self, at: usize) {
        let key = self.key.take().filter(|key| key.end + 1 == at);
        if key.is_some_and(|key| self.is_type(key) && self.names_secret(key)) {
            self.named = at + NAMED;
        }
    }

    /// The line below an empty one that begins at `newline`, in a form of several
    /// parts whose field has the name of a secret.
    pub(super) fn form_field(&self, newline: usize) -> Option<Range<usize>> {
        let head = self.slice(newline.saturating_sub(HEAD)..newline);
        if !head.windows(FORM.len()).any(|window| window == FORM) {
            return None;
        }
        let mut lines = 0;
        let mut start = newline;
        while let Some(unit) = unit(self.bytes, start)
            && is_newline(unit.byte)
        {
            lines += usize::from(unit.byte == b'\n');
            start += unit.len;
        }
        let end = over(self.bytes, start, usize::MAX, |unit| !is_newline(unit.byte));
        (lines >= 2 && end > start).then_some(start..end)
    }

    /// Whether an element of a secret has attributes: `<ns:password type="x">`.
    pub(super) fn note_element(&mut self, key: Key) {
        let before = key.start.checked_sub(1).and_then(|at| self.bytes.get(at));
        if !matches!(before, Some(b'<' | b':')) || self.bytes.get(key.end) != Some(&b' ') {
            return;
        }
        let before = self.slice(key.start.saturating_sub(PREFIX)..key.start);
        let prefix = before
            .iter()
            .rev()
            .take_while(|byte| is_word(**byte) || **byte == b':');
        let opens = before.iter().rev().nth(prefix.count()) == Some(&b'<');
        if opens && self.names_secret(key) {
            self.element = key.end + ATTRIBUTES;
        }
    }

    /// Whether an element that began here ends.
    fn is_closed(&self) -> bool {
        let end = over(self.bytes, self.at, BLANKS, |unit| unit.byte != b'<');
        self.slice(end..end + 2) == b"</" || self.slice(end..end + CDATA.len()) == CDATA
    }

    /// `<password>X</password>`, `<property name="password">X</property>`
    pub(super) fn tag(&mut self, at: usize) {
        let key = self.key.take().filter(|key| key.end == at);
        let is_tag = key.is_some_and(|key| {
            let before = self.slice(key.start.saturating_sub(2)..key.start);
            self.names_secret(key)
                && match before {
                    // A type has a name before its parameters, and closes nothing.
                    [before, b'<'] => !is_word(*before) || self.is_closed(),
                    [b'<'] | [_, b':'] => true,
                    _ => false,
                }
        });
        let is_named = at < self.named.max(self.element)
            && matches!(self.slice(at.saturating_sub(1)..at), b"\"" | b"'");
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        // `<password><value>X`, `<name>password</name><value>X`
        let element = key.map(|key| self.slice(key.start..key.end));
        let is_named = is_named || (at < self.named && element.is_some_and(is_value));
        let is_outer = is_tag && matches!(rest, [b'<', next, ..] if is_word(*next));
        let names = element.is_some_and(is_namer) && {
            let word = count(self.bytes, self.at, NAME, is_word);
            names_secret(self.slice(self.at..self.at + word))
        };
        if is_outer || names {
            self.named = self.at + NAMED;
        }
        if !(is_tag || is_named) || rest.starts_with(REDACTED.as_bytes()) {
            return;
        }
        let is_text = |unit: Unit| unit.byte != b'<' && !is_newline(unit.byte);
        let start = over(self.bytes, self.at, BLANKS, |unit| {
            unit.byte.is_ascii_whitespace()
        });
        let closes = |at: usize| self.slice(at..at + 2) == b"</";
        let (start, end) = if rest.starts_with(CDATA) {
            let end = rest.windows(3).position(|end| end == b"]]>");
            let end = self.at + end.unwrap_or(rest.len());
            (self.at + CDATA.len(), end)
        } else {
            let has_lines = start > over(self.bytes, self.at, BLANKS, |unit| unit.byte == b' ');
            let start = if has_lines { start } else { self.at };
            // `<password> <host>`, `--token <TOKEN>'`, told by what is near: what is passed
            // over here is looked at again.
            let is_usage = element.is_some_and(|name| !name.iter().any(u8::is_ascii_lowercase));
            let near = over(self.bytes, start, SPOKEN, is_text);
            let is_near = unit(self.bytes, near).is_none_or(|unit| !is_text(unit));
            let is_closed = |blanks| {
                let is_blank = |unit: Unit| unit.byte.is_ascii_whitespace();
                closes(over(self.bytes, near, blanks, is_blank))
            };
            let is_spoken = match has_lines {
                true => !is_closed(BLANKS),
                false => (rest.starts_with(b" ") || is_usage) && !is_closed(0),
            };
            if is_near && is_spoken {
                return;
            }
            (start, over(self.bytes, near, usize::MAX, is_text))
        };
        if end > start {
            self.mask(start..end, REDACTED);
        }
    }
}
