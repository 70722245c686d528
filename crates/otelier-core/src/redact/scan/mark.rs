//! What stands between words: separators, brackets, ends of lines.

use super::oauth::BESIDE;
use super::{ESCAPES, Key, PATH, Scan};
use crate::redact::bare::Within;
use crate::redact::database::{Field, is_token};
use crate::redact::masked::REDACTED;
use crate::redact::prose;
use crate::redact::unit::{ESCAPE, Form, Unit, count, is_newline, is_quote, is_word, over, unit};
use crate::redact::value::{self, Hint};

/// How far is looked for what ends a list of two.
const LISTED: usize = 4096;

/// How names of sources end.
const SOURCES: [&str; 14] = [
    ".c", ".cc", ".cpp", ".cs", ".go", ".h", ".java", ".js", ".kt", ".php", ".py", ".rb", ".rs",
    ".ts",
];

impl Scan<'_> {
    pub(super) fn mark(&mut self, unit: Unit) {
        let at = self.at;
        self.at += unit.len;
        self.is_behind_escape = false;
        if !unit.byte.is_ascii_whitespace()
            && !is_quote(unit.byte)
            && !matches!(unit.byte, ESCAPE | b'\\')
        {
            self.last = unit.byte;
        }
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
                    self.mask_text(value, REDACTED);
                    self.at = closed + 1;
                }
            }
            // They may stand between a key and its separator.
            b'\\' | b'[' | b']' | b')' | ESCAPE => {}
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
            b';' | b'|' | b'&' => {
                self.tool = None;
                self.key = None;
            }
            _ => self.key = None,
        }
    }

    pub(super) fn begin_line(&mut self) {
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
                self.last = PATH;
                return;
            }
            if let Some((b'/', second)) = next
                && let Some((b'/', start)) = byte_at(second)
            {
                let form = unit(self.bytes, second).map_or(separator.form, |slash| slash.form);
                return self.credentials(start, form);
            }
            self.tool = None;
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
            is_path: false,
            before: None,
        });
        let name = self.slice(key.start..key.end);
        let hint = Hint {
            key: name,
            is_quoted: key.opener.is_some(),
            form: separator.form,
            within: self.within,
            indent: self.indent,
            enclosed: self.enclosed(key, at),
        };
        let field = self.message.field(name, key.end);
        let is_signature = self.within != Within::Text && self.is_signature(key);
        let is_secret = is_row
            || key.is_index_of_secret
            || is_signature
            || field == Some(Field::Values)
            || (self.names_secret(key)
                && !(separator.byte == b':'
                    && (self.is_place(key)
                        || is_token(self.bytes, at)
                        || prose::reads_on(name, self.bytes, at))));
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

    /// The quote before the key of `"KEY=value"`.
    fn enclosed(&self, key: Key, separator: usize) -> Option<u8> {
        let quote = *self.bytes.get(key.start.checked_sub(1)?)?;
        (is_quote(quote) && key.end == separator).then_some(quote)
    }

    /// Whether the key is the target of a log line, the path of a request, or the
    /// place of something in a source, before `: ` or `:45`.
    fn is_place(&self, key: Key) -> bool {
        let word = self.slice(key.start..key.end);
        let is_source = SOURCES.iter().any(|end| word.ends_with(end.as_bytes()));
        let follows = self.bytes.get(key.end + 1);
        (key.is_path && key.opener.is_none() && follows.is_none_or(u8::is_ascii_whitespace))
            || (is_source && follows.is_some_and(u8::is_ascii_digit))
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
        if is_flag || opener == b'(' || is_pair {
            self.mask_value(&value);
        }
    }

    /// `Password("X")`
    fn parenthesis(&mut self) {
        let key = self.key.take().filter(|key| key.end + 1 == self.at);
        let wrapped = [&b"Some("[..], b"String(", b"Ok("]
            .into_iter()
            .find_map(|wrapper| {
                let rest = self.bytes.get(self.at..)?;
                rest.starts_with(wrapper).then_some(self.at + wrapper.len())
            });
        if let Some(key) = key
            && self.names_secret(key)
            && let Some(value) = value::quoted(self.bytes, wrapped.unwrap_or(self.at))
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
}
