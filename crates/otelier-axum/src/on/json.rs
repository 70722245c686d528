//! Top-level fields of a JSON object of which perhaps only the start is known.

use opentelemetry::{Key, KeyValue, Value};
use otelier_core::{REDACTED, is_secret, shorten};

use super::{config::Named, request::MAX_BYTES};

/// Values that nest deeper are not recorded, nor is what follows them.
const MAX_DEPTH: usize = 32;

/// The attributes of the wanted fields. What is malformed or cut off ends the
/// search; what was found until then counts.
pub(super) fn fields(text: &[u8], wanted: &[Named<String>]) -> Vec<KeyValue> {
    let mut found = Vec::new();
    let mut reader = Reader(text);
    if !reader.skip(b'{') {
        return found;
    }
    while let Some(name) = reader.string() {
        if !reader.skip(b':') {
            break;
        }
        let field = wanted.iter().find(|field| field.name == name);
        let (value, complete) = reader.value();
        if let (Some(field), Some(value)) = (field, value) {
            let value = if field.secret { REDACTED.into() } else { value };
            found.push(KeyValue::new(Key::from(field.key.clone()), value));
        }
        if !complete || !reader.skip(b',') {
            break;
        }
    }
    found
}

/// What is left of the text.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        self.0 = self.0.trim_ascii_start();
        self.0.first().copied()
    }

    /// Skips white space and one byte, if it is that one.
    fn skip(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        if is_next {
            self.0 = self.0.get(1..).unwrap_or_default();
        }
        is_next
    }

    /// A string without its escapes, `None` if it does not end.
    fn string(&mut self) -> Option<String> {
        let (raw, complete) = self.raw_string()?;
        complete.then(|| unescaped(raw))
    }

    /// What stands between two quotes, and whether the second one is there.
    fn raw_string(&mut self) -> Option<(&[u8], bool)> {
        if !self.skip(b'"') {
            return None;
        }
        let mut escaped = false;
        let end = self.0.iter().position(|byte| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        });
        let (raw, rest) = self.0.split_at_checked(end.unwrap_or(self.0.len()))?;
        self.0 = rest.get(1..).unwrap_or_default();
        Some((raw, end.is_some()))
    }

    /// A value, `None` if it is null or cannot be told, and whether the text
    /// goes on behind it.
    fn value(&mut self) -> (Option<Value>, bool) {
        match self.peek() {
            Some(b'"') => match self.raw_string() {
                Some((raw, complete)) => {
                    let text = unescaped(raw);
                    (
                        Some(shorten(&text, MAX_BYTES).into_owned().into()),
                        complete,
                    )
                }
                None => (None, false),
            },
            Some(b'{' | b'[') => {
                let mut copy = String::new();
                let complete = self.copy(&mut copy, MAX_DEPTH).is_some();
                // Without its end it cannot be told what is a secret in it.
                let value = complete.then(|| shorten(&copy, MAX_BYTES).into_owned().into());
                (value, complete)
            }
            _ => {
                let word = self.word();
                // A number at the very end may go on.
                (scalar(word), !self.0.is_empty())
            }
        }
    }

    fn word(&mut self) -> &str {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b",}]:{[\"".contains(byte);
        let end = self.0.iter().position(ends).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at_checked(end).unwrap_or_default();
        self.0 = rest;
        str::from_utf8(word).unwrap_or_default()
    }

    /// Copies a value without white space and secrets, `None` if it has no end.
    fn copy(&mut self, copy: &mut String, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match self.peek()? {
            b'"' => {
                let (raw, complete) = self.raw_string()?;
                copy.extend(["\"", &String::from_utf8_lossy(raw), "\""]);
                complete.then_some(())
            }
            b'{' => self.copy_members(copy, b'{', b'}', |reader, copy| {
                let (raw, complete) = reader.raw_string()?;
                let name = complete.then(|| unescaped(raw))?;
                copy.extend(["\"", &String::from_utf8_lossy(raw), "\":"]);
                reader.skip(b':').then_some(())?;
                if is_secret(&name) {
                    reader.copy(&mut String::new(), depth)?;
                    copy.extend(["\"", REDACTED, "\""]);
                    Some(())
                } else {
                    reader.copy(copy, depth)
                }
            }),
            b'[' => self.copy_members(copy, b'[', b']', |reader, copy| reader.copy(copy, depth)),
            _ => {
                let word = self.word();
                if word.is_empty() {
                    return None;
                }
                copy.push_str(word);
                Some(())
            }
        }
    }

    fn copy_members(
        &mut self,
        copy: &mut String,
        open: u8,
        close: u8,
        mut member: impl FnMut(&mut Self, &mut String) -> Option<()>,
    ) -> Option<()> {
        self.skip(open).then_some(())?;
        copy.push(char::from(open));
        if self.skip(close) {
            copy.push(char::from(close));
            return Some(());
        }
        loop {
            member(self, copy)?;
            if self.skip(close) {
                copy.push(char::from(close));
                return Some(());
            }
            self.skip(b',').then_some(())?;
            copy.push(',');
        }
    }
}

fn scalar(word: &str) -> Option<Value> {
    match word {
        "true" => Some(true.into()),
        "false" => Some(false.into()),
        _ => match (word.parse::<i64>(), word.parse::<f64>()) {
            (Ok(whole), _) => Some(whole.into()),
            (_, Ok(number)) if number.is_finite() => Some(number.into()),
            _ => None,
        },
    }
}

/// Undoes escapes; halves of surrogate pairs that stand alone are lost.
fn unescaped(raw: &[u8]) -> String {
    let raw = String::from_utf8_lossy(raw);
    let mut text = String::with_capacity(raw.len());
    let mut units: Vec<u16> = Vec::new();
    let mut chars = raw.chars();
    while let Some(next) = chars.next() {
        let escape = if next == '\\' { chars.next() } else { None };
        if escape == Some('u') {
            let digits: String = chars.by_ref().take(4).collect();
            units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xfffd));
            continue;
        }
        text.extend(char::decode_utf16(units.drain(..)).map(|unit| unit.unwrap_or('\u{fffd}')));
        match escape {
            None if next == '\\' => {}
            None => text.push(next),
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some(other) => text.push(other),
        }
    }
    text.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')));
    text
}
