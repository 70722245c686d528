//! Top-level fields of a JSON object of which perhaps only the start is known.

use opentelemetry::{KeyValue, Value};
use otelier_core::{REDACTED, is_secret, redact_start, shorten};

use super::listed::{Listed, MAX_BYTES};

/// Values that nest deeper are not recorded, nor is what follows them.
const MAX_DEPTH: usize = 32;

/// The attributes of the wanted fields. What is malformed or cut off ends the
/// search; what was found until then counts.
pub(super) fn fields(text: &[u8], wanted: &[Listed<String>]) -> Vec<KeyValue> {
    let mut found = Vec::new();
    Reader(text).members(|reader| {
        let name = unescaped(reader.name()?);
        let field = wanted.iter().find(|field| field.name == name);
        let (value, is_whole) = reader.value();
        if let (Some(field), Some(value)) = (field, value) {
            let value = if field.is_secret {
                REDACTED.into()
            } else {
                value
            };
            found.push(KeyValue::new(field.key.clone(), value));
        }
        is_whole.then_some(())
    });
    found
}

/// What is left of the text.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn peek(&mut self) -> Option<u8> {
        self.0 = self.0.trim_ascii_start();
        self.0.first().copied()
    }

    /// Skips white space and one byte, if it is that one.
    fn skip(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.0 = self.0.get(1..).unwrap_or_default())
    }

    /// Reads an object or array, `None` where it does not end.
    fn members(&mut self, mut member: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let close = match self.peek()? {
            b'{' => b'}',
            _ => b']',
        };
        self.skip(close - 2)?;
        if self.skip(close).is_some() {
            return Some(());
        }
        loop {
            member(self)?;
            if self.skip(close).is_some() {
                return Some(());
            }
            self.skip(b',')?;
        }
    }

    /// What stands between two quotes, and whether the second one is there.
    fn string(&mut self) -> Option<(&'a [u8], bool)> {
        self.skip(b'"')?;
        let mut is_escaped = false;
        let end = self.0.iter().position(|byte| {
            let ends = *byte == b'"' && !is_escaped;
            is_escaped = *byte == b'\\' && !is_escaped;
            ends
        });
        let (raw, rest) = self.0.split_at_checked(end.unwrap_or(self.0.len()))?;
        self.0 = rest.get(1..).unwrap_or_default();
        Some((raw, end.is_some()))
    }

    /// The name of a member.
    fn name(&mut self) -> Option<&'a [u8]> {
        let (name, true) = self.string()? else {
            return None;
        };
        self.skip(b':')?;
        Some(name)
    }

    fn word(&mut self) -> &'a str {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b",}]:{[\"".contains(byte);
        let end = self.0.iter().position(ends).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at_checked(end).unwrap_or_default();
        self.0 = rest;
        str::from_utf8(word).unwrap_or_default()
    }

    /// A value, `None` if it is null or cannot be told, and whether the text
    /// goes on behind it.
    fn value(&mut self) -> (Option<Value>, bool) {
        if let Some((raw, is_whole)) = self.string() {
            let meant = unescaped(raw);
            let value = match is_whole {
                true => text(&meant),
                false => text(&redact_start(&meant)),
            };
            return (Some(value), is_whole);
        }
        let mut copy = String::new();
        // A number at the very end may go on, and without the end of a list it
        // cannot be told what is a secret in it.
        let is_whole = self.copy(&mut copy, MAX_DEPTH).is_some() && !self.0.is_empty();
        let value = match &*copy {
            _ if !is_whole => None,
            "true" => Some(true.into()),
            "false" => Some(false.into()),
            copy if copy.starts_with(['{', '[']) => Some(text(copy)),
            word => match (word.parse::<i64>(), word.parse::<f64>()) {
                (Ok(whole), _) => Some(whole.into()),
                (_, Ok(number)) if number.is_finite() => Some(number.into()),
                _ => None,
            },
        };
        (value, is_whole)
    }

    /// Copies a value without white space and secrets, `None` if it has no end.
    fn copy(&mut self, copy: &mut String, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match self.peek()? {
            b'"' => {
                let (raw, is_whole) = self.string()?;
                copy.extend(["\"", &String::from_utf8_lossy(raw), "\""]);
                is_whole.then_some(())
            }
            open @ (b'{' | b'[') => {
                copy.push(char::from(open));
                let mut comma = "";
                self.members(|reader| {
                    copy.push_str(comma);
                    comma = ",";
                    if open == b'{' {
                        let name = reader.name()?;
                        copy.extend(["\"", &String::from_utf8_lossy(name), "\":"]);
                        if is_secret(&unescaped(name)) {
                            copy.extend(["\"", REDACTED, "\""]);
                            return reader.copy(&mut String::new(), depth);
                        }
                    }
                    reader.copy(copy, depth)
                })?;
                copy.push(char::from(open + 2));
                Some(())
            }
            _ => {
                let word = self.word();
                copy.push_str(word);
                (!word.is_empty()).then_some(())
            }
        }
    }
}

fn text(text: &str) -> Value {
    shorten(text, MAX_BYTES).into_owned().into()
}

/// Undoes escapes; halves of surrogate pairs that stand alone are lost.
fn unescaped(raw: &[u8]) -> String {
    let raw = String::from_utf8_lossy(raw);
    let mut units = Vec::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(next) = chars.next() {
        let escape = if next == '\\' { chars.next() } else { None };
        let meant = match escape {
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xfffd));
                continue;
            }
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some(other) => other,
            None if next == '\\' => break,
            None => next,
        };
        units.extend_from_slice(meant.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16_lossy(&units)
}
