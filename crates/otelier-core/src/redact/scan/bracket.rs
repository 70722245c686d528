//! Secrets in brackets: `("key", "X")`, `Key("X")`, `Key(Inner { x: "X" })`.

use std::ops::Range;

use super::{ESCAPES, Key, Scan};
use crate::redact::bare::{self, Before, Within};
use crate::redact::masked::REDACTED;
use crate::redact::unit::{Form, is_quote, over, unit};
use crate::redact::value::{self, Hint};

/// How far is looked for what ends a list of two, and how long a text in it is that is
/// looked at again.
const LISTED: usize = 4096;
const AGAIN: usize = 512;

/// How far is looked for the end of what a type holds.
const NESTED: usize = 512;

impl Scan<'_> {
    /// In a list of pairs a comma stands between key and value.
    pub(super) fn comma(&mut self, at: usize) {
        let Some(key) = self.key.take() else {
            return;
        };
        let is_flag = self.bytes.get(key.start) == Some(&b'-');
        // What `("token")` is in has ended.
        let is_over = self.slice(key.end..at).contains(&b')');
        let Some(opener) = key
            .opener
            .filter(|opener| !is_over && (is_flag || matches!(opener, b'(' | b'[')))
        else {
            return;
        };
        if !key.is_index_of_secret && !self.names_secret(key) {
            return;
        }
        let value = if opener == b'(' {
            let hint = Hint {
                key: &[],
                is_quoted: true,
                form: Form::Plain,
                within: Within::Text,
                indent: 0,
                enclosed: None,
            };
            value::behind(self.bytes, at, hint)
        } else {
            // What is looked at here may be looked at again.
            value::quoted(self.slice(0..at + LISTED), at + 1)
        };
        let Some(value) = value else {
            return;
        };
        let end = over(self.bytes, value.range.end, 1, |unit| is_quote(unit.byte));
        // A list of more than two is one of names.
        let end = over(self.bytes, end, ESCAPES, |unit| {
            unit.byte.is_ascii_whitespace() || unit.byte == b','
        });
        let is_pair = unit(self.bytes, end).is_none_or(|unit| unit.byte == b']');
        let is_long = value.range.len() > AGAIN;
        if is_flag || opener == b'(' || is_pair || is_long {
            self.mask_value(&value);
        }
    }

    /// `Password("X")`
    pub(super) fn parenthesis(&mut self) {
        let key = self.key.take().filter(|key| key.end + 1 == self.at);
        let wrapped = [&b"Some("[..], b"String(", b"Ok("]
            .into_iter()
            .find_map(|wrapper| {
                let rest = self.bytes.get(self.at..)?;
                rest.starts_with(wrapper).then_some(self.at + wrapper.len())
            });
        let is_crypt = |key: &Key| {
            let name = self.slice(key.end.saturating_sub(5)..key.end);
            key.start + 5 <= key.end && name.eq_ignore_ascii_case(b"crypt")
        };
        if let Some(key) = key.filter(is_crypt) {
            if let Some(inner) = self.nested(key, b'\'') {
                self.mask(inner, REDACTED);
            }
            return;
        }
        let is_login = |name: &[u8]| {
            let name = name.rsplit(|byte| *byte == b'.').next();
            name.is_some_and(|name| {
                let names = [&b"basicauth"[..], b"basic_auth"];
                names.into_iter().any(|it| it.eq_ignore_ascii_case(name))
            })
        };
        let is_secret =
            |key: &Key| is_login(self.slice(key.start..key.end)) || self.names_secret(*key);
        let Some(key) = key.filter(is_secret) else {
            return;
        };
        if let Some(value) = value::quoted(self.bytes, wrapped.unwrap_or(self.at)) {
            self.mask_value(&value);
            // `Credentials("ann", Some("X"))`
            while let Some(value) = value::next_of(self.bytes, self.at) {
                self.mask_value(&value);
            }
        } else if self.is_type(key)
            && let Some(inner) = self.nested(key, b'"')
        {
            self.mask(inner, REDACTED);
        }
    }

    /// Whether a type of a secret may hold a text: `Basic { decoded: "X" }` in
    /// `Authorization(..)`. Parsers call theirs `Token`.
    pub(super) fn is_type(&self, key: Key) -> bool {
        let name = self.slice(key.start..key.end);
        name.first().is_some_and(u8::is_ascii_uppercase)
            && name != b"Token"
            && !unit(self.bytes, self.at).is_some_and(|first| is_quote(first.byte))
    }

    /// What stands in the brackets behind a name, with a quote in it.
    fn nested(&self, key: Key, quote: u8) -> Option<Range<usize>> {
        // What is looked at here may be looked at again.
        let reach = self.slice(0..self.at + NESTED);
        let near = reach.get(self.at..)?;
        if !near.contains(&quote) || !near.contains(&b')') {
            return None;
        }
        let before = Before {
            is_header: false,
            is_colon: true,
        };
        let end = bare::end(reach, key.end, Form::Plain, Within::Text, before);
        let inner = reach.get(self.at..end)?;
        let close = inner.iter().rposition(|byte| *byte == b')')?;
        let inner = inner.get(..close)?;
        let quotes = inner.iter().filter(|byte| **byte == quote).count();
        (quotes > 1).then(|| self.at..self.at + close)
    }
}
