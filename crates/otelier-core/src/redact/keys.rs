//! Which keys name a secret.

use super::{
    stems::{ABOUT, After, Before, CLOSED, CONVENTIONAL, INNOCENT, STEMS, Stem, TRAILERS},
    unit::unit,
};

#[cfg(test)]
pub(super) mod tests;

/// How much of a key is looked at, from its end, in bytes.
const REACH: usize = 256;

/// What is done with the value of an attribute.
///
/// ```
/// use otelier_core::{Treatment, treatment};
///
/// assert_eq!(treatment("shop.api_key"), Treatment::Hide);
/// assert_eq!(treatment("shop.comment"), Treatment::Search);
/// assert_eq!(treatment("http.request.method"), Treatment::Keep);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// It leaves as it is: nothing in it can be a secret.
    Keep,
    /// Its texts are searched, by [`redact_text`](crate::redact_text).
    Search,
    /// [`REDACTED`](crate::REDACTED) stands in its place.
    Hide,
}

/// What is done with the value of the attribute `key`.
///
/// # Cost
/// Some 10 instructions a byte of the key. Who asks often keeps the answers.
#[must_use]
pub fn treatment(key: &str) -> Treatment {
    if is_secret(key) {
        Treatment::Hide
    } else if CLOSED.binary_search(&key).is_ok() {
        Treatment::Keep
    } else {
        Treatment::Search
    }
}

/// Tells whether an attribute's key names a secret, such as `authorization`,
/// `db.password`, `x-api-key`, `apiKey`, `newpassword2` or `session_token`.
///
/// A secret word counts wherever a word may start or end: behind a separator,
/// where lower case meets upper case, beside a number, and run together with a
/// word that is known to stand there. `token` and `pass` count as the last word
/// only, so that `max_tokens`, `token_count` and `pass_rate` are left alone.
/// A name of the semantic conventions is no secret, whatever it sounds like:
/// `session.id`, `gen_ai.token.type`.
///
/// # Cost
/// Some 10 instructions a byte of the key, no allocation.
#[must_use]
pub fn is_secret(key: &str) -> bool {
    let names = if key.contains(['%', '\\']) {
        names_secret(&decoded(key.as_bytes()))
    } else {
        names_secret(key.as_bytes())
    };
    names && CONVENTIONAL.binary_search(&key).is_err()
}

/// A key as it is meant, however it is escaped or encoded.
pub(super) fn decoded(key: &[u8]) -> Vec<u8> {
    let mut meant = Vec::with_capacity(key.len());
    let mut at = 0;
    while let Some(unit) = unit(key, at) {
        meant.push(unit.byte);
        at += unit.len;
    }
    meant
}

/// The same for a key in a text, which is never a name of the conventions.
pub(super) fn names_secret(key: &[u8]) -> bool {
    let key = key.get(key.len().saturating_sub(REACH)..).unwrap_or(key);
    (0..key.len()).any(|at| is_stem_start(key, at) && stems_at(key, at)) && !is_about(key)
}

/// Whether the last word of a key, behind others, is one that only tells something
/// about a secret.
fn is_about(key: &[u8]) -> bool {
    ABOUT.iter().any(|word| {
        let start = key.len().checked_sub(word.len());
        start.is_some_and(|at| at > 0 && starts_with(key, at, word) && starts_word(key, at))
    })
}

/// Quickly, whether a stem may start there.
#[inline]
fn is_stem_start(key: &[u8], at: usize) -> bool {
    let lower = |at: usize| key.get(at).map(|byte| byte | 0x20);
    match lower(at) {
        Some(b'a') => matches!(lower(at + 1), Some(b's' | b'u')),
        Some(b'b' | b'k' | b'v') => lower(at + 1) == Some(b'e'),
        Some(b's') => matches!(lower(at + 1), Some(b'e' | b'i')),
        Some(b'c') => matches!(lower(at + 1), Some(b'o' | b'r' | b's' | b'v')),
        Some(b'p') => matches!(lower(at + 1), Some(b'a' | b's' | b'w')),
        Some(b'j') => lower(at + 1) == Some(b'w'),
        Some(b'm') => lower(at + 1) == Some(b'n'),
        Some(b'o') => lower(at + 1) == Some(b't'),
        Some(b't') => lower(at + 1) == Some(b'o'),
        Some(b'x') => lower(at + 1) == Some(b's'),
        _ => false,
    }
}

fn stems_at(key: &[u8], at: usize) -> bool {
    let first = key.get(at).map(u8::to_ascii_lowercase);
    STEMS.iter().any(|stem| {
        stem.text.as_bytes().first() == first.as_ref()
            && starts_with(key, at, stem.text)
            && stem.stands_behind(key, at)
            && stem.stands_before(key, at + stem.text.len())
            && !is_innocent(key, at)
    })
}

impl Stem {
    fn stands_behind(&self, key: &[u8], at: usize) -> bool {
        match self.before {
            Before::Any => true,
            Before::Start(words) => starts_word(key, at) || ends_with_any(key, at, words),
            Before::Word(words) => {
                ends_with_any(key, at, words) || {
                    let end = back_over_separator(key, at);
                    end < at && ends_with_any(key, end, words)
                }
            }
        }
    }

    fn stands_before(&self, key: &[u8], at: usize) -> bool {
        match self.after {
            After::Any => true,
            After::Word => ends_word(key, at) || (byte_is(key, at, b's') && ends_word(key, at + 1)),
            After::Key => ends_key(key, at),
            After::Then(word) => {
                let at = over_separator(key, at);
                starts_with(key, at, word) && ends_word(key, at + word.len())
            }
        }
    }
}

fn starts_with(key: &[u8], at: usize, text: &str) -> bool {
    let there = key.get(at..at + text.len());
    there.is_some_and(|there| there.eq_ignore_ascii_case(text.as_bytes()))
}

fn byte_is(key: &[u8], at: usize, lower: u8) -> bool {
    key.get(at)
        .is_some_and(|byte| byte.to_ascii_lowercase() == lower)
}

/// One of the words ends at `at`, and starts where a word may start.
fn ends_with_any(key: &[u8], at: usize, words: &[&str]) -> bool {
    words.iter().any(|word| {
        at.checked_sub(word.len())
            .is_some_and(|start| starts_with(key, start, word))
    })
}

fn is_letter(key: &[u8], at: usize) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
    key.get(at).is_some_and(is_letter)
}

/// Whether a word may start there: behind something else than a letter, or with
/// the first capital after small letters, or the last one of several.
fn starts_word(key: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else {
        return true;
    };
    !is_letter(key, before) || is_hump(key, at)
}

fn ends_word(key: &[u8], at: usize) -> bool {
    !is_letter(key, at) || is_hump(key, at) || is_version(key, at)
}

/// `v2`
fn is_version(key: &[u8], at: usize) -> bool {
    byte_is(key, at, b'v') && key.get(at + 1).is_some_and(u8::is_ascii_digit)
}

/// Whether a capital there starts a word, as in `apiKey` and `APIKey`.
fn is_hump(key: &[u8], at: usize) -> bool {
    let is = |at: usize, such: fn(&u8) -> bool| key.get(at).is_some_and(such);
    let before = at.wrapping_sub(1);
    is(at, u8::is_ascii_uppercase)
        && (is(before, u8::is_ascii_lowercase)
            || is(before, u8::is_ascii_digit)
            || (is(before, u8::is_ascii_uppercase) && is(at + 1, u8::is_ascii_lowercase)))
}

/// Whether nothing but numbers, versions, indices and words without a meaning
/// follows.
fn ends_key(key: &[u8], mut at: usize) -> bool {
    loop {
        at = over(key, at, |byte| {
            !byte.is_ascii_alphabetic() && byte.is_ascii()
        });
        if at >= key.len() {
            return true;
        }
        let end = over(key, at, |byte| {
            byte.is_ascii_alphabetic() || !byte.is_ascii()
        });
        let word = key.get(at..end).unwrap_or_default();
        let is_version = matches!(word, b"v" | b"V" | b"x") && end < key.len();
        // Where humps join words, the first one counts.
        let trailer = TRAILERS
            .iter()
            .find(|trailer| starts_with(key, at, trailer) && ends_word(key, at + trailer.len()));
        at = match trailer {
            _ if is_version => end,
            Some(trailer) => at + trailer.len(),
            None => return false,
        };
    }
}

fn over(key: &[u8], at: usize, such: fn(u8) -> bool) -> usize {
    let rest = key.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| such(**byte)).count()
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'_' | b'-' | b'.' | b' ')
}

fn over_separator(key: &[u8], at: usize) -> usize {
    at + usize::from(key.get(at).is_some_and(|byte| is_separator(*byte)))
}

fn back_over_separator(key: &[u8], at: usize) -> usize {
    let before = at.checked_sub(1).and_then(|at| key.get(at));
    at - usize::from(before.is_some_and(|byte| is_separator(*byte)))
}

/// Whether the word around the stem is one that only holds it.
fn is_innocent(key: &[u8], at: usize) -> bool {
    INNOCENT.iter().any(|word| {
        (at.saturating_sub(2)..=at).any(|start| {
            starts_with(key, start, word)
                && start + word.len() > at
                && ends_word(key, start + word.len())
        })
    })
}
