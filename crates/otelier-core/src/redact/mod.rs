//! What finds secrets: one table of keys, one of marks, one pass over a text.

mod arguments;
mod bare;
mod block;
mod database;
mod filter;
mod keys;
mod login;
mod masked;
mod meant;
mod needles;
mod prefixes;
mod prose;
mod scan;
mod stems;
#[cfg(test)]
mod tests;
mod tokens;
mod tools;
mod unit;
mod value;

use std::borrow::Cow;
use std::fmt::Display;

pub use self::arguments::Arguments;
use self::bare::Within;
use self::filter::may_hold_secret;
pub use self::keys::{Treatment, is_secret, treatment};
pub use self::masked::REDACTED;
use crate::text::{cut, head_of, marked};

/// How much of one text is looked at and kept, in bytes: 64 KiB.
pub const MAX_TEXT: usize = 64 * 1024;

/// How far beyond its limit a text is looked at that is cut.
const AHEAD: usize = 1024;

/// Masks what can be told to be a secret in text that people write: values of
/// attributes, messages of errors and panics, bodies of logs, what a program
/// printed.
///
/// Masked are
/// - values of keys that [`is_secret`] finds, as `key=value`, `key: value`,
///   `"key": "value"`, `key: Some("value")`, `("key", "value")`, `Key("value")`,
///   `<key>value</key>`, `--key value`, and on the next line, where YAML has
///   them, however they are escaped or percent-encoded; behind `authorization:`
///   and `cookie:` the rest of the line; an OAuth `code` with its `state` beside it,
/// - what databases quote in their messages, but for names of tables, columns
///   and constraints,
/// - credentials of URLs, and the signatures in their queries,
/// - what follows `Bearer` and `Basic`, and `-p` of well-known tools,
/// - JSON web tokens, private keys, and the keys of well-known services
///   that tell themselves by a prefix (`sk-`, `ghp_`, `AKIA`, …).
///
/// In doubt more is masked than needed. A secret that nothing marks as one, such
/// as a bare word, cannot be found.
///
/// It reads what was escaped, but redact before escaping and before cutting: the
/// half of a secret may no longer look like one. Of a text of more than
/// [`MAX_TEXT`] the start is kept, with a marker, and without the word that is cut.
///
/// # Cost
/// Two or three instructions a byte if nothing marks a secret, some 15 if
/// something may, some hundred where it is read word by word. No allocation if
/// nothing is found. The time
/// is linear in the text, whatever is in it. The result is at most five times as
/// long as the text.
#[must_use]
#[inline]
pub fn redact_text(text: &str) -> Cow<'_, str> {
    if text.len() > MAX_TEXT {
        return head(text, MAX_TEXT, Within::Text).into();
    }
    if may_hold_secret(text.as_bytes()) {
        search(text, Within::Text)
    } else {
        text.into()
    }
}

/// The same for the query of a URL, where `REDACTED` stands in the place of a
/// secret, as the conventions want it: also behind `;`, with an encoded key, and
/// in a URL that is a value itself. A value that shows a secret only once it is
/// decoded is replaced as a whole. Secret are the signatures that the
/// conventions name, too.
///
/// # Cost
/// As that of [`redact_text`].
#[must_use]
pub fn redact_query(query: &str) -> Cow<'_, str> {
    if query.len() > MAX_TEXT {
        meant::without_encoded(head(query, MAX_TEXT, Within::QueryAlone).into())
    } else {
        meant::without_encoded(search(query, Within::QueryAlone))
    }
}

/// The same for the start of a text whose rest is not there: without the word that it
/// ends in, which may be the half of a secret.
#[must_use]
pub fn redact_start(start: &str) -> String {
    scan::redact_head(cut(start, MAX_TEXT), Within::Text)
}

/// The text as it is, if it has at most `limit` bytes and at most [`MAX_TEXT`];
/// else what [`redact_text`] leaves of its start, in so many bytes, with a marker
/// that tells its size, for which a limit below 64 bytes has no room. So no half
/// of a secret is left at the end.
///
/// # Cost
/// That of [`redact_text`] for 1 KiB more than the limit, if it is cut.
#[must_use]
pub fn shorten(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit.min(MAX_TEXT) {
        text.into()
    } else {
        head(text, limit.min(MAX_TEXT), Within::Text).into()
    }
}

/// The same in at most `limit` characters instead of bytes.
#[must_use]
pub fn shorten_chars(text: &str, limit: usize) -> Cow<'_, str> {
    if !is_longer(text, limit) {
        return text.into();
    }
    let end = text
        .char_indices()
        .nth(limit)
        .map_or(text.len(), |(end, _)| end);
    let ahead = cut(text, end.saturating_add(AHEAD).min(MAX_TEXT));
    let kept = start_of(ahead, text, Within::Text);
    let cut = |room| {
        let end = kept.char_indices().nth(limit.saturating_sub(room));
        let end = end.map_or(kept.len(), |(end, _)| end);
        cut(&kept, end.min(MAX_TEXT - room))
    };
    marked(text, limit, cut).into()
}

/// What a value writes of itself, if it has at most `limit` bytes; else what
/// [`redact_text`] leaves of its start, in so many bytes, with a marker: how much
/// more there was nobody knows, as it is stopped soon after.
#[must_use]
pub fn shorten_display(value: impl Display, limit: usize) -> String {
    const MARKER: &str = "... (truncated)";
    let most = limit.saturating_add(AHEAD);
    let text = head_of(value, most);
    if text.len() <= limit {
        return text;
    }
    let is_whole = text.len() + char::MAX.len_utf8() <= most;
    let kept = if is_whole {
        search(&text, Within::Text)
    } else {
        scan::redact_head(&text, Within::Text).into()
    };
    [cut(&kept, limit.saturating_sub(MARKER.len())), MARKER].concat()
}

/// Whether a text has more than so many characters, or more bytes than are kept
/// of any. No more of it is looked at than those, and nothing where it has no more bytes.
#[must_use]
pub fn is_longer(text: &str, limit: usize) -> bool {
    text.len() > MAX_TEXT || (text.len() > limit && text.chars().nth(limit).is_some())
}

/// What [`redact_query`] makes of a query, in at most `limit` bytes; a longer one
/// is cut as [`shorten`] does it.
#[must_use]
pub fn shorten_query(query: &str, limit: usize) -> Cow<'_, str> {
    if query.len() <= limit.min(MAX_TEXT) {
        meant::without_encoded(search(query, Within::QueryAlone))
    } else {
        let limit = limit.min(MAX_TEXT);
        meant::without_encoded(head(query, limit, Within::QueryAlone).into())
    }
}

#[inline(never)]
fn search(text: &str, within: Within) -> Cow<'_, str> {
    scan::redact(text, within).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// What is left of the start of a text.
fn start_of<'a>(start: &'a str, text: &str, within: Within) -> Cow<'a, str> {
    if start.len() == text.len() {
        search(start, within)
    } else {
        scan::redact_head(start, within).into()
    }
}

/// The start of a text that is too long.
#[cold]
fn head(text: &str, limit: usize, within: Within) -> String {
    let ahead = cut(text, (limit + AHEAD).min(MAX_TEXT));
    let kept = start_of(ahead, text, within);
    marked(text, limit, |room| cut(&kept, limit.saturating_sub(room)))
}
