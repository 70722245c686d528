//! OTLP as protobuf.

use opentelemetry::trace::{SpanContext, TraceState};

use super::{
    attribute::{INT, KEY, STRING, VALUE},
    buffer::{Buffer, Open, bytes_len, varint_len},
    form::{Field, Form},
};

/// Writes fields in the order in which they are given, as prost does in that of
/// their numbers.
pub(super) struct Protobuf(Buffer);

impl From<Buffer> for Protobuf {
    fn from(buffer: Buffer) -> Self {
        Self(buffer)
    }
}

impl From<Protobuf> for Buffer {
    fn from(Protobuf(buffer): Protobuf) -> Self {
        buffer
    }
}

impl Form for Protobuf {
    /// Two lengths that are open take four bytes at most, where three are guessed.
    const AROUND: usize = 2;
    /// Two more, where two are guessed, and what stands behind the points.
    const AROUND_POINTS: usize = 8;
    const WIDEST: usize = 1;

    #[inline]
    fn buffer(&mut self) -> &mut Buffer {
        &mut self.0
    }

    fn begin(&mut self) {}

    fn end(&mut self) {}

    #[inline]
    fn open(&mut self, field: Field, width: usize) -> Open {
        self.0.open(field.key, width)
    }

    #[inline]
    fn close(&mut self, open: Open) {
        self.0.close(open);
    }

    #[inline]
    fn empty(&mut self, field: Field) {
        self.0.put([field.key, 0]);
    }

    #[inline]
    fn list(&mut self, _: Field) {}

    #[inline]
    fn end_list(&mut self) {}

    #[inline]
    fn item(&mut self, list: Field, width: usize) -> Open {
        self.0.open(list.key, width)
    }

    fn append(&mut self, item: &[u8]) {
        self.0.raw(item);
    }

    #[inline]
    fn text(&mut self, field: Field, text: &str) {
        self.0.text(field.key, text);
    }

    #[inline]
    fn short_text(&mut self, field: Field, text: &str) {
        self.0.short_text(field.key, text);
    }

    #[inline]
    fn string(&mut self, field: Field, text: &str) {
        self.0.bytes(field.key, text.as_bytes());
    }

    /// `a=1,b=2`
    #[inline]
    fn trace_state(&mut self, field: Field, state: &TraceState) {
        let members = || state.into_iter();
        let len: usize = members()
            .map(|(name, value)| name.len() + value.len() + 2)
            .sum();
        // There is no comma before the first; an empty one is left out.
        let Some(len @ 1..) = len.checked_sub(1) else {
            return;
        };
        let out = &mut self.0;
        out.byte(field.key);
        out.varint(len as u64);
        for (at, (name, value)) in members().enumerate() {
            if at > 0 {
                out.byte(b',');
            }
            out.raw(name.as_bytes());
            out.byte(b'=');
            out.raw(value.as_bytes());
        }
    }

    fn blob(&mut self, field: Field, bytes: &[u8]) {
        self.0.bytes(field.key, bytes);
    }

    #[inline]
    fn id<const N: usize>(&mut self, field: Field, id: [u8; N]) {
        self.0.put([field.key, N.to_le_bytes()[0]]);
        self.0.put(id);
    }

    #[inline]
    fn ids(&mut self, trace: Field, span: Field, context: &SpanContext) {
        let mut piece = [0; 28];
        let (first, second) = piece.split_at_mut(18);
        if let [key, len, id @ ..] = first {
            (*key, *len) = (trace.key, 16);
            id.copy_from_slice(&context.trace_id().to_bytes());
        }
        if let [key, len, id @ ..] = second {
            (*key, *len) = (span.key, 8);
            id.copy_from_slice(&context.span_id().to_bytes());
        }
        self.0.put(piece);
    }

    #[inline]
    fn number(&mut self, field: Field, value: u32) {
        self.0.number(field.key, u64::from(value));
    }

    #[inline]
    fn code(&mut self, field: Field, value: u8) {
        self.0.put([field.key, value]);
    }

    fn truth(&mut self, field: Field, value: bool) {
        self.0.put([field.key, u8::from(value)]);
    }

    fn int(&mut self, field: Field, value: i64) {
        self.0.byte(field.key);
        self.0.varint(value.cast_unsigned());
    }

    #[inline]
    fn double(&mut self, field: Field, value: f64) {
        self.0.eight(field.key, value.to_le_bytes());
    }

    #[inline]
    fn fixed32(&mut self, field: Field, value: u32) {
        let [a, b, c, d] = value.to_le_bytes();
        self.0.put([field.key, a, b, c, d]);
    }

    #[inline]
    fn sfixed64(&mut self, field: Field, value: i64) {
        self.0.eight(field.key, value.to_le_bytes());
    }

    #[inline]
    fn fixed64(&mut self, field: Field, value: u64) {
        if value != 0 {
            self.0.eight(field.key, value.to_le_bytes());
        }
    }

    fn sint(&mut self, field: Field, value: i32) {
        let zigzag = (value << 1) ^ (value >> 31);
        self.0.number(field.key, u64::from(zigzag.cast_unsigned()));
    }

    #[inline]
    fn span_flags(&mut self, flags: u32) {
        let [a, b, c, d] = flags.to_le_bytes();
        // The key of field 16 takes two bytes.
        self.0.put([0x85, 0x01, a, b, c, d]);
    }

    fn fixed64s(&mut self, field: Field, list: impl Iterator<Item = u64>) {
        packed(&mut self.0, field, list, 8, |out, item| {
            out.put(item.to_le_bytes());
        });
    }

    fn doubles(&mut self, field: Field, list: impl Iterator<Item = f64>) {
        packed(&mut self.0, field, list, 8, |out, item| {
            out.put(item.to_le_bytes());
        });
    }

    fn varints(&mut self, field: Field, list: impl Iterator<Item = u64>) {
        packed(&mut self.0, field, list, 1, Buffer::varint);
    }

    #[inline(always)]
    fn string_pair(&mut self, list: Field, key: &str, text: &str) {
        string_pair(&mut self.0, list.key, key, text);
    }

    #[inline(always)]
    fn int_pair(&mut self, list: Field, key: &str, number: i64) {
        int_pair(&mut self.0, list.key, key, number);
    }

    fn key(&mut self, key: &str) {
        self.0.text(KEY.key, key);
    }
}

/// A list of numbers that take `each` byte or more.
fn packed<T>(
    out: &mut Buffer,
    field: Field,
    list: impl Iterator<Item = T>,
    each: usize,
    put: impl Fn(&mut Buffer, T),
) {
    let mut list = list.peekable();
    if list.peek().is_none() {
        return;
    }
    let width = varint_len((list.size_hint().0 * each) as u64);
    let open = out.open(field.key, width);
    list.for_each(|item| put(out, item));
    out.close(open);
}

/// Key, length and key of a pair whose value takes `value` bytes in all.
#[inline]
fn head(out: &mut Buffer, field: u8, key: &[u8], value: usize) {
    let in_key = if key.is_empty() {
        0
    } else {
        1 + bytes_len(key.len())
    };
    out.byte(field);
    out.varint((in_key + value) as u64);
    if !key.is_empty() {
        out.bytes(KEY.key, key);
    }
}

#[inline(always)]
fn string_pair(out: &mut Buffer, field: u8, key: &str, text: &str) {
    let (key, text) = (key.as_bytes(), text.as_bytes());
    // All lengths take one byte.
    if let (Ok(of_key @ 1..128), Ok(of_text @ 0..128)) =
        (u8::try_from(key.len()), u8::try_from(text.len()))
        && let pair @ 0..128 = u16::from(of_key) + u16::from(of_text) + 6
    {
        let head = [field, pair.to_le_bytes()[0], KEY.key, of_key];
        let middle = [VALUE.key, of_text + 2, STRING.key, of_text];
        out.pieces(head, (key, of_key), middle, (text, of_text));
    } else {
        long_string(out, field, key, text);
    }
}

#[inline(never)]
fn long_string(out: &mut Buffer, field: u8, key: &[u8], text: &[u8]) {
    let value = 1 + bytes_len(text.len());
    head(out, field, key, 1 + bytes_len(value));
    out.byte(VALUE.key);
    out.varint(value as u64);
    out.bytes(STRING.key, text);
}

#[inline(always)]
fn int_pair(out: &mut Buffer, field: u8, key: &str, number: i64) {
    // Negative numbers take ten bytes, as protobuf wants it.
    let number = number.cast_unsigned();
    let key = key.as_bytes();
    // The most common: ports, status codes, counts.
    if let (0..0x4000, Ok(of_key @ 1..100)) = (number, u8::try_from(key.len())) {
        let [low, high, ..] = number.to_le_bytes();
        if number < 0x80 {
            let head = [field, of_key + 6, KEY.key, of_key];
            out.pieces(head, (key, of_key), [VALUE.key, 2, INT.key, low], (&[], 0));
        } else {
            let head = [field, of_key + 7, KEY.key, of_key];
            out.pieces(
                head,
                (key, of_key),
                [VALUE.key, 3, INT.key, low | 0x80],
                (&[], 0),
            );
            out.put([high << 1 | low >> 7]);
        }
    } else {
        long_int(out, field, key, number);
    }
}

#[inline(never)]
fn long_int(out: &mut Buffer, field: u8, key: &[u8], number: u64) {
    let value = 1 + varint_len(number);
    head(out, field, key, 2 + value);
    out.put([VALUE.key, value.to_le_bytes()[0], INT.key]);
    out.varint(number);
}
