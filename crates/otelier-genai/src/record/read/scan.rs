//! Single values out of JSON that passes by in parts, however it is split.
//!
//! Nothing is kept but the path of keys to where the text is, and a value that was
//! asked for, both bounded. What is no JSON yields nothing, and never fails.

use std::borrow::Cow;

use memchr::memchr2;

/// Longer paths are cut, and are none that anybody asks for.
const MAX_PATH: usize = 96;
/// Longer values are cut.
const MAX_VALUE: usize = 256;
/// What is nested deeper is passed over.
const MAX_DEPTH: usize = 16;

/// Who asks for values. A path has the keys that lead to a value, with dots between;
/// what is in an array has the path of the array.
pub(super) trait Sink {
    /// Whether the value at a path is wanted.
    fn wants(&self, path: &[u8]) -> bool;
    /// A string or number; not `null`, and no object or array.
    fn value(&mut self, path: &[u8], value: &str);
    /// An object at a path ended.
    fn closed(&mut self, _path: &[u8]) {}
}

#[derive(Clone, Copy, Debug, Default)]
struct Level {
    /// How long the path of the object itself is.
    path: u8,
    is_object: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Between,
    Text { is_key: bool, escape: Escape },
    Plain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    No,
    Begun,
    /// Digits of a `\u` that are still to come, and those that were.
    Digits(u8, u16),
}

#[derive(Debug)]
pub(super) struct Scanner {
    levels: [Level; MAX_DEPTH],
    depth: usize,
    elements: usize,
    /// Never read as a text: what is asked for is compared.
    path: Vec<u8>,
    state: State,
    is_key_next: bool,
    /// Whether the value is taken down.
    is_wanted: bool,
    value: Vec<u8>,
}

impl Scanner {
    pub(super) fn new() -> Self {
        Self {
            levels: [Level::default(); MAX_DEPTH],
            depth: 0,
            elements: 0,
            path: Vec::with_capacity(MAX_PATH),
            state: State::Between,
            is_key_next: false,
            is_wanted: false,
            value: Vec::new(),
        }
    }

    /// Ends the document, and waits for another.
    pub(super) fn end(&mut self, sink: &mut impl Sink) {
        self.end_plain(sink);
        self.depth = 0;
        self.path.clear();
        self.state = State::Between;
        self.is_key_next = false;
        self.is_wanted = false;
    }

    pub(super) fn feed(&mut self, mut bytes: &[u8], sink: &mut impl Sink) {
        while let Some((&byte, rest)) = bytes.split_first() {
            bytes = match self.state {
                State::Text { is_key, escape } => self.text(bytes, is_key, escape, sink),
                State::Plain => {
                    let end = bytes.iter().position(|byte| !is_plain(*byte));
                    let (plain, rest) = end
                        .and_then(|end| bytes.split_at_checked(end))
                        .unwrap_or((bytes, &[]));
                    self.take(plain);
                    if !rest.is_empty() {
                        self.end_plain(sink);
                    }
                    rest
                }
                State::Between if byte == b'"' => self.open_text(rest, sink),
                State::Between => {
                    self.token(byte, sink);
                    rest
                }
            };
        }
    }

    /// A string begins. Most are there as a whole and without escapes, and need not be
    /// put together.
    fn open_text<'a>(&mut self, bytes: &'a [u8], sink: &mut impl Sink) -> &'a [u8] {
        let is_object = self.level().is_some_and(|level| level.is_object);
        let is_key = is_object && self.is_key_next;
        let is_wanted = is_key || self.is_asked_for(sink);
        let end = memchr2(b'"', b'\\', bytes);
        let parts = end.and_then(|end| bytes.split_at_checked(end));
        if let Some((text, [b'"', rest @ ..])) = parts {
            let text = text.get(..MAX_VALUE).unwrap_or(text);
            if is_key {
                self.step(text);
            } else if is_wanted {
                sink.value(&self.path, &lossy(text));
            }
            return rest;
        }
        let escape = Escape::No;
        self.begin(is_wanted, State::Text { is_key, escape });
        bytes
    }

    /// A part of a string: to its end, or to that of the bytes.
    fn text<'a>(
        &mut self,
        bytes: &'a [u8],
        is_key: bool,
        escape: Escape,
        sink: &mut impl Sink,
    ) -> &'a [u8] {
        let Some((&byte, rest)) = bytes.split_first() else {
            return bytes;
        };
        let escape = match escape {
            Escape::No => {
                let end = memchr2(b'"', b'\\', bytes).unwrap_or(bytes.len());
                let (plain, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
                self.take(plain);
                match rest.split_first() {
                    Some((b'"', rest)) => {
                        self.end_text(is_key, sink);
                        return rest;
                    }
                    Some((_, rest)) => {
                        self.state = State::Text {
                            is_key,
                            escape: Escape::Begun,
                        };
                        return rest;
                    }
                    None => return rest,
                }
            }
            Escape::Begun if byte == b'u' => Escape::Digits(4, 0),
            Escape::Begun => {
                self.take(match byte {
                    b'n' => b"\n",
                    b't' => b"\t",
                    b'r' => b"\r",
                    b'b' | b'f' => b" ",
                    _ => std::slice::from_ref(&byte),
                });
                Escape::No
            }
            Escape::Digits(left, code) => {
                let digit = char::from(byte).to_digit(16).unwrap_or(0);
                let code = (code << 4) | u16::try_from(digit).unwrap_or(0);
                if left > 1 {
                    Escape::Digits(left - 1, code)
                } else {
                    // Halves of what needs two are not put together: names have none.
                    let read = char::from_u32(u32::from(code)).unwrap_or('\u{fffd}');
                    self.take(read.encode_utf8(&mut [0; 4]).as_bytes());
                    Escape::No
                }
            }
        };
        self.state = State::Text { is_key, escape };
        rest
    }

    fn take(&mut self, bytes: &[u8]) {
        if self.is_wanted {
            let room = MAX_VALUE.saturating_sub(self.value.len());
            let taken = bytes.get(..room).unwrap_or(bytes);
            self.value.extend_from_slice(taken);
        }
    }

    fn begin(&mut self, is_wanted: bool, state: State) {
        self.value.clear();
        self.is_wanted = is_wanted;
        self.state = state;
    }

    fn end_text(&mut self, is_key: bool, sink: &mut impl Sink) {
        self.state = State::Between;
        if is_key {
            self.is_wanted = false;
            let key = std::mem::take(&mut self.value);
            self.step(&key);
            self.value = key;
        } else {
            self.tell(sink);
        }
    }

    fn end_plain(&mut self, sink: &mut impl Sink) {
        if self.state == State::Plain {
            self.state = State::Between;
            if self.value != b"null" {
                self.tell(sink);
            }
        }
    }

    fn tell(&mut self, sink: &mut impl Sink) {
        if std::mem::take(&mut self.is_wanted) {
            sink.value(&self.path, &lossy(&self.value));
        }
    }

    /// How many objects ended that are elements of a list which is the whole document,
    /// since the last time.
    pub(super) fn take_elements(&mut self) -> usize {
        std::mem::take(&mut self.elements)
    }

    /// The innermost level, as long as it is not too deep.
    fn level(&self) -> Option<Level> {
        let at = self.depth.checked_sub(1)?;
        self.levels.get(at).copied()
    }

    /// Adds a key to the path.
    fn step(&mut self, key: &[u8]) {
        self.is_key_next = false;
        self.back();
        if !self.path.is_empty() {
            self.path.push(b'.');
        }
        // One that is cut leads nowhere: those that are asked for are shorter.
        let room = MAX_PATH.saturating_sub(self.path.len());
        self.path.extend_from_slice(key.get(..room).unwrap_or(key));
    }

    /// Back to the path of the innermost level.
    fn back(&mut self) {
        if let Some(level) = self.level() {
            self.path.truncate(usize::from(level.path));
        }
    }

    fn token(&mut self, byte: u8, sink: &mut impl Sink) {
        match byte {
            b'{' | b'[' => self.open(byte == b'{'),
            b'}' | b']' => self.close(byte == b'}', sink),
            b',' => self.is_key_next = true,
            b':' => self.is_key_next = false,
            byte if is_plain(byte) => {
                let is_wanted = self.is_asked_for(sink);
                self.begin(is_wanted, State::Plain);
                self.take(&[byte]);
            }
            _ => {}
        }
    }

    fn is_asked_for(&self, sink: &impl Sink) -> bool {
        self.depth <= MAX_DEPTH && sink.wants(&self.path)
    }

    fn open(&mut self, is_object: bool) {
        let path = u8::try_from(self.path.len()).unwrap_or(u8::MAX);
        if let Some(level) = self.levels.get_mut(self.depth) {
            *level = Level { path, is_object };
        }
        self.depth += 1;
        self.is_key_next = true;
    }

    fn close(&mut self, is_object: bool, sink: &mut impl Sink) {
        self.back();
        if is_object && self.level().is_some() {
            sink.closed(&self.path);
        }
        if is_object && self.depth == 2 {
            let is_listed = self.levels.first().is_some_and(|level| !level.is_object);
            self.elements += usize::from(is_listed);
        }
        self.depth = self.depth.saturating_sub(1);
        self.is_key_next = false;
    }
}

/// Most texts are whole, which is told faster than where they are not.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Whether a byte is part of a number, or of a word.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+' | b'_')
}

#[cfg(test)]
mod tests;
