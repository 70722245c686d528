//! OTLP as JSON: the mapping of protobuf, with ids as hexadecimal digits and
//! enumerations as numbers.

use std::fmt::{self, Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use opentelemetry::trace::{SpanContext, TraceState};

use super::{
    attribute::KEY,
    buffer::{Buffer, Open},
    form::{Field, Form},
};

/// A comma is written before what does not stand behind an opening bracket, which
/// the last byte tells: no text ends with one outside of its quotes.
pub(super) struct Json(Buffer);

const OPENING: [u8; 2] = [b'{', b'['];
const DIGITS: &[u8; 16] = b"0123456789abcdef";

impl From<Buffer> for Json {
    fn from(buffer: Buffer) -> Self {
        Self(buffer)
    }
}

impl From<Json> for Buffer {
    fn from(Json(buffer): Json) -> Self {
        buffer
    }
}

impl fmt::Write for Json {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.raw(text.as_bytes());
        Ok(())
    }
}

impl Json {
    fn separate(&mut self) {
        if self.0.last().is_some_and(|last| !OPENING.contains(&last)) {
            self.0.byte(b',');
        }
    }

    fn name(&mut self, name: &str) {
        self.separate();
        self.0.byte(b'"');
        self.0.raw(name.as_bytes());
        self.0.put(*b"\":");
    }

    /// Cannot fail: there is always room.
    fn display(&mut self, value: fmt::Arguments<'_>) {
        self.write_fmt(value).ok();
    }

    fn quoted(&mut self, text: &str) {
        self.0.byte(b'"');
        let mut rest = text.as_bytes();
        let is_special = |byte: &u8| matches!(byte, 0..=0x1f | b'"' | b'\\');
        while let Some(at) = rest.iter().position(is_special) {
            let (plain, special) = rest.split_at(at);
            self.0.raw(plain);
            let Some((byte, after)) = special.split_first() else {
                break;
            };
            match byte {
                b'"' => self.0.put(*b"\\\""),
                b'\\' => self.0.put(*b"\\\\"),
                b'\n' => self.0.put(*b"\\n"),
                byte => self.display(format_args!("\\u{byte:04x}")),
            }
            rest = after;
        }
        self.0.raw(rest);
        self.0.byte(b'"');
    }

    /// Numbers that JSON has not are texts, as in protobuf's mapping.
    fn float(&mut self, value: f64) {
        match value {
            value if value.is_nan() => self.0.raw(b"\"NaN\""),
            f64::INFINITY => self.0.raw(b"\"Infinity\""),
            f64::NEG_INFINITY => self.0.raw(b"\"-Infinity\""),
            value => self.display(format_args!("{value:?}")),
        }
    }

    fn digits(&mut self, mut value: u64) {
        let mut digits = [0; 20];
        let mut len = 0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (value % 10).to_le_bytes()[0];
            len += 1;
            value /= 10;
            if value == 0 {
                break;
            }
        }
        self.0
            .raw(digits.get(digits.len() - len..).unwrap_or_default());
    }

    fn signed(&mut self, value: i64) {
        if value < 0 {
            self.0.byte(b'-');
        }
        self.digits(value.unsigned_abs());
    }

    /// What JavaScript could not hold as a number.
    fn wide(&mut self, value: u64) {
        self.0.byte(b'"');
        self.digits(value);
        self.0.byte(b'"');
    }

    fn each<T>(
        &mut self,
        field: Field,
        list: impl Iterator<Item = T>,
        write: impl Fn(&mut Self, T),
    ) {
        self.name(field.name);
        self.0.byte(b'[');
        for item in list {
            self.separate();
            write(self, item);
        }
        self.0.byte(b']');
    }
}

impl Form for Json {
    /// `]}]}]}`
    const AROUND: usize = 8;
    /// `],"aggregationTemporality":2,"isMonotonic":true}}`
    const AROUND_POINTS: usize = 56;
    /// `\u0000`
    const WIDEST: usize = 6;

    fn buffer(&mut self) -> &mut Buffer {
        &mut self.0
    }

    fn begin(&mut self) {
        self.0.byte(b'{');
    }

    fn end(&mut self) {
        self.0.byte(b'}');
    }

    fn open(&mut self, field: Field, _: usize) -> Open {
        self.name(field.name);
        self.0.byte(b'{');
        Open::default()
    }

    fn close(&mut self, _: Open) {
        self.0.byte(b'}');
    }

    fn empty(&mut self, field: Field) {
        self.name(field.name);
        self.0.put(*b"{}");
    }

    fn list(&mut self, field: Field) {
        self.name(field.name);
        self.0.byte(b'[');
    }

    fn end_list(&mut self) {
        self.0.byte(b']');
    }

    fn item(&mut self, _: Field, _: usize) -> Open {
        self.separate();
        self.0.byte(b'{');
        Open::default()
    }

    fn append(&mut self, item: &[u8]) {
        self.separate();
        self.0.raw(item.strip_prefix(b",").unwrap_or(item));
    }

    fn text(&mut self, field: Field, text: &str) {
        if !text.is_empty() {
            self.string(field, text);
        }
    }

    fn short_text(&mut self, field: Field, text: &str) {
        self.text(field, text);
    }

    fn string(&mut self, field: Field, text: &str) {
        self.name(field.name);
        self.quoted(text);
    }

    fn trace_state(&mut self, field: Field, state: &TraceState) {
        self.text(field, &state.header());
    }

    fn blob(&mut self, field: Field, bytes: &[u8]) {
        self.string(field, &BASE64.encode(bytes));
    }

    fn id<const N: usize>(&mut self, field: Field, id: [u8; N]) {
        self.name(field.name);
        self.0.byte(b'"');
        for byte in id {
            let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or(b'0');
            self.0.put([digit(byte >> 4), digit(byte & 15)]);
        }
        self.0.byte(b'"');
    }

    fn ids(&mut self, trace: Field, span: Field, context: &SpanContext) {
        self.id(trace, context.trace_id().to_bytes());
        self.id(span, context.span_id().to_bytes());
    }

    fn number(&mut self, field: Field, value: u32) {
        if value != 0 {
            self.fixed32(field, value);
        }
    }

    fn code(&mut self, field: Field, value: u8) {
        self.fixed32(field, value.into());
    }

    fn truth(&mut self, field: Field, value: bool) {
        self.name(field.name);
        let text = if value { "true" } else { "false" };
        self.0.raw(text.as_bytes());
    }

    fn int(&mut self, field: Field, value: i64) {
        self.name(field.name);
        self.0.byte(b'"');
        self.signed(value);
        self.0.byte(b'"');
    }

    fn double(&mut self, field: Field, value: f64) {
        self.name(field.name);
        self.float(value);
    }

    fn fixed32(&mut self, field: Field, value: u32) {
        self.name(field.name);
        self.digits(value.into());
    }

    fn sfixed64(&mut self, field: Field, value: i64) {
        self.int(field, value);
    }

    fn fixed64(&mut self, field: Field, value: u64) {
        if value != 0 {
            self.name(field.name);
            self.wide(value);
        }
    }

    fn sint(&mut self, field: Field, value: i32) {
        if value != 0 {
            self.name(field.name);
            self.signed(value.into());
        }
    }

    fn span_flags(&mut self, flags: u32) {
        self.name("flags");
        self.digits(flags.into());
    }

    fn fixed64s(&mut self, field: Field, list: impl Iterator<Item = u64>) {
        self.each(field, list, Self::wide);
    }

    fn doubles(&mut self, field: Field, list: impl Iterator<Item = f64>) {
        self.each(field, list, Self::float);
    }

    fn varints(&mut self, field: Field, list: impl Iterator<Item = u64>) {
        self.each(field, list, Self::wide);
    }

    fn string_pair(&mut self, list: Field, key: &str, text: &str) {
        let _ = self.item(list, 0);
        self.key(key);
        self.0.raw(b",\"value\":{\"stringValue\":");
        self.quoted(text);
        self.0.put(*b"}}");
    }

    fn int_pair(&mut self, list: Field, key: &str, number: i64) {
        let _ = self.item(list, 0);
        self.key(key);
        self.0.raw(b",\"value\":{\"intValue\":\"");
        self.signed(number);
        self.0.put(*b"\"}}");
    }

    fn key(&mut self, key: &str) {
        self.string(KEY, key);
    }
}
