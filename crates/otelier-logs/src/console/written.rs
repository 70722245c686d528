//! What a line is written to.

use std::fmt;

use crate::nesting::Kept;

/// A text that is only ever handed out as bytes, so that nobody has to check that what
/// is made of digits is one.
#[derive(Debug, Default)]
pub(super) struct Written(Vec<u8>);

impl Written {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    #[inline]
    pub(super) fn push_str(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    #[inline]
    pub(super) fn push(&mut self, c: char) {
        match u8::try_from(c) {
            Ok(byte) if byte.is_ascii() => self.0.push(byte),
            _ => self.push_str(c.encode_utf8(&mut [0; 4])),
        }
    }

    /// Writes characters of ASCII.
    #[inline]
    pub(super) fn push_ascii(&mut self, ascii: &[u8]) {
        self.0.extend_from_slice(ascii);
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Write for Written {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text);
        Ok(())
    }
}

impl Kept for Written {
    fn capacity(&self) -> usize {
        self.0.capacity()
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}
