//! One pass over a text, forward only.
//!
//! Words are read one by one. The last one is remembered as a key until
//! something follows that is neither a separator nor may stand before one. What
//! was masked, and what was looked at without a bound, is never looked at again,
//! so that the time is linear in the text.

mod bracket;
mod mark;
mod named;
mod oauth;
mod statement;
mod url;
pub(super) mod word;

use std::ops::Range;

use super::bare::{Within, ends_url};
use super::database::Message;
use super::keys::names_secret;
use super::masked::{CREDENTIALS, IN_QUERY, REDACTED};
use super::tools::Tool;
use super::unit::{KEY, is_word, unit};
use super::value::Value;
use crate::cut;

/// How much at the end of a text that is cut may be the half of a secret.
const RAGGED: usize = 512;

/// Stands for `::`.
const PATH: u8 = 1;

/// How many backslashes may stand before a quote, and how many encodings.
const ESCAPES: usize = 16;

/// A word that may be a key.
#[derive(Clone, Copy, Debug)]
struct Key {
    start: usize,
    end: usize,
    /// Characters in it are encoded or escaped.
    is_coded: bool,
    /// Its first letter may belong to an escape, as in `\token`.
    is_behind_escape: bool,
    /// A word that an index belongs to was secret: `password[0]`.
    is_index_of_secret: bool,
    /// Blanks follow: another word is another key.
    is_over: bool,
    /// What stands before its quote, where it has one.
    opener: Option<u8>,
    /// A path leads to it: `app::token`, `/oauth/token`.
    is_path: bool,
    /// Where the word before it starts, if one blank is between them.
    before: Option<usize>,
}

pub(super) struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// What was written, up to `copied` of the text.
    out: String,
    copied: usize,
    key: Option<Key>,
    within: Within,
    /// How many blanks the line begins with.
    indent: usize,
    tool: Option<Tool>,
    message: Message,
    /// Until where a `value` is that of a secret that was named before,
    named: usize,
    /// the attributes of an element that holds one,
    element: usize,
    /// `BY` what identifies, and a password given to an account.
    identified: usize,
    assigned: usize,
    /// Where the keys `state` are, once somebody asked.
    states: Option<Vec<usize>>,
    /// Whether a key of the web is in the text, once somebody asked.
    has_web_key: Option<bool>,
    /// The unit before was an escaped letter.
    is_behind_escape: bool,
    /// What came last that was neither blank nor quote, and where a word ended.
    last: u8,
    word: Range<usize>,
}

/// The text without its secrets, or `None` if it has none.
pub(super) fn redact(text: &str, within: Within) -> Option<String> {
    let Scan {
        mut out, copied, ..
    } = scan(text, within);
    if copied == 0 {
        return None;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Some(out)
}

/// The same for the start of a text, without the word that it ends in, which may
/// be the half of a secret.
pub(super) fn redact_head(text: &str, within: Within) -> String {
    let Scan {
        mut out,
        copied,
        bytes,
        ..
    } = scan(text, within);
    let ragged = bytes.len().saturating_sub(RAGGED);
    let tail = bytes.get(ragged..).unwrap_or_default();
    let blank = tail.iter().rposition(u8::is_ascii_whitespace);
    // Credentials are told by what follows them, however long they are.
    let authority = ["://", "%2F%2F", "%2f%2f"].map(|slashes| text.rfind(slashes));
    let authority = authority.into_iter().max().flatten().filter(|at| {
        let open = bytes.get(at + 3..).unwrap_or_default();
        let mut open = open
            .iter()
            .skip_while(|byte| matches!(byte, b'2' | b'f' | b'F' | b'%'));
        open.all(|byte| !ends_url(*byte) && !matches!(byte, b'/' | b'?' | b'#' | b'&'))
    });
    let end = ragged + blank.unwrap_or(0);
    let end = authority.map_or(end, |authority| authority.min(end));
    // A web token is told by its first dot.
    let token = text.rfind("eyJ").filter(|at| {
        let mut open = bytes.get(*at..).unwrap_or_default().iter();
        open.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    });
    let end = token.map_or(end, |token| token.min(end));
    out.push_str(cut(text, end).get(copied..).unwrap_or_default());
    out
}

fn scan(text: &str, within: Within) -> Scan<'_> {
    let mut scan = Scan {
        text,
        bytes: text.as_bytes(),
        at: 0,
        out: String::new(),
        copied: 0,
        key: None,
        within,
        indent: 0,
        tool: None,
        message: Message::default(),
        named: 0,
        element: 0,
        identified: 0,
        assigned: 0,
        states: None,
        has_web_key: None,
        is_behind_escape: false,
        last: 0,
        word: 0..0,
    };
    scan.begin_line();
    while let Some(unit) = unit(scan.bytes, scan.at) {
        if is_word(unit.byte) {
            scan.word();
        } else {
            scan.mark(unit);
        }
    }
    scan
}

impl<'a> Scan<'a> {
    /// A part of the text, as far as it goes.
    fn slice(&self, range: Range<usize>) -> &'a [u8] {
        let end = range.end.min(self.bytes.len());
        self.bytes.get(range.start..end).unwrap_or_default()
    }

    /// Writes `with` in the place of a part of the text, and goes on behind it.
    fn mask(&mut self, range: Range<usize>, with: &str) {
        let start = range.start.max(self.copied);
        if range.end > start {
            if self.out.is_empty() {
                self.out.reserve(self.text.len() + CREDENTIALS.len());
            }
            self.out
                .push_str(self.text.get(self.copied..start).unwrap_or_default());
            self.out.push_str(with);
            self.copied = range.end;
        }
        self.at = self.at.max(range.end);
        self.key = None;
        self.is_behind_escape = false;
    }

    fn mask_value(&mut self, value: &Value) {
        let with = match self.within {
            _ if value.needs_quotes => "\"[REDACTED]\"",
            Within::Text => REDACTED,
            Within::Query | Within::QueryAlone => IN_QUERY,
        };
        self.mask_text(value.range.clone(), with);
    }

    /// Masks what may be the key of what follows.
    fn mask_text(&mut self, range: Range<usize>, with: &str) {
        let Range { start, end } = range;
        let tail = self.slice(start.max(end.saturating_sub(KEY))..end);
        // The last line of a private key is no name of one.
        let last = tail
            .iter()
            .rev()
            .skip_while(|byte| b"\\nr\n\r".contains(byte));
        let is_key = names_secret(tail) && !last.take(5).all(|byte| *byte == b'-');
        self.mask(start..end, with);
        self.key = is_key.then_some(Key {
            start,
            end,
            is_coded: false,
            is_behind_escape: false,
            is_index_of_secret: false,
            is_over: false,
            opener: self.opener(start),
            is_path: false,
            before: None,
        });
    }
}
