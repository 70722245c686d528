//! Writes JSON as it goes, into a bounded piece of memory or on to a file.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::{fmt::Display, io};

/// What waits at most before it goes on to a file.
const PIECE: usize = 64 << 10;

/// Where JSON is written to.
pub(crate) struct Writer<'w> {
    out: Vec<u8>,
    /// More than this is not kept: then the writer is full, and what it holds is no JSON.
    limit: usize,
    full: bool,
    onward: Option<&'w mut (dyn io::Write + Send)>,
    error: Option<io::Error>,
}

impl<'w> Writer<'w> {
    /// Keeps what is written, up to so many bytes.
    pub(crate) const fn bounded(limit: usize) -> Self {
        Self {
            out: Vec::new(),
            limit,
            full: false,
            onward: None,
            error: None,
        }
    }

    /// Hands on what is written, in pieces.
    pub(crate) fn to(onward: &'w mut (dyn io::Write + Send)) -> Self {
        Self {
            onward: Some(onward),
            ..Self::bounded(usize::MAX)
        }
    }

    pub(crate) fn raw(&mut self, text: &str) {
        if text.len() > self.limit.saturating_sub(self.out.len()) {
            self.full = true;
        }
        if self.full {
            return;
        }
        self.out.extend_from_slice(text.as_bytes());
        if self.out.len() >= PIECE && self.onward.is_some() {
            self.pass_on();
        }
    }

    fn pass_on(&mut self) {
        if let (Some(onward), None) = (&mut self.onward, &self.error) {
            self.error = onward.write_all(&self.out).err();
        }
        self.out.clear();
    }

    /// Text in quotation marks.
    pub(crate) fn text(&mut self, text: &str) {
        self.raw("\"");
        let mut plain = 0;
        for (at, byte) in text.bytes().enumerate() {
            let escape = match byte {
                b'"' => "\\\"",
                b'\\' => "\\\\",
                b'\n' => "\\n",
                b'\r' => "\\r",
                b'\t' => "\\t",
                0..0x20 => "",
                _ => continue,
            };
            self.raw(text.get(plain..at).unwrap_or_default());
            if escape.is_empty() {
                self.raw(&format!("\\u{byte:04x}"));
            } else {
                self.raw(escape);
            }
            plain = at + 1;
            if self.full {
                return;
            }
        }
        self.raw(text.get(plain..).unwrap_or_default());
        self.raw("\"");
    }

    pub(crate) fn number(&mut self, number: impl Display) {
        self.raw(&number.to_string());
    }

    /// A number, or the name that protobuf's JSON mapping has for what is none.
    pub(crate) fn double(&mut self, number: f64) {
        match serde_json::to_string(&number) {
            Ok(text) if number.is_finite() => self.raw(&text),
            _ if number.is_nan() => self.raw("\"NaN\""),
            _ if number > 0.0 => self.raw("\"Infinity\""),
            _ => self.raw("\"-Infinity\""),
        }
    }

    pub(crate) fn base64(&mut self, bytes: &[u8]) {
        self.raw("\"");
        // A multiple of three, so that no piece but the last is padded.
        for piece in bytes.chunks(3 << 10) {
            self.raw(&STANDARD.encode(piece));
        }
        self.raw("\"");
    }

    pub(crate) fn object(&mut self, write: impl FnOnce(&mut Object<'_, 'w>)) {
        self.raw("{");
        write(&mut Object {
            to: self,
            begun: false,
        });
        self.raw("}");
    }

    /// An array, as far as there is room for it.
    pub(crate) fn array<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        write: impl Fn(&mut Self, T),
    ) {
        self.raw("[");
        for (at, item) in items.into_iter().enumerate() {
            if self.full || self.error.is_some() {
                return;
            }
            if at > 0 {
                self.raw(",");
            }
            write(self, item);
        }
        self.raw("]");
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.full
    }

    /// Writes fields of an object that is open already, and may have others.
    pub(crate) fn fields(&mut self, begun: bool, write: impl FnOnce(&mut Object<'_, 'w>)) {
        write(&mut Object { to: self, begun });
    }

    /// A place to go back to.
    pub(crate) const fn mark(&self) -> usize {
        self.out.len()
    }

    /// Forgets what was written since.
    pub(crate) fn rewind(&mut self, mark: usize) {
        self.out.truncate(mark);
        self.full = false;
    }

    /// Hands on what still waits.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.pass_on();
        self.error.map_or(Ok(()), Err)
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// What was written, cut off where there was no more room.
    pub(crate) fn into_text(self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }
}

/// An object under construction.
pub(crate) struct Object<'a, 'w> {
    to: &'a mut Writer<'w>,
    begun: bool,
}

impl<'w> Object<'_, 'w> {
    /// Begins a field.
    pub(crate) fn key(&mut self, key: &str) -> &mut Writer<'w> {
        if self.begun {
            self.to.raw(",");
        }
        self.begun = true;
        self.to.text(key);
        self.to.raw(":");
        self.to
    }

    pub(crate) fn text(&mut self, key: &str, text: &str) {
        self.key(key).text(text);
    }

    pub(crate) fn number(&mut self, key: &str, number: impl Display) {
        self.key(key).number(number);
    }

    pub(crate) fn boolean(&mut self, key: &str, value: bool) {
        self.key(key).raw(if value { "true" } else { "false" });
    }

    /// A number in quotation marks, as 64 bits need.
    pub(crate) fn quoted(&mut self, key: &str, number: impl Display) {
        self.text(key, &number.to_string());
    }

    pub(crate) fn double(&mut self, key: &str, number: f64) {
        self.key(key).double(number);
    }

    /// Writes what there is, or a null.
    pub(crate) fn or_null<T>(
        &mut self,
        key: &str,
        value: Option<T>,
        write: impl FnOnce(&mut Writer<'w>, T),
    ) {
        let to = self.key(key);
        match value {
            Some(value) => write(to, value),
            None => to.raw("null"),
        }
    }

    pub(crate) fn text_or_null(&mut self, key: &str, text: Option<impl AsRef<str>>) {
        self.or_null(key, text, |to, text| to.text(text.as_ref()));
    }

    pub(crate) fn number_or_null(&mut self, key: &str, number: Option<impl Display>) {
        self.or_null(key, number, Writer::number);
    }

    pub(crate) fn quoted_or_null(&mut self, key: &str, number: Option<impl Display>) {
        self.or_null(key, number, |to, number| to.text(&number.to_string()));
    }

    pub(crate) fn double_or_null(&mut self, key: &str, number: Option<f64>) {
        self.or_null(key, number, Writer::double);
    }

    pub(crate) fn object(&mut self, key: &str, write: impl FnOnce(&mut Object<'_, 'w>)) {
        self.key(key).object(write);
    }

    pub(crate) fn array<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        write: impl Fn(&mut Writer<'w>, T),
    ) {
        self.key(key).array(items, write);
    }
}
