//! One pass over a text, forward only.
//!
//! Words are read one by one. The last one is remembered as a key until
//! something follows that is neither a separator nor may stand before one. What
//! was masked, and what was looked at without a bound, is never looked at again,
//! so that the time is linear in the text.

use std::ops::Range;

use super::database::{Field, Message};
use super::keys::names_secret;
use super::tokens::{self, Argument, Tool};
use super::unit::{Form, Unit, count, is_newline, is_quote, is_word, over, unit};
use super::value::{self, Hint, Value, Within, ends_url};
use crate::{REDACTED, cut};

/// What the conventions put in the place of a URL's credentials,
const CREDENTIALS: &str = "REDACTED:REDACTED";
/// and of a secret in a query.
const IN_QUERY: &str = "REDACTED";

/// The signatures that the conventions name; their case counts.
const SIGNATURES: [&str; 7] = [
    "AWSAccessKeyId",
    "Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Goog-Signature",
    "sig",
];

/// How far a password with a slash in it may reach beyond what looks like a host.
const SLASHED: usize = 64;

/// How far from an OAuth `code` its `state` may stand, and how long a code is
/// that stands in quotes.
const BESIDE: usize = 512;
const CODE: usize = 12;

/// How much at the end of a text that is cut may be the half of a secret.
const RAGGED: usize = 512;

/// How many backslashes may stand before a quote.
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
    /// Where the keys `state` are, once somebody asked.
    states: Option<Vec<usize>>,
    /// The unit before was an escaped letter.
    is_behind_escape: bool,
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
        states: None,
        is_behind_escape: false,
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
        let Range { start, end } = value.range.clone();
        let is_key = names_secret(self.slice(start..end));
        self.mask(start..end, with);
        // What was masked may be the key of what follows.
        self.key = is_key.then_some(Key {
            start,
            end,
            is_coded: false,
            is_behind_escape: false,
            is_index_of_secret: false,
            is_over: false,
            opener: self.opener(start),
        });
    }

    // === Words ===

    fn word(&mut self) {
        let start = self.at;
        let plain = count(self.bytes, start, usize::MAX, is_word);
        let mut end = start + plain;
        let mut is_coded = false;
        while let Some(unit) = unit(self.bytes, end)
            && is_word(unit.byte)
        {
            is_coded |= unit.form != Form::Plain;
            end += unit.len;
        }
        let is_behind_escape = std::mem::take(&mut self.is_behind_escape);
        self.at = end;
        if let Some(secret) = self.token(start..end, is_behind_escape) {
            return self.mask_value(&secret.into());
        }
        let key = self.joined(Key {
            start,
            end,
            is_coded,
            is_behind_escape,
            is_index_of_secret: false,
            is_over: false,
            opener: self.opener(start),
        });
        if let Some(secret) = self.argument(key) {
            return self.mask_value(&secret);
        }
        self.key = Some(key);
        let word = self.bytes.get(start..end).unwrap_or_default();
        if let Some(tool) = Tool::of(word) {
            self.tool = Some(tool);
        }
    }

    /// A secret that needs no key.
    fn token(&self, word: Range<usize>, is_behind_escape: bool) -> Option<Range<usize>> {
        let found = tokens::in_word(self.bytes, word.clone())
            .or_else(|| tokens::behind_scheme(self.bytes, self.slice(word.clone()), word.end));
        match word.start.checked_sub(1).filter(|_| is_behind_escape) {
            Some(start) if found.is_none() => {
                let len = tokens::token(self.bytes.get(start..)?, usize::MAX)?;
                Some(start..start + len)
            }
            _ => found,
        }
    }

    /// The key with what it knows of the one before, whose index it is.
    fn joined(&self, mut key: Key) -> Key {
        if let Some(before) = self.key
            && !before.is_over
        {
            key.is_index_of_secret = before.is_index_of_secret || self.names_secret(before);
            key.opener = key.opener.or(before.opener);
        }
        key
    }

    /// What stands before the quote that a word starts behind.
    fn opener(&self, start: usize) -> Option<u8> {
        let quote = start.checked_sub(1)?;
        if !is_quote(*self.bytes.get(quote)?) {
            return None;
        }
        let before = self.slice(quote.saturating_sub(ESCAPES)..quote);
        Some(
            before
                .iter()
                .rev()
                .copied()
                .find(|byte| *byte != b'\\')
                .unwrap_or_default(),
        )
    }

    /// The secret behind `--password`, or the flag of a tool.
    fn argument(&self, flag: Key) -> Option<Value> {
        let word = self.slice(flag.start..flag.end);
        if word.first() != Some(&b'-') {
            return None;
        }
        let argument = self.tool.and_then(|tool| tool.argument(word));
        if let Some(Argument::Here(len)) = argument {
            let start = flag.start + len;
            return Some((start..value::word_end(self.bytes, start)).into());
        }
        let next = unit(self.bytes, flag.end)?;
        let is_apart = matches!(next.byte, b' ' | b'\t');
        if is_apart && (argument.is_some() || self.names_secret(flag)) {
            return value::argument(self.bytes, flag.end);
        }
        None
    }

    fn names_secret(&self, key: Key) -> bool {
        if key.is_coded {
            return names_secret(&self.decoded(key));
        }
        let start = key.start - usize::from(key.is_behind_escape);
        names_secret(self.slice(key.start..key.end))
            || (key.is_behind_escape && names_secret(self.slice(start..key.end)))
    }

    fn is_signature(&self, key: Key) -> bool {
        let is = |key: &[u8]| SIGNATURES.iter().any(|name| name.as_bytes() == key);
        is(self.slice(key.start..key.end)) || (key.is_coded && is(&self.decoded(key)))
    }

    fn decoded(&self, key: Key) -> Vec<u8> {
        let mut word = Vec::with_capacity(key.end - key.start);
        let mut at = key.start;
        while at < key.end
            && let Some(unit) = unit(self.bytes, at)
        {
            word.push(unit.byte);
            at += unit.len;
        }
        word
    }

    // === What stands between words ===

    fn mark(&mut self, unit: Unit) {
        let at = self.at;
        self.at += unit.len;
        self.is_behind_escape = false;
        match unit.byte {
            b'\n' | b'\r' => {
                self.leave_query(unit);
                self.is_behind_escape = unit.form == Form::Escaped;
                self.begin_line();
            }
            b' ' | b'\t' => {
                self.leave_query(unit);
                self.is_behind_escape = unit.form == Form::Escaped;
                if let Some(key) = &mut self.key {
                    key.is_over = true;
                }
            }
            b'"' | b'\'' | b'`' => {
                self.leave_query(unit);
                if let Some((value, closed)) = self.message.value(self.bytes, at, unit) {
                    self.mask(value, REDACTED);
                    self.at = closed + 1;
                }
            }
            // They may stand between a key and its separator.
            b'\\' | b'[' | b']' | b')' => {}
            b'=' | b':' => self.separator(at, unit),
            b',' => self.comma(at),
            b'(' => self.parenthesis(),
            b'>' => self.tag(at),
            b'?' => {
                if self.within == Within::Text {
                    self.within = Within::Query;
                }
                self.key = None;
            }
            b'{' => {
                self.message.brace(self.bytes, at);
                self.key = None;
            }
            _ => self.key = None,
        }
    }

    fn begin_line(&mut self) {
        let is_blank = |byte| matches!(byte, b' ' | b'\t');
        self.indent = count(self.bytes, self.at, usize::MAX, is_blank);
        self.tool = None;
        self.key = None;
    }

    fn leave_query(&mut self, unit: Unit) {
        if self.within == Within::Query && unit.form != Form::Encoded {
            self.within = Within::Text;
        }
    }

    fn separator(&mut self, at: usize, separator: Unit) {
        let key = self.key.take();
        let byte_at = |at| unit(self.bytes, at).map(|unit| (unit.byte, at + unit.len));
        if separator.byte == b':' {
            let next = byte_at(self.at);
            if let Some((b':', end)) = next {
                self.at = end;
                return;
            }
            if let Some((b'/', second)) = next
                && let Some((b'/', start)) = byte_at(second)
            {
                return self.credentials(start, separator.form);
            }
            self.message.colon(self.bytes, at);
        }
        // So databases tell the values of columns: `(email)=(ann@shop.example)`.
        let is_row = self.slice(at.saturating_sub(1)..at + 2) == b")=(";
        if key.is_none() && !is_row {
            return;
        }
        let key = key.unwrap_or(Key {
            start: at,
            end: at,
            is_coded: false,
            is_behind_escape: false,
            is_index_of_secret: false,
            is_over: false,
            opener: None,
        });
        let name = self.slice(key.start..key.end);
        let hint = Hint {
            key: name,
            is_quoted: key.opener.is_some(),
            form: separator.form,
            within: self.within,
            indent: self.indent,
        };
        let field = self.message.field(name, key.end);
        let is_signature = self.within != Within::Text && self.is_signature(key);
        let is_secret = is_row
            || key.is_index_of_secret
            || is_signature
            || field == Some(Field::Values)
            || self.names_secret(key);
        if is_secret {
            if let Some(value) = value::behind(self.bytes, at, hint) {
                self.mask_value(&value);
            }
        } else if field == Some(Field::Message) {
            if let Some(message) = value::behind(self.bytes, at, hint) {
                self.message.begin(message.range);
            }
        } else if name.eq_ignore_ascii_case(b"code")
            && self.is_near_state(at)
            // What is looked at here may be looked at again.
            && let Some(code) = value::behind(self.slice(0..at + BESIDE), at, hint)
            && self.is_beside_state(at, &code)
            && let Some(code) = value::behind(self.bytes, at, hint)
        {
            self.mask_value(&code);
        }
    }

    /// In a list of pairs a comma stands between key and value.
    fn comma(&mut self, at: usize) {
        let Some(key) = self.key.take() else {
            return;
        };
        let is_flag = self.bytes.get(key.start) == Some(&b'-');
        let Some(opener) = key
            .opener
            .filter(|opener| is_flag || matches!(opener, b'(' | b'['))
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
            };
            value::behind(self.bytes, at, hint)
        } else {
            let start = over(self.bytes, at + 1, BESIDE, |unit| {
                unit.byte.is_ascii_whitespace()
            });
            value::quoted(self.bytes, start)
        };
        let Some(value) = value else {
            return;
        };
        let end = over(self.bytes, value.range.end, 1, |unit| is_quote(unit.byte));
        // A list of more than two is one of names.
        let is_pair = unit(self.bytes, end).is_some_and(|unit| unit.byte == b']');
        if is_flag || opener == b'(' || is_pair {
            self.mask_value(&value);
        }
    }

    /// `Password("X")`
    fn parenthesis(&mut self) {
        let key = self.key.take().filter(|key| key.end + 1 == self.at);
        if let Some(key) = key
            && self.names_secret(key)
            && let Some(value) = value::quoted(self.bytes, self.at)
        {
            self.mask_value(&value);
        }
    }

    /// `<password>X</password>`
    fn tag(&mut self, at: usize) {
        let key = self.key.take().filter(|key| key.end == at);
        let Some(key) = key.filter(|key| self.names_secret(*key)) else {
            return;
        };
        let before = self.slice(key.start.saturating_sub(2)..key.start);
        let is_tag = match before {
            // A type has a name before its parameters.
            [before, b'<'] => !is_word(*before),
            [b'<'] | [_, b':'] => true,
            _ => false,
        };
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !is_tag || rest.starts_with(REDACTED.as_bytes()) {
            return;
        }
        let end = over(self.bytes, self.at, usize::MAX, |unit| {
            unit.byte != b'<' && !is_newline(unit.byte)
        });
        if end > self.at {
            self.mask(self.at..end, REDACTED);
        }
    }

    // === URLs ===

    /// What stands before the `@` of the URL whose authority starts at `start`.
    fn credentials(&mut self, start: usize, form: Form) {
        self.at = start;
        let ends = |unit: Unit| {
            let counts = unit.form != Form::Encoded || form == Form::Encoded;
            let ends_encoded = form == Form::Encoded && unit.byte == b'&';
            counts
                && (ends_url(unit.byte) || ends_encoded || matches!(unit.byte, b'/' | b'?' | b'#'))
        };
        let mut at = start;
        let mut last = None;
        let mut port = None;
        while let Some(unit) = unit(self.bytes, at)
            && !ends(unit)
        {
            match unit.byte {
                b'@' => last = Some(at),
                b':' => port = Some(at + unit.len),
                _ => {}
            }
            at += unit.len;
        }
        // A password may hold a slash that nobody encoded.
        if last.is_none()
            && let Some(port) = port
            && !self.slice(port..at).iter().all(u8::is_ascii_digit)
            && !self.slice(port..at).ends_with(b"]")
        {
            let reach = at + SLASHED;
            while at < reach
                && let Some(unit) = unit(self.bytes, at)
                && !ends_url(unit.byte)
            {
                if unit.byte == b'@' {
                    last = Some(at);
                }
                at += unit.len;
            }
        }
        if let Some(last) = last.filter(|last| *last > start)
            && self.slice(start..last) != CREDENTIALS.as_bytes()
        {
            self.mask(start..last, CREDENTIALS);
        }
    }

    /// Whether a key `state` stands near.
    fn is_near_state(&mut self, at: usize) -> bool {
        let bytes = self.bytes;
        let states = self.states.get_or_insert_with(|| states(bytes));
        let next = states.partition_point(|state| state + BESIDE < at);
        states.get(next).is_some_and(|state| *state < at + BESIDE)
    }

    /// Whether a key `state` stands beside the value of a key `code`.
    fn is_beside_state(&mut self, at: usize, code: &Value) -> bool {
        let bytes = self.bytes;
        let is_quoted = bytes
            .get(code.range.start.saturating_sub(1))
            .is_some_and(|byte| is_quote(*byte));
        let states = self.states.get_or_insert_with(|| states(bytes));
        let first = states.partition_point(|state| state + BESIDE < at);
        let beside = states.get(first..).unwrap_or_default();
        let mut beside = beside.iter().take_while(|state| **state < at + BESIDE);
        if is_quoted {
            code.range.len() >= CODE && beside.next().is_some()
        } else {
            // In one query, which has no blanks.
            beside.take(2).any(|state| {
                let between = bytes.get(at.min(*state)..at.max(*state));
                !between
                    .unwrap_or_default()
                    .iter()
                    .any(|byte| ends_url(*byte))
            })
        }
    }
}

/// Where a key `state` starts.
fn states(bytes: &[u8]) -> Vec<usize> {
    let name = b"state";
    let is_key = |at: &usize| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let end = over(bytes, at + name.len(), 2, |unit| is_quote(unit.byte));
        !before.is_some_and(|byte| is_word(*byte) && !before_is_code(bytes, *at))
            && unit(bytes, end).is_some_and(|unit| matches!(unit.byte, b'=' | b':'))
    };
    bytes
        .windows(name.len())
        .enumerate()
        .filter(|(_, window)| window.eq_ignore_ascii_case(name))
        .map(|(at, _)| at)
        .filter(is_key)
        .collect()
}

/// Whether an encoded character ends at `at`.
fn before_is_code(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(3).and_then(|at| bytes.get(at)) == Some(&b'%')
}
