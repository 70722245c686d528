//! Values on the lines below their key, where YAML has them.

use std::ops::Range;

use super::masked::is_masked;
use super::unit::{BLANKS, Form, KEY, Unit, is_newline, is_quote, is_word, over, unit};

/// How long a word is that stands alone.
const LONE: usize = 128;

/// How long a comment is that is looked over.
const COMMENT: usize = 256;

/// What stands in the line of a key before the lines of its value.
pub(super) struct Head {
    /// Where a comment starts that is too long to be looked at again.
    pub(super) comment: Option<usize>,
    /// Where the line ends.
    pub(super) end: usize,
}

/// The head of a block, if nothing else is in the line: a tag or an anchor, `|` or `>`, a
/// comment.
pub(super) fn head(bytes: &[u8], at: usize) -> Option<Head> {
    let blanks = |at| over(bytes, at, BLANKS, |unit| matches!(unit.byte, b' ' | b'\t'));
    let mut at = blanks(at);
    let is_tag = |at: usize| match bytes.get(at..) {
        Some([b'!', ..]) => true,
        Some([b'&', next, ..]) => is_word(*next),
        _ => false,
    };
    while is_tag(at) {
        at = blanks(over(bytes, at + 1, KEY, |unit| {
            is_word(unit.byte) || unit.byte == b'!'
        }));
    }
    if let Some(b'|' | b'>') = bytes.get(at) {
        at = over(bytes, at + 1, 3, |unit| {
            matches!(unit.byte, b'+' | b'-' | b'0'..=b'9')
        });
        at = blanks(at);
    }
    let mut comment = None;
    if let Some(b'#') = bytes.get(at) {
        let is_comment = |unit: Unit| !is_newline(unit.byte);
        let near = over(bytes, at, COMMENT, is_comment);
        let goes_on = unit(bytes, near).is_some_and(is_comment);
        comment = goes_on.then_some(at);
        at = match goes_on {
            true => over(bytes, near, usize::MAX, is_comment),
            false => near,
        };
    }
    let is_end = comment.is_some() || is_newline(unit(bytes, at)?.byte);
    is_end.then_some(Head { comment, end: at })
}

/// The lines from `newline` on that belong to a key with so many blanks before it.
pub(super) fn lines(bytes: &[u8], newline: usize, indent: usize) -> Option<Range<usize>> {
    let mut found: Option<Range<usize>> = None;
    let mut at = newline;
    loop {
        let form = unit(bytes, at).map(|unit| unit.form);
        let line = over(bytes, at, 4, |unit| is_newline(unit.byte));
        let blanks = over(bytes, line, usize::MAX, |unit| {
            matches!(unit.byte, b' ' | b'\t')
        });
        let Some(first) = unit(bytes, blanks) else {
            return found;
        };
        let is_item = first.byte == b'-' && bytes.get(blanks + 1) == Some(&b' ');
        let belongs = blanks - line > indent || (is_item && blanks - line == indent);
        let belongs = belongs || (found.is_none() && is_lone(bytes, blanks));
        if !belongs || is_newline(first.byte) || (found.is_none() && is_masked(bytes, blanks)) {
            return found;
        }
        at = over(bytes, blanks, usize::MAX, |unit| {
            let closes = form == Some(Form::Escaped) && unit.form == Form::Plain;
            !(is_newline(unit.byte) || closes && is_quote(unit.byte))
        });
        let start = found.map_or(blanks, |found| found.start);
        found = Some(start..at);
        if !unit(bytes, at).is_some_and(|unit| is_newline(unit.byte)) {
            return found;
        }
    }
}

/// Whether a line has one word alone, which no key is: such as what follows a prompt.
fn is_lone(bytes: &[u8], at: usize) -> bool {
    let is_mark = |byte: u8| matches!(byte, b' ' | b'\t' | b':' | b'=') || is_quote(byte);
    let end = over(bytes, at, LONE, |unit| {
        !is_mark(unit.byte) && !is_newline(unit.byte)
    });
    unit(bytes, end).is_none_or(|unit| is_newline(unit.byte) || is_quote(unit.byte))
}
