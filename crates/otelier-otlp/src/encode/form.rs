//! What the encodings of OTLP have in common: records are written once, as
//! fields, and an encoding says how fields are written.

use opentelemetry::trace::{SpanContext, TraceState};

use super::buffer::{BYTES, Buffer, Open};

/// A field: its key in protobuf, and its name in JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) key: u8,
    pub(super) name: &'static str,
}

/// A field whose number is below 16.
pub(super) const fn field(number: u8, wire: u8, name: &'static str) -> Field {
    Field {
        key: super::buffer::key(number, wire),
        name,
    }
}

/// A field of bytes: a text, a message or a list of them.
pub(super) const fn nested(number: u8, name: &'static str) -> Field {
    field(number, BYTES, name)
}

/// An encoding. What is zero or empty is left out, unless it says otherwise.
pub(super) trait Form: From<Buffer> + Into<Buffer> {
    /// Bytes that may come behind a record until its request ends, beside schema
    /// URLs; and those more behind a data point.
    const AROUND: usize;
    const AROUND_POINTS: usize;
    /// How many bytes a byte of a text takes at most.
    const WIDEST: usize;

    fn buffer(&mut self) -> &mut Buffer;

    /// Begins and ends a request.
    fn begin(&mut self);
    fn end(&mut self);

    /// Begins a message, of whose length is guessed how many bytes it takes.
    fn open(&mut self, field: Field, width: usize) -> Open;
    fn close(&mut self, open: Open);
    /// A message with nothing in it.
    fn empty(&mut self, field: Field);

    /// Begins and ends a list of messages.
    fn list(&mut self, field: Field);
    fn end_list(&mut self);
    /// Begins a message in a list.
    fn item(&mut self, list: Field, width: usize) -> Open;
    /// Adds one to a list that was written into another.
    fn append(&mut self, item: &[u8]);

    fn text(&mut self, field: Field, text: &str);
    /// One that is mostly less than 128 bytes long.
    fn short_text(&mut self, field: Field, text: &str);
    /// One that is written even if it is empty.
    fn string(&mut self, field: Field, text: &str);
    /// The members of a `TraceState`.
    fn trace_state(&mut self, field: Field, state: &TraceState);
    /// Bytes, even if there are none.
    fn blob(&mut self, field: Field, bytes: &[u8]);
    /// An id, also one of zeros.
    fn id<const N: usize>(&mut self, field: Field, id: [u8; N]);
    /// Both ids of a span, which are the first fields of what has them.
    fn ids(&mut self, trace: Field, span: Field, context: &SpanContext);

    fn number(&mut self, field: Field, value: u32);
    /// One below 128 that is written even if it is 0.
    fn code(&mut self, field: Field, value: u8);
    /// A truth, also one that is false.
    fn truth(&mut self, field: Field, value: bool);
    /// A number, also 0.
    fn int(&mut self, field: Field, value: i64);
    fn double(&mut self, field: Field, value: f64);
    fn fixed32(&mut self, field: Field, value: u32);
    fn sfixed64(&mut self, field: Field, value: i64);
    /// A number that is left out if it is 0.
    fn fixed64(&mut self, field: Field, value: u64);
    fn sint(&mut self, field: Field, value: i32);
    /// The flags of a span, whose number is 16.
    fn span_flags(&mut self, flags: u32);

    /// Lists of numbers.
    fn fixed64s(&mut self, field: Field, list: impl Iterator<Item = u64>);
    fn doubles(&mut self, field: Field, list: impl Iterator<Item = f64>);
    fn varints(&mut self, field: Field, list: impl Iterator<Item = u64>);

    /// A key and its value, in a list.
    fn string_pair(&mut self, list: Field, key: &str, text: &str);
    fn int_pair(&mut self, list: Field, key: &str, number: i64);
    /// The key of a pair that is open.
    fn key(&mut self, key: &str);
}
