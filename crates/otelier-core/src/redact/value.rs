//! Where the value of a secret key starts and ends.
//!
//! Whatever is looked at beyond a bound is part of the value, so that nobody
//! looks at it again.

use std::ops::Range;

use super::bare::{self, Before, Within, announces_more};
use super::block::{self, Head};
use super::keys::names_secret;
use super::masked::is_masked;
use super::unit::{
    BLANKS, ESCAPE, Form, KEY, Unit, closing, count, is_letter, is_newline, is_quote, is_word,
    over, unit,
};

/// How much may stand between two texts of a list.
const SPACED: usize = 64;

/// What is known of a value before it is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hint<'a> {
    /// The last word of the key.
    pub(super) key: &'a [u8],
    pub(super) is_quoted: bool,
    /// How the separator was written.
    pub(super) form: Form,
    pub(super) within: Within,
    /// How many blanks the line of the key begins with.
    pub(super) indent: usize,
    /// A quote stands before the key, behind so many backslashes, and none behind it.
    pub(super) enclosed: Option<(u8, usize)>,
}

/// A part of the text, and whether it is what an array holds, without quotes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) range: Range<usize>,
    pub(super) needs_quotes: bool,
}

impl From<Range<usize>> for Value {
    fn from(range: Range<usize>) -> Self {
        Self {
            range,
            needs_quotes: false,
        }
    }
}

/// The value behind the separator at `at`, without its quotes. None if there is
/// none, if it was masked before, or is a place that a value would take.
pub(super) fn behind(bytes: &[u8], at: usize, hint: Hint<'_>) -> Option<Value> {
    let is_colon = unit(bytes, at)?.byte == b':';
    let separators = |unit: Unit| matches!(unit.byte, b'=' | b':' | b'>' | b',');
    let behind = over(bytes, at, 3, separators);
    let is_quoted = hint.is_quoted && hint.enclosed.is_none();
    let may_be_yaml = is_colon && !is_quoted && hint.within == Within::Text;
    if may_be_yaml && let Some(Head { comment, end }) = block::head(bytes, behind) {
        let lines = block::lines(bytes, end, hint.indent);
        if let Some(start) = comment {
            let end = lines.map_or(end, |lines| lines.end);
            return Some((start..end).into());
        }
        let head = over(bytes, behind, BLANKS, is_blank);
        // A value may begin as a comment does, which has a blank next.
        let is_value = matches!(bytes.get(head..), Some([b'#', next, ..]) if *next != b' ');
        if lines.is_some() || !is_value {
            return lines.map(Value::from);
        }
    }
    let start = over(bytes, behind, BLANKS, |unit| match unit.byte {
        b' ' | b'\t' => unit.form == Form::Plain || hint.form == Form::Encoded,
        b'+' => hint.form == Form::Encoded,
        // What was written for machines may be folded anywhere.
        b'\n' | b'\r' => hint.is_quoted,
        ESCAPE => true,
        _ => false,
    });
    let start = over_marks(bytes, start, may_be_yaml);
    if is_masked(bytes, start)
        || is_placeholder(bytes, start)
        || is_parameter(bytes, start, hint.key)
    {
        return None;
    }
    let first = unit(bytes, start)?;
    if is_quote(first.byte) {
        return between(bytes, start, first);
    }
    let is_header = is_header(hint.key) && !is_debug(bytes, start);
    let end = match first.byte {
        _ if is_colon && is_header && !hint.is_quoted => line_end(bytes, start, hint.form),
        _ if let Some((quote, escapes)) = hint.enclosed
            && (!is_colon || is_header) =>
        {
            let end = closing(bytes, start, quote, escapes);
            let text = bytes.get(..end).unwrap_or(bytes);
            match is_header {
                // The next one follows on a line of its own.
                true => over(text, start, usize::MAX, |unit| !is_newline(unit.byte)),
                false => end,
            }
        }
        _ => {
            let before = Before {
                is_header,
                is_colon,
            };
            bare::end(bytes, start, hint.form, hint.within, before)
        }
    };
    let range = start..end;
    if first.byte == b'[' && first.form == Form::Plain {
        return in_array(bytes, range);
    }
    (!range.is_empty()).then(|| range.into())
}

/// Where what is meant starts behind the tags and anchors of YAML, and behind the `&`
/// of a reference.
fn over_marks(bytes: &[u8], start: usize, may_be_yaml: bool) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    // A quote alone begins a lifetime.
    let is_text = |unit: Unit| unit.byte == b'"';
    if rest.starts_with(b"&") && unit(bytes, start + 1).is_some_and(is_text) {
        return start + 1;
    }
    if !may_be_yaml || !matches!(rest, [b'!' | b'&', ..]) {
        return start;
    }
    let word = count(rest, 0, KEY, |byte| is_word(byte) || b"!&".contains(&byte));
    let blanks = count(rest, word, usize::MAX, |byte| byte == b' ');
    let behind = rest.get(word + blanks);
    let is_value = |byte: &u8| is_letter(*byte) || is_quote(*byte);
    if blanks > 0 && behind.is_some_and(is_value) {
        start + word + blanks
    } else {
        start
    }
}

fn is_blank(unit: Unit) -> bool {
    matches!(unit.byte, b' ' | b'\t')
}

/// What `Debug` writes in the place of a header's value.
fn is_debug(bytes: &[u8], start: usize) -> bool {
    let rest = bytes.get(start..).unwrap_or_default();
    let starts = |word: &str| {
        let next = rest.get(word.len());
        rest.starts_with(word.as_bytes()) && !next.is_some_and(|byte| is_letter(*byte))
    };
    matches!(rest, [b'[' | b'{' | b'(', ..])
        || ["None", "null", "Sensitive", "Some"]
            .into_iter()
            .any(starts)
}

/// What stands in the quotes that `first` opens at `at`, and in those that are
/// joined to it.
fn between(bytes: &[u8], at: usize, first: Unit) -> Option<Value> {
    let start = at + first.len;
    if is_masked(bytes, start) {
        return None;
    }
    let mut end = close(bytes, start, first);
    // `'it''s'`, `"a"b`
    while let Some(next) = unit(bytes, end + first.len) {
        let behind = end + first.len;
        if (next.byte, next.form) == (first.byte, first.form) {
            end = close(bytes, behind + next.len, first);
        } else if next.form == Form::Plain && is_letter(next.byte) {
            end = word_end(bytes, behind);
        } else {
            break;
        }
    }
    (end > start).then(|| (start..end).into())
}

/// Where the quotes are closed that `first` opened before `start`.
fn close(bytes: &[u8], start: usize, first: Unit) -> usize {
    let is_raw = start.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&first.byte);
    if is_raw && first.form != Form::Encoded {
        return closing(bytes, start, first.byte, first.len - 1);
    }
    over(bytes, start, usize::MAX, |unit| {
        !(unit.byte == first.byte && unit.form == first.form)
    })
}

/// What is quoted next in a list of texts, behind blanks and commas.
pub(super) fn listed(bytes: &[u8], at: usize) -> Option<Value> {
    let start = over(bytes, at, SPACED, |unit| {
        unit.byte.is_ascii_whitespace() || unit.byte == b','
    });
    (start > at).then(|| quoted(bytes, start))?
}

/// What is quoted next behind a value whose quote is at `at`, `Some("X")` or not.
pub(super) fn next_of(bytes: &[u8], at: usize) -> Option<Value> {
    let quote = over(bytes, at, 1, |unit| is_quote(unit.byte));
    let bracket = quote + count(bytes, quote, 1, |byte| byte == b')');
    [(quote, &b", Some("[..]), (bracket, b", Some(")]
        .into_iter()
        .find(|(at, next)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(next)))
        .map_or_else(
            || listed(bytes, quote),
            |(at, next)| quoted(bytes, at + next.len()),
        )
}

/// What is quoted next, as in `Password("X")`.
pub(super) fn quoted(bytes: &[u8], start: usize) -> Option<Value> {
    let start = over(bytes, start, BLANKS, |unit| unit.byte.is_ascii_whitespace());
    // `b"X"`
    let is_prefixed = matches!(bytes.get(start..), Some([b'b', b'"' | b'\'', ..]));
    let start = start + usize::from(is_prefixed);
    let first = unit(bytes, start)?;
    if is_quote(first.byte) {
        between(bytes, start, first)
    } else {
        None
    }
}

/// The next argument of a command line, from the blanks before it.
pub(super) fn argument(bytes: &[u8], at: usize) -> Option<Value> {
    let start = over(bytes, at, BLANKS, |unit| matches!(unit.byte, b' ' | b'\t'));
    let first = unit(bytes, start)?;
    if first.byte == b'-' || is_newline(first.byte) || is_masked(bytes, start) {
        return None;
    }
    if is_quote(first.byte) {
        return between(bytes, start, first);
    }
    let mut end = word_end(bytes, start);
    let mut word = bytes.get(start..end)?;
    if let Some(before) = word.strip_suffix(b":").or_else(|| word.strip_suffix(b"=")) {
        // Another key, which is looked at by itself.
        if names_secret(before) {
            return None;
        }
        // What is said of the call follows.
        if word.ends_with(b":") {
            word = before;
            end -= 1;
        }
    }
    if announces_more(word) {
        let next = over(bytes, end, BLANKS, |unit| matches!(unit.byte, b' ' | b'\t'));
        if bytes.get(next) != Some(&b'-') {
            end = word_end(bytes, next);
        }
    }
    let range = start..end;
    (!range.is_empty() && !is_placeholder(bytes, start)).then(|| range.into())
}

/// The end of what has neither blanks nor quotes in it.
pub(super) fn word_end(bytes: &[u8], start: usize) -> usize {
    over(bytes, start, usize::MAX, |unit| {
        !unit.byte.is_ascii_whitespace() && !is_quote(unit.byte)
    })
}

/// What stands where there is no value, or tells whether there is one.
const NOTHING: [&[u8]; 14] = [
    b"None",
    b"none",
    b"no",
    b"yes",
    b"NULL",
    b"null",
    b"undefined",
    b"nil",
    b"true",
    b"false",
    b"True",
    b"False",
    b"YES",
    b"NO",
];

fn is_nothing(rest: &[u8]) -> bool {
    let len = count(rest, 0, 10, |byte| byte.is_ascii_alphabetic());
    let word = rest.get(..len).unwrap_or_default();
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b",;)}]".contains(byte);
    NOTHING.contains(&word) && rest.get(len).is_none_or(ends)
}

/// Where a statement has a parameter instead of a value, or nothing stands.
fn is_placeholder(bytes: &[u8], start: usize) -> bool {
    let rest = bytes.get(start..).unwrap_or_default();
    let len = match rest {
        [b'?', ..] => 1,
        [b'%', b's', ..] => 2,
        [b'a'..=b'z' | b'A'..=b'Z', ..] => return is_nothing(rest),
        // What a usage has: `--token <TOKEN>`
        [b'<', ..] => {
            let name = count(rest, 1, KEY, |byte| {
                byte.is_ascii_uppercase() || b"_-".contains(&byte)
            });
            return name > 0 && rest.get(1 + name) == Some(&b'>');
        }
        [b'$', b'0'..=b'9', ..] => 1 + count(rest, 1, 6, |byte| byte.is_ascii_digit()),
        _ => return false,
    };
    let next = rest.get(len);
    let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == b')';
    match next {
        Some(b',' | b';') => rest.get(len + 1).is_none_or(ends),
        next => next.is_none_or(ends),
    }
}

/// Whether a statement has a parameter of the name of its column: `= :password`.
fn is_parameter(bytes: &[u8], start: usize, column: &[u8]) -> bool {
    let Some([b':' | b'@', rest @ ..]) = bytes.get(start..) else {
        return false;
    };
    let name = rest.get(..column.len()).unwrap_or_default();
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b",;)".contains(byte);
    !column.is_empty()
        && name.eq_ignore_ascii_case(column)
        && rest.get(column.len()).is_none_or(ends)
}

/// Headers whose values hold blanks.
fn is_header(key: &[u8]) -> bool {
    let ends = |end: &[u8]| {
        let tail = key.len().checked_sub(end.len());
        let tail = tail.and_then(|at| key.get(at..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    ends(b"authorization") || ends(b"cookie")
}

/// The end of the line; encoded ones end where their text does, too.
fn line_end(bytes: &[u8], start: usize, form: Form) -> usize {
    over(bytes, start, usize::MAX, |unit| match form {
        Form::Encoded => {
            !is_newline(unit.byte) && !matches!((unit.byte, unit.form), (b'&', Form::Plain))
        }
        _ => unit.form != Form::Plain || !is_newline(unit.byte),
    })
}

/// What an array holds, so that it stays one.
fn in_array(bytes: &[u8], range: Range<usize>) -> Option<Value> {
    let Some((b'[', [inner @ .., b']'])) = bytes.get(range.clone()).and_then(<[u8]>::split_first)
    else {
        return Some(range.into());
    };
    if inner.is_empty() {
        return None;
    }
    let start = range.start + 1;
    let end = range.end - 1;
    let opener = over(bytes, start, BLANKS, |unit| unit.byte.is_ascii_whitespace());
    let first = unit(bytes, opener).filter(|unit| is_quote(unit.byte));
    let last = inner.iter().rposition(|byte| is_quote(*byte));
    if let (Some(first), Some(last)) = (first, last) {
        let escapes = inner.get(..last).unwrap_or_default().iter().rev();
        let escapes = escapes.take_while(|byte| **byte == b'\\').count();
        let texts = opener + first.len..start + last - escapes;
        if !texts.is_empty() {
            return Some(texts.into());
        }
    }
    Some(Value {
        range: start..end,
        needs_quotes: true,
    })
}
