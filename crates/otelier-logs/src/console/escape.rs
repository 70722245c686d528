//! Text that cannot break out of its line.

use std::fmt::{self, Write};

/// Writes text for people: what would move a terminal's cursor, or look like the end of the line, is escaped.
pub(super) struct Plain<'a>(pub(super) &'a mut String);

impl Write for Plain<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // 0xC2 begins the control characters above ASCII, 0xD8 and 0xE2 those that lay lines out.
        let harmless = text
            .bytes()
            .all(|byte| byte >= 0x20 && !matches!(byte, 0x7f | 0xc2 | 0xd8 | 0xe2));
        if harmless {
            self.0.push_str(text);
        } else {
            for c in text.chars() {
                match c {
                    '\n' => self.0.push_str("\\n"),
                    '\r' => self.0.push_str("\\r"),
                    '\t' => self.0.push_str("\\t"),
                    c if is_unsafe(c) => self.0.extend(c.escape_unicode()),
                    c => self.0.push(c),
                }
            }
        }
        Ok(())
    }
}

/// Writes text between the quotes of a JSON string. What a terminal or a viewer of lines would act on is escaped, too,
/// as JSON allows it.
pub(super) struct Json<'a>(pub(super) &'a mut String);

impl Write for Json<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| {
            byte < 0x20 || matches!(byte, b'"' | b'\\' | 0x7f | 0xc2 | 0xd8 | 0xe2)
        }) {
            let (clean, tail) = rest.split_at(at);
            self.0.push_str(clean);
            let mut tail = tail.chars();
            match tail.next() {
                Some('"') => self.0.push_str("\\\""),
                Some('\\') => self.0.push_str("\\\\"),
                Some('\n') => self.0.push_str("\\n"),
                Some('\r') => self.0.push_str("\\r"),
                Some('\t') => self.0.push_str("\\t"),
                Some(c) if is_unsafe(c) => write!(self.0, "\\u{:04x}", u32::from(c))?,
                Some(c) => self.0.push(c),
                None => {}
            }
            rest = tail.as_str();
        }
        self.0.push_str(rest);
        Ok(())
    }
}

/// Whether a character takes part in the layout of lines instead of being shown.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes the last `digits` hexadecimal digits, in lower case.
pub(super) fn write_hex(text: &mut String, number: u128, digits: u32) {
    for place in (0..digits).rev() {
        let nibble = u32::try_from(number >> (place * 4) & 0xf).unwrap_or(0);
        text.push(char::from_digit(nibble, 16).unwrap_or('0'));
    }
}
