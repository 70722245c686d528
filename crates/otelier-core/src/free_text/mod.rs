//! Free text without its secrets.

mod database;
mod marks;
mod shape;
#[cfg(test)]
mod tests;
mod value;

use std::borrow::Cow;
use std::ops::Range;

use self::database::Part;
use self::marks::Marks;
use crate::{REDACTED, cut, is_secret, redact_query};

/// What the conventions put in the place of a URL's credentials.
const CREDENTIALS: &str = "REDACTED:REDACTED";

/// How often a text in which a secret was found is gone through at most.
const PASSES: usize = 8;

/// How far before a separator its key is looked for, and behind one the next.
const KEY_REACH: usize = 64;

/// How many quotes, brackets and blanks may stand between the two.
const CLOSERS: usize = 8;

/// Masks what can be told to be a secret in text that people write: messages of
/// errors and panics, bodies of logs, what a program printed.
///
/// Masked are
/// - values of keys that [`is_secret`] finds, as `key=value`, `key: value`,
///   `"key": "value"`, `key: Some("value")` or `("key", "value")`, escaped or not;
///   behind `authorization:` and `cookie:` the rest of the line,
/// - what databases quote in their messages, but for names of tables, columns
///   and constraints,
/// - credentials of URLs, and their queries as [`redact_query`] does it,
/// - what follows `Bearer` and `Basic`,
/// - JSON web tokens, private keys in PEM, and the keys of well-known services
///   that tell themselves by a prefix (`sk-`, `ghp_`, `AKIA`, …).
///
/// In doubt more is masked than needed. A secret that nothing marks as one, such
/// as a bare word, cannot be found. Redacting
/// once more changes nothing, but in text that was made to confuse.
///
/// Redact before cutting: the half of a token that a cut leaves may no longer
/// look like one.
///
/// # Cost
/// One pass over the text if no byte in it marks a secret, a second one over
/// most others, and no allocation if nothing is found; else one or a few more of
/// both. The result is at most five times as long as the text.
#[must_use]
#[inline]
pub fn redact_text(text: &str) -> Cow<'_, str> {
    match Marks::of(text.as_bytes()) {
        None => text.into(),
        Some(marks) => redact_marked(text, marks),
    }
}

#[inline(never)]
fn redact_marked(text: &str, marks: Marks) -> Cow<'_, str> {
    let Cow::Owned(mut redacted) = search(Scan::new(text, marks, Within::Text)) else {
        return text.into();
    };
    // What was masked may have hidden the start of something else.
    for _ in 1..PASSES {
        match redact(&redacted, Within::Text) {
            Cow::Owned(again) => redacted = again,
            Cow::Borrowed(_) => break,
        }
    }
    redacted.into()
}

/// What is being looked at: none of them is looked for inside of itself.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Within {
    Text,
    Message,
    Query,
}

fn redact(text: &str, within: Within) -> Cow<'_, str> {
    match Marks::of(text.as_bytes()) {
        None => text.into(),
        Some(marks) => search(Scan::new(text, marks, within)),
    }
}

/// Writes the text anew if something in it is to be masked.
fn search(mut scan: Scan<'_>) -> Cow<'_, str> {
    let text = scan.text;
    let Some(mut mask) = scan.next() else {
        return text.into();
    };
    let mut redacted = String::with_capacity(text.len() + CREDENTIALS.len());
    let mut copied = 0;
    loop {
        redacted.push_str(text.get(copied..mask.range.start).unwrap_or_default());
        redacted.push_str(&mask.with);
        copied = mask.range.end;
        match scan.next() {
            Some(next) => mask = next,
            None => break,
        }
    }
    redacted.push_str(text.get(copied..).unwrap_or_default());
    redacted.into()
}

/// A part of the text, and what to write instead.
struct Mask<'a> {
    range: Range<usize>,
    with: Cow<'a, str>,
}

/// Goes from one byte that may mark a secret to the next.
struct Scan<'a> {
    text: &'a str,
    /// The first byte that was not looked at.
    at: usize,
    /// The end of the last mask; the next starts behind it.
    floor: usize,
    /// The end of the query that is being looked at.
    query_end: usize,
    marks: Marks,
    within: Within,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str, marks: Marks, within: Within) -> Self {
        Self {
            text,
            marks,
            at: 0,
            floor: 0,
            query_end: 0,
            within,
        }
    }

    fn next(&mut self) -> Option<Mask<'a>> {
        let bytes = self.text.as_bytes();
        loop {
            let rest = bytes.get(self.at..)?;
            let at = self.at + self.marks.next(rest)?;
            self.at = at + 1;
            let found = match bytes.get(at)? {
                b'=' | b',' => self.pair(at),
                b':' => match bytes.get(at + 1..) {
                    Some([b':', ..]) => {
                        self.at = at + 2;
                        None
                    }
                    Some([b'/', b'/', ..]) => self.credentials(at + 3),
                    _ => self.message(at).or_else(|| self.pair(at)),
                },
                b'?' => self.query(at + 1),
                _ => shape::at(bytes, self.floor, at).map(masked),
            };
            if let Some(mask) = found {
                self.floor = mask.range.end;
                self.at = mask.range.end;
                return Some(mask);
            }
        }
    }

    /// The value behind the separator at `at`, if its key names a secret.
    fn pair(&self, at: usize) -> Option<Mask<'a>> {
        let bytes = self.text.as_bytes();
        let before = bytes.get(..at)?;
        let (closed, _) = split_back(before, CLOSERS, is_closer)?;
        let (opened, key) = split_back(closed, KEY_REACH, is_key)?;
        let is_quoted = matches!(opened.last(), Some(b'"' | b'\''));
        // Only in a list of pairs does a comma stand between key and value.
        if bytes.get(at) == Some(&b',') && !(is_quoted && matches!(opened, [.., b'(', _])) {
            return None;
        }
        let key = std::str::from_utf8(key).ok()?;
        // So databases tell the values of columns: `(email)=(ann@shop.example)`.
        let is_row = before.ends_with(b")") && bytes.get(at..)?.starts_with(b"=(");
        if !is_row && !is_secret(key) {
            return None;
        }
        value::behind(bytes, at, key.as_bytes(), is_quoted).map(masked)
    }

    /// The message of a database behind the colon at `at`.
    fn message(&self, at: usize) -> Option<Mask<'a>> {
        if self.within >= Within::Message {
            return None;
        }
        match database::part(self.text, at)? {
            Part::Values(range) => Some(masked(range)),
            Part::Message(range) => {
                let message = redact(self.text.get(range.clone())?, Within::Message);
                let with = match database::without_values(&message, REDACTED) {
                    Some(without_values) => without_values,
                    None if matches!(message, Cow::Owned(_)) => message.into_owned(),
                    None => return None,
                };
                Some(Mask {
                    range,
                    with: with.into(),
                })
            }
        }
    }

    /// What stands before the `@` of the URL whose authority starts at `start`.
    fn credentials(&self, start: usize) -> Option<Mask<'a>> {
        let rest = self.text.get(start..)?;
        let authority = rest
            .split(|c| ends_url(c) || matches!(c, '/' | '?' | '#'))
            .next()?;
        let end = match authority.rfind('@') {
            Some(end) => end,
            // A password may hold a slash that nobody encoded.
            None => {
                let (_, port) = authority.rsplit_once(':')?;
                let is_port = port.bytes().all(|byte| byte.is_ascii_digit()) || port.ends_with(']');
                let url = cut(rest, authority.len() + KEY_REACH)
                    .split(ends_url)
                    .next()?;
                url.rfind('@').filter(|_| !is_port)?
            }
        };
        let credentials = rest.get(..end).filter(|text| !text.is_empty())?;
        (credentials != CREDENTIALS).then(|| Mask {
            range: start..start + end,
            with: CREDENTIALS.into(),
        })
    }

    /// The query that starts at `start`, as one mask, if it holds a secret.
    fn query(&mut self, start: usize) -> Option<Mask<'a>> {
        if start <= self.query_end || self.within >= Within::Query {
            return None;
        }
        let query = self.text.get(start..)?.split(ends_url).next()?;
        let query = query.trim_end_matches([')', ']', '}', ',', '.', ';', ':']);
        self.query_end = start + query.len();
        match redact_query(query) {
            Cow::Borrowed(_) => None,
            Cow::Owned(redacted) if redacted == query => None,
            Cow::Owned(redacted) => Some(Mask {
                range: start..self.query_end,
                with: redact(&redacted, Within::Query).into_owned().into(),
            }),
        }
    }
}

/// Cuts off what `such` holds for at the end of `bytes`, at most `max` bytes.
fn split_back(bytes: &[u8], max: usize, such: fn(u8) -> bool) -> Option<(&[u8], &[u8])> {
    let last = bytes.iter().rev().take(max);
    bytes.split_at_checked(bytes.len() - last.take_while(|byte| such(**byte)).count())
}

fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

fn ends_url(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '\\')
}

fn masked(range: Range<usize>) -> Mask<'static> {
    Mask {
        range,
        with: REDACTED.into(),
    }
}

fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// What may stand between a key and its separator.
fn is_closer(byte: u8) -> bool {
    matches!(
        byte,
        b'"' | b'\'' | b'`' | b'\\' | b')' | b']' | b'[' | b' ' | b'\t'
    )
}
