//! Text that cannot break out of its line.

use std::fmt::{self, Write};

use super::written::Written;

/// Writes text for people: what would move a terminal's cursor, or look like the end of the line, is escaped.
pub(super) struct Plain<'a>(pub(super) &'a mut Written);

impl Write for Plain<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // 0xC2 begins the control characters above ASCII, 0xD8 and 0xE2 those that lay lines out.
        let is_harmless = |byte| byte >= 0x20 && !matches!(byte, 0x7f | 0xc2 | 0xd8 | 0xe2);
        if is_clean(text.as_bytes()) || text.bytes().all(is_harmless) {
            self.0.push_str(text);
        } else {
            for c in text.chars() {
                match c {
                    '\n' => self.0.push_str("\\n"),
                    '\r' => self.0.push_str("\\r"),
                    '\t' => self.0.push_str("\\t"),
                    c if is_unsafe(c) => write!(self.0, "{}", c.escape_unicode())?,
                    c => self.0.push(c),
                }
            }
        }
        Ok(())
    }
}

/// Writes text between the quotes of a JSON string. What a terminal or a viewer of lines would act on is escaped, too,
/// as JSON allows it.
pub(super) struct Json<'a>(pub(super) &'a mut Written);

impl Write for Json<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if is_clean(text.as_bytes()) {
            self.0.push_str(text);
            return Ok(());
        }
        self.write_escaped(text)
    }
}

impl Json<'_> {
    #[inline(never)]
    fn write_escaped(&mut self, text: &str) -> fmt::Result {
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

/// Bytes that are looked at together.
const CHUNK: usize = 16;

/// Whether a text is of ASCII, and nobody escapes any of it.
fn is_clean(text: &[u8]) -> bool {
    let (chunks, _) = text.as_chunks();
    if let Some(last) = text.last_chunk() {
        return chunks.iter().all(is_clean_chunk) && is_clean_chunk(last);
    }
    let mut chunk = [b' '; CHUNK];
    if let Some(start) = chunk.get_mut(..text.len()) {
        start.copy_from_slice(text);
    }
    is_clean_chunk(&chunk)
}

/// By itself, as the compiler takes all bytes at once then.
#[inline(never)]
fn is_clean_chunk(chunk: &[u8; CHUNK]) -> bool {
    let is_clean = |byte: u8| (0x20..0x7f).contains(&byte) & (byte != b'"') & (byte != b'\\');
    chunk.iter().fold(true, |all, byte| all & is_clean(*byte))
}

/// Whether a character takes part in the layout of lines instead of being shown.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
