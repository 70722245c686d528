//! Where the value of a secret key starts and ends.

use std::ops::Range;

use super::{KEY_REACH, ends_line, is_closer, is_key};
use crate::{REDACTED, is_secret};

/// Schemes that stand before the secret of an `authorization`.
const SCHEMES: [&str; 7] = [
    "bearer",
    "basic",
    "digest",
    "token",
    "apikey",
    "negotiate",
    "key",
];

/// How many blanks may stand around a separator.
const BLANKS: usize = 8;

/// The value of `key` behind the separator at `at`, without its quotes. None if
/// there is none or it was masked before.
pub(super) fn behind(bytes: &[u8], at: usize, key: &[u8], is_quoted: bool) -> Option<Range<usize>> {
    let separators = count(bytes, at, 3, |byte| {
        matches!(byte, b'=' | b':' | b'>' | b',')
    });
    let is_blank = |byte: u8| match byte {
        b' ' | b'\t' => true,
        // What was written for machines may be folded anywhere.
        b'\n' | b'\r' => is_quoted,
        _ => false,
    };
    let start = at + separators;
    let start = start + count(bytes, start, BLANKS, is_blank);
    let escapes = count(bytes, start, BLANKS, |byte| byte == b'\\');
    let range = match bytes.get(start + escapes) {
        Some(quote @ (b'"' | b'\'' | b'`')) => {
            let start = start + escapes + 1;
            start..closing_quote(bytes, start, *quote, escapes)
        }
        _ if bytes.get(at) == Some(&b':') && is_header(key) => start..line_end(bytes, start),
        _ => start..end_of_bare(bytes, start),
    };
    let value = bytes.get(range.clone()).filter(|value| !value.is_empty())?;
    let is_masked = value.starts_with(REDACTED.as_bytes()) || value.starts_with(b"REDACTED");
    (!is_masked).then_some(range)
}

/// How many bytes from `start` on are such, at most `max`.
fn count(bytes: &[u8], start: usize, max: usize, such: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    rest.iter()
        .take(max)
        .take_while(|byte| such(**byte))
        .count()
}

/// Headers whose values hold blanks.
fn is_header(key: &[u8]) -> bool {
    let ends = |end: &[u8]| {
        let tail = key
            .len()
            .checked_sub(end.len())
            .and_then(|at| key.get(at..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    ends(b"authorization") || ends(b"cookie")
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let line = rest.iter().position(|byte| ends_line(char::from(*byte)));
    line.map_or(bytes.len(), |length| start + length)
}

/// The place of the quote that ends what one behind `escapes` backslashes
/// started, or the end of the text.
fn closing_quote(bytes: &[u8], start: usize, quote: u8, escapes: usize) -> usize {
    let mut backslashes = 0;
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        match *byte {
            b'\\' => backslashes += 1,
            byte if byte == quote => {
                if backslashes <= escapes {
                    return at - backslashes;
                }
                // The backslashes before it stand for themselves.
                if escapes == 0 && backslashes % 2 == 0 {
                    return at;
                }
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
    }
    bytes.len()
}

/// The end of a value without quotes. What stands in brackets belongs to it, and
/// what follows the name of a scheme.
fn end_of_bare(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut word = start;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        let next = bytes.get(at + 1);
        let goes_on = next.is_some_and(|next| is_word(*next));
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth > 0 => depth -= 1,
            b'"' | b'\'' | b'`' if depth > 0 || goes_on => {
                at = closing_quote(bytes, at + 1, *byte, 0);
            }
            _ if depth > 0 => {}
            b' ' | b'\t'
                if bytes.get(word..at).is_some_and(announces_more)
                    && next.is_some_and(|next| *next > b' ') =>
            {
                word = at + 1;
            }
            b',' | b';' | b'&' if !goes_on || is_pair(bytes, at + 1) => return at,
            b')' | b']' | b'}' | b'<' | b'>' | b'"' | b'\'' | b'`' | b'\\' if !goes_on => {
                return at;
            }
            byte if byte.is_ascii_whitespace() => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// Tells whether a secret follows the word: a scheme, or another secret key.
fn announces_more(word: &[u8]) -> bool {
    let is_scheme = |scheme: &&str| scheme.as_bytes().eq_ignore_ascii_case(word);
    let is_key = || matches!(word, [.., b':' | b'=' | b'>']);
    SCHEMES.iter().any(is_scheme) || is_key() && std::str::from_utf8(word).is_ok_and(is_secret)
}

/// Tells whether another `key=value` starts at `start`.
fn is_pair(bytes: &[u8], start: usize) -> bool {
    let key = count(bytes, start, KEY_REACH, is_key);
    let closers = count(bytes, start + key, BLANKS, is_closer);
    matches!(bytes.get(start + key + closers), Some(b'=' | b':'))
}
