//! What stands between words: separators, brackets, ends of lines.

use super::named::{is_namer, is_value};
use super::oauth::BESIDE;
use super::{ESCAPES, Key, PATH, Scan};
use crate::redact::bare::{Within, ends_url};
use crate::redact::database::{Field, is_token, row};
use crate::redact::login::login;
use crate::redact::masked::{CREDENTIALS, REDACTED};
use crate::redact::prose;
use crate::redact::tokens::{self, is_encoded_login};
use crate::redact::unit::{ESCAPE, Form, Unit, count, is_quote, unit};
use crate::redact::value::{self, Hint};

/// How names of files end of which something is said.
const FILES: [&str; 7] = [".conf", ".html", ".json", ".toml", ".txt", ".yaml", ".yml"];

/// How long user, password and host of a URL without a scheme are.
const AUTHORITY: usize = 256;

/// How long a field is that has no name.
const FIELD: usize = 64;

/// What the arguments of a program are called that is named before them.
const ARGUMENTS: [&[u8]; 3] = [b"args", b"arguments", b"argv"];

/// How names of sources end.
const SOURCES: [&str; 14] = [
    ".c", ".cc", ".cpp", ".cs", ".go", ".h", ".java", ".js", ".kt", ".php", ".py", ".rb", ".rs",
    ".ts",
];

/// How much is looked at of a login in base64.
const LOGIN: usize = 160;

/// What says that an object is a key of the web.
const WEB_KEY: &[u8] = b"kty";

/// Whether a key that is secret in queries is so everywhere: as nobody else has its name.
fn is_telling(name: &[u8]) -> bool {
    name.len() > 8 && !matches!(name, b"AWSAccessKeyId" | b"Signature" | b"assertion")
}

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
                if at < self.named
                    && let Some(field) = self.form_field(at)
                {
                    self.mask(field, REDACTED);
                }
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
            b'\\' | b'[' | b']' | b')' | b'*' | ESCAPE => {}
            // A blank, encoded.
            b'+' if self.within != Within::Text => {}
            b':' if let Some(secret) = self.numbered(at) => self.mask(secret, REDACTED),
            b'=' | b':' => self.separator(at, unit),
            // `//ann:X@host`
            b'/' if self.slice(at.saturating_sub(1)..at + 2).ends_with(b"//") => {
                self.key = None;
                self.authority(at + 2);
            }
            b'$' if let Some(len) = tokens::hash(self.slice(at..self.bytes.len())) => {
                self.mask(at..at + len, REDACTED);
            }
            b'@' if let Some(login) = login(self.bytes, at) => self.mask(login, CREDENTIALS),
            b',' => self.comma(at),
            b'(' | b'{' if let Some(row) = row(self.bytes, at) => self.mask(row, REDACTED),
            b'(' => self.parenthesis(),
            b'>' => self.tag(at),
            // They compare a column, or a variable, with a value.
            b'!' if self.bytes.get(self.at) == Some(&b'=') => {}
            b'<' if self.bytes.get(self.at) == Some(&b'>') => {
                self.at += 1;
                self.separator(at + 1, Unit { byte: b'>', ..unit });
            }
            b'?' => {
                if self.within == Within::Text {
                    self.within = Within::Query;
                }
                self.key = None;
            }
            b'{' => {
                self.message.brace(self.bytes, at);
                self.note_type(at);
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
            // Behind two colons LDIF has base64, and a path its next name.
            if let Some((b':', end)) = next
                && (self.bytes.get(end) != Some(&b' ') || key.is_some_and(|key| key.is_path))
            {
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
            let is_of_tool = |key: &Key| ARGUMENTS.contains(&self.slice(key.start..key.end));
            if !key.as_ref().is_some_and(is_of_tool) {
                self.tool = None;
            }
            self.message.colon(self.bytes, at);
        }
        // So databases tell the values of columns: `(email)=(ann@shop.example)`.
        let is_row = self.slice(at.saturating_sub(1)..at + 2) == b")=(";
        let is_assigned = separator.byte == b'=' && at < self.assigned;
        if key.is_none() && !is_row && !is_assigned {
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
        let is_in_query = self.within != Within::Text
            || self.slice(key.start.saturating_sub(1)..key.start) == b"&";
        let is_signature = (is_in_query || is_telling(name)) && self.is_signature(key);
        let is_named = at < self.named && is_value(name);
        let is_secret = is_row
            || is_named
            || is_assigned
            || key.is_index_of_secret
            || is_signature
            || self.is_of_web_key(key)
            || field == Some(Field::Values)
            || (self.names_secret(key)
                && !(separator.byte == b':'
                    && (self.is_place(key, at)
                        || is_token(self.bytes, at)
                        || prose::reads_on(name, self.bytes, at))));
        if separator.byte == b':'
            && let Some(secret) = self.spoken(key, at)
        {
            self.mask(secret, REDACTED);
        } else if is_secret {
            if let Some(mut value) = value::behind(self.bytes, at, hint) {
                if self.slice(key.start.saturating_sub(1)..key.start) == b";" {
                    value.range.end = self.setting_end(value.range.end);
                }
                self.mask_value(&value);
            }
            if is_named {
                self.named = 0;
            }
            if is_assigned {
                self.assigned = 0;
            }
        } else if is_namer(name) {
            self.note_name(at, hint);
        } else if field == Some(Field::Message) {
            if let Some(message) = value::behind(self.bytes, at, hint) {
                self.message.begin(message.range);
            }
        } else if matches!(name, b"auth" | b"_auth") {
            // What is looked at here may be looked at again.
            if let Some(start) = value::behind(self.slice(0..at + LOGIN), at, hint)
                && is_encoded_login(self.slice(start.range))
                && let Some(login) = value::behind(self.bytes, at, hint)
            {
                self.mask_value(&login);
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

    /// The end of a setting with blanks, where others follow: `;Password=a b;`.
    fn setting_end(&self, end: usize) -> usize {
        let rest = self.slice(end..end + FIELD);
        let len = rest
            .iter()
            .position(|byte| is_quote(*byte) || b";,:\n".contains(byte));
        match (rest, len) {
            ([b' ', ..], Some(len)) if rest.get(len) == Some(&b';') => end + len,
            _ => end,
        }
    }

    /// The credentials of a URL without a scheme, where there is a password.
    fn authority(&mut self, start: usize) {
        let reach = self.slice(start..start + AUTHORITY);
        let end = reach
            .iter()
            .position(|byte| ends_url(*byte) || b"/?#,".contains(byte));
        let authority = reach.get(..end.unwrap_or(reach.len())).unwrap_or_default();
        let host = authority.iter().rposition(|byte| *byte == b'@');
        let credentials = authority.get(..host.unwrap_or(0)).unwrap_or_default();
        if credentials.contains(&b':') {
            self.credentials(start, Form::Plain);
        }
    }

    /// The quote before the key of `"KEY=value"`, and its escapes.
    fn enclosed(&self, key: Key, separator: usize) -> Option<(u8, usize)> {
        let at = key.start.checked_sub(1)?;
        let quote = *self.bytes.get(at)?;
        let before = self.slice(at.saturating_sub(ESCAPES)..at).iter().rev();
        let escapes = before.take_while(|byte| **byte == b'\\').count();
        (is_quote(quote) && key.end == separator).then_some((quote, escapes))
    }

    /// Whether the key is the target of a log line, the path of a request, or the
    /// place of something in a source, before `: ` or `:45`.
    fn is_place(&self, key: Key, separator: usize) -> bool {
        let word = self.slice(key.start..key.end);
        let ends = |ends: &[&str]| ends.iter().any(|end| word.ends_with(end.as_bytes()));
        let behind = self.bytes.get(separator + 1);
        let is_path = key.is_path && key.opener.is_none();
        (is_path && key.end == separator && behind.is_none_or(u8::is_ascii_whitespace))
            || ((is_path || ends(&FILES)) && prose::says(self.bytes, separator))
            || (ends(&SOURCES) && behind.is_some_and(u8::is_ascii_digit))
    }

    /// Whether it is a part of a private key as JSON has it, RFC 7517 and 7518: `"d"` where a
    /// `"kty"` is.
    fn is_of_web_key(&mut self, key: Key) -> bool {
        let name = self.slice(key.start..key.end);
        let is_part = matches!(name, b"d" | b"dp" | b"dq" | b"k" | b"p" | b"q" | b"qi");
        is_part && key.opener.is_some() && {
            let bytes = self.bytes;
            let has_kty = self.has_web_key.get_or_insert_with(|| {
                bytes.windows(WEB_KEY.len()).any(|window| window == WEB_KEY)
            });
            *has_kty
        }
    }
}
