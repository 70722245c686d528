//! Where a value without quotes ends.

use super::keys::names_secret;
use super::unit::{Form, KEY, closing, count, is_letter, is_quote, is_word, over, unit};

/// Schemes that stand before the secret of an `authorization`.
const SCHEMES: [&str; 20] = [
    "aws4-hmac-sha256",
    "bot",
    "dpop",
    "googlelogin",
    "jwt",
    "mutual",
    "ntlm",
    "scram-sha-1",
    "scram-sha-256",
    "sharedkey",
    "vapid",
    "bearer",
    "basic",
    "digest",
    "hawk",
    "oauth",
    "token",
    "apikey",
    "negotiate",
    "key",
];

/// How much may stand around a key that ends a value.
const AROUND: usize = 8;

/// What ends a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    Text,
    /// The query of a URL in a text.
    Query,
    /// A query, and nothing else.
    QueryAlone,
}

/// What stood before a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    /// A key whose values hold blanks.
    pub(super) is_header: bool,
    /// A colon, as it then stands in other pairs, too.
    pub(super) is_colon: bool,
}

/// The end of a value without quotes. What stands in brackets belongs to it, and
/// what follows the name of a scheme.
pub(super) fn end(bytes: &[u8], start: usize, form: Form, within: Within, before: Before) -> usize {
    let end = match within {
        Within::Query | Within::QueryAlone if form != Form::Encoded => {
            query_end(bytes, start, within)
        }
        within => text_end(bytes, start, form, within, before),
    };
    let ends_here = bytes.get(end).is_none_or(|byte| ends_url(*byte));
    if within != Within::Query || !ends_here {
        return end;
    }
    // They belong to the text around the URL.
    let value = bytes.get(start..end).unwrap_or_default();
    let is_point = |byte: &u8| matches!(byte, b')' | b']' | b'}' | b',' | b'.' | b';' | b':');
    end - value.iter().rev().take_while(|byte| is_point(byte)).count()
}

fn text_end(bytes: &[u8], start: usize, form: Form, within: Within, before: Before) -> usize {
    let Before {
        is_header,
        is_colon,
    } = before;
    let mut depth = 0_usize;
    let mut word = start;
    let mut at = start;
    while let Some(this) = unit(bytes, at) {
        let next = at + this.len;
        let counts = match this.form {
            Form::Plain => true,
            // Half of the texts that hold `\n` do not mean the end of a line.
            Form::Escaped => is_quote(this.byte) || this.byte == b'\\',
            Form::Encoded => form == Form::Encoded,
        };
        let follows = unit(bytes, next).map(|unit| unit.byte);
        // Whatever is no blank and closes nothing.
        let goes_on = follows.is_some_and(|byte| {
            !byte.is_ascii_whitespace() && !is_quote(byte) && !b")]}>,;:.<&|\\".contains(&byte)
        });
        at = match this.byte {
            _ if !counts => next,
            b'(' | b'[' | b'{' => {
                depth += 1;
                next
            }
            b')' | b']' | b'}' if depth > 0 => {
                depth -= 1;
                next
            }
            quote
                if is_quote(quote)
                    && this.form == Form::Plain
                    && (depth > 0 || at == start + 1 || (is_header && is_assigned(bytes, at))) =>
            {
                closing(bytes, next, quote, 0) + 1
            }
            _ if depth > 0 => next,
            b' ' | b'\t'
                if bytes.get(word..at).is_some_and(announces_more)
                    && follows.is_some_and(|byte| byte > b' ') =>
            {
                word = next;
                next
            }
            // `Secret { value: "X" }`
            b' ' if is_type(bytes.get(start..at))
                && matches!(follows, Some(b'{' | b'[' | b'(')) =>
            {
                next
            }
            b'&' | b'#' if within != Within::Text => return at,
            // `Digest username="a", response="X"`, `a=1; b=X`
            b',' | b';' if is_header && is_pair(bytes, over_blanks(bytes, next), true) => {
                over_blanks(bytes, next)
            }
            b',' | b';' if !goes_on || is_pair(bytes, next, is_colon) => return at,
            b'&' if !goes_on || is_pair(bytes, next, false) => return at,
            b')' | b']' | b'}' | b'"' | b'\'' | b'`' | b'\\' if !goes_on => return at,
            b'<' | b'>' if !follows.is_some_and(is_letter) => return at,
            byte if byte.is_ascii_whitespace() => return at,
            _ => next,
        };
    }
    bytes.len()
}

fn is_assigned(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b'=')
}

fn over_blanks(bytes: &[u8], at: usize) -> usize {
    at + count(bytes, at, AROUND, |byte| byte == b' ')
}

/// The name of a type, before what a value of it holds.
fn is_type(word: Option<&[u8]>) -> bool {
    word.is_some_and(|word| {
        let word = word
            .get(word.len().saturating_sub(KEY)..)
            .unwrap_or_default();
        word.first().is_some_and(u8::is_ascii_uppercase) && word.iter().all(|byte| is_letter(*byte))
    })
}

fn query_end(bytes: &[u8], start: usize, within: Within) -> usize {
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        let ends = match byte {
            b'&' | b'#' => true,
            b';' => {
                !bytes.get(at + 1).is_some_and(|next| is_letter(*next))
                    || is_pair(bytes, at + 1, true)
            }
            byte => within == Within::Query && ends_url(*byte),
        };
        if ends {
            break;
        }
        at += 1;
    }
    at
}

/// What does not stand in a URL.
pub(super) fn ends_url(byte: u8) -> bool {
    byte.is_ascii_whitespace() || is_quote(byte) || matches!(byte, b'<' | b'>' | b'\\')
}

/// Tells whether a secret follows the word: a scheme, or another secret key.
pub(super) fn announces_more(word: &[u8]) -> bool {
    let is_scheme = |scheme: &&str| scheme.as_bytes().eq_ignore_ascii_case(word);
    let is_key = || matches!(word, [.., b':' | b'=' | b'>']);
    SCHEMES.iter().any(is_scheme) || is_key() && names_secret(word)
}

/// Tells whether another `key=value` starts at `start`, or one with a colon.
fn is_pair(bytes: &[u8], start: usize, may_be_colon: bool) -> bool {
    let key = over(bytes, start, KEY, |unit| is_word(unit.byte));
    let closers = over(bytes, key, AROUND, |unit| {
        is_quote(unit.byte) || matches!(unit.byte, b'[' | b']' | b')' | b' ' | b'\t' | b'\\')
    });
    unit(bytes, closers).is_some_and(|unit| unit.byte == b'=' || may_be_colon && unit.byte == b':')
}
