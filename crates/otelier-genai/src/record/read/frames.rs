//! Documents out of a body: one, one to a line, or one to an event.

use serde_json::Value;

use super::{api::Api, choices::Parts, document::Documents, fields::Found, scan::Scanner};
use crate::answer::Answer;

/// How documents stand in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::record) enum Framing {
    /// The body is one.
    Whole,
    /// Each line is one.
    Lines,
    /// Each event of a stream of Server-Sent Events has one.
    Events,
}

impl Framing {
    /// That of a type of content, `None` for those that are not read.
    pub(in crate::record) fn of(content_type: &str) -> Option<Self> {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        let is = |name: &str| kind.eq_ignore_ascii_case(name);
        if is("application/json") {
            Some(Self::Whole)
        } else if is("text/event-stream") {
            Some(Self::Events)
        } else if is("application/x-ndjson") || is("application/jsonl") {
            Some(Self::Lines)
        } else {
            None
        }
    }
}

/// Where in a line of an event a reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// So many bytes of `data:` were there.
    Name(usize),
    /// A space after it is not part of the data.
    Space,
    Data,
    /// Another field, or a comment.
    Other,
}

const DATA: &[u8] = b"data:";
/// What a body may begin with, and is no part of it.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads an answer as it passes by.
#[derive(Debug)]
pub(in crate::record) struct Reader {
    framing: Framing,
    /// How much of the mark was there; all of it, once anything else was.
    mark: usize,
    line: Line,
    /// Whether a `\n` would be part of the end of a line that was there already.
    is_after_return: bool,
    /// Whether the whole is a list of parts.
    is_list: bool,
    /// Whether the document has begun.
    has_data: bool,
    scanner: Scanner,
    found: Found,
    /// Where content is asked for.
    documents: Option<Documents>,
}

impl Reader {
    pub(in crate::record) fn new(api: Api, framing: Framing) -> Self {
        let parts = match framing {
            Framing::Whole => Parts::Whole,
            Framing::Lines | Framing::Events => Parts::OfOne,
        };
        Self {
            framing,
            mark: 0,
            line: Line::Name(0),
            is_after_return: false,
            is_list: false,
            has_data: false,
            scanner: Scanner::new(),
            found: Found::new(api, parts),
            documents: None,
        }
    }

    /// One that hands out the documents, too.
    pub(in crate::record) fn gathering(api: Api, framing: Framing) -> Self {
        Self {
            documents: Some(Documents::default()),
            ..Self::new(api, framing)
        }
    }

    /// Says that the parts of a stream may be of several answers.
    pub(in crate::record) fn tell_choices_apart(&mut self) {
        self.found.choices.tell_apart();
    }

    /// The documents that ended since the last time.
    pub(in crate::record) fn documents(&mut self) -> Vec<Value> {
        let documents = self.documents.as_mut();
        documents.map(Documents::take).unwrap_or_default()
    }

    pub(in crate::record) fn gather_no_more(&mut self) {
        self.documents = None;
    }

    /// Whether documents are parts of the answer.
    pub(in crate::record) fn is_stream(&self) -> bool {
        self.framing != Framing::Whole || self.is_list
    }

    /// Reads a part of the body. Returns how many parts of the answer it ended.
    ///
    /// # Cost
    /// A few instructions for each byte, except for those of long texts.
    pub(in crate::record) fn feed(&mut self, bytes: &[u8]) -> usize {
        let bytes = match self.mark < MARK.len() {
            true => self.after_mark(bytes),
            false => bytes,
        };
        match self.framing {
            Framing::Whole => {
                self.scan(bytes);
                let ended = match self.found.has_lists() {
                    true => self.scanner.take_elements(),
                    false => 0,
                };
                self.is_list |= ended > 0;
                ended
            }
            Framing::Lines => self.lines(bytes),
            Framing::Events => self.events(bytes),
        }
    }

    /// The body is over: what is left is a document.
    pub(in crate::record) fn end(&mut self) -> usize {
        if self.framing == Framing::Whole {
            self.end_scan();
            return 0;
        }
        self.end_document()
    }

    /// What is known of the answer, if that is more than the last time.
    pub(in crate::record) fn news(&mut self) -> Option<Answer> {
        self.found.news()
    }

    /// What the provider says went wrong, if it says more than the last time.
    pub(in crate::record) fn error(&mut self) -> Option<&str> {
        self.found.error()
    }

    /// Whether the provider said that something went wrong.
    pub(in crate::record) fn is_wrong(&self) -> bool {
        self.found.is_wrong()
    }

    fn after_mark<'a>(&mut self, mut bytes: &'a [u8]) -> &'a [u8] {
        while let (Some(wanted), Some((byte, rest))) = (MARK.get(self.mark), bytes.split_first()) {
            if byte != wanted {
                self.mark = MARK.len();
                break;
            }
            self.mark += 1;
            bytes = rest;
        }
        bytes
    }

    fn end_document(&mut self) -> usize {
        self.end_scan();
        let is_part = self.found.end_document();
        usize::from(std::mem::take(&mut self.has_data) && is_part)
    }

    fn data(&mut self, bytes: &[u8]) {
        // The end of OpenAI's streams, `[DONE]`, is no part of an answer.
        let is_document = |byte: &u8| matches!(byte, b'{' | b'"' | b'0'..=b'9');
        self.has_data = self.has_data || bytes.iter().any(is_document);
        self.scan(bytes);
    }

    fn scan(&mut self, bytes: &[u8]) {
        self.scanner.feed(bytes, &mut self.found);
        if let Some(documents) = &mut self.documents {
            documents.feed(bytes);
        }
    }

    fn end_scan(&mut self) {
        self.scanner.end(&mut self.found);
        if let Some(documents) = &mut self.documents {
            documents.end();
        }
    }

    fn lines(&mut self, bytes: &[u8]) -> usize {
        let mut ended = 0;
        let mut lines = bytes.split(|byte| *byte == b'\n');
        if let Some(first) = lines.next() {
            self.data(first);
        }
        for line in lines {
            ended += self.end_document();
            self.data(line);
        }
        ended
    }

    fn events(&mut self, mut bytes: &[u8]) -> usize {
        let mut ended = 0;
        while let Some((&byte, rest)) = bytes.split_first() {
            let is_after_return = std::mem::replace(&mut self.is_after_return, byte == b'\r');
            if matches!(byte, b'\n' | b'\r') {
                // `\r\n` is one end of a line, and an empty line that of an event.
                if byte == b'\r' || !is_after_return {
                    if self.line == Line::Name(0) {
                        ended += self.end_document();
                    }
                    self.line = Line::Name(0);
                }
                bytes = rest;
                continue;
            }
            if self.line == Line::Name(0)
                && let Some(rest) = bytes.strip_prefix(DATA)
            {
                self.line = Line::Space;
                bytes = rest;
                continue;
            }
            bytes = match self.line {
                Line::Name(at) => {
                    self.line = match DATA.get(at) {
                        Some(&wanted) if wanted == byte && at + 1 == DATA.len() => Line::Space,
                        Some(&wanted) if wanted == byte => Line::Name(at + 1),
                        _ => Line::Other,
                    };
                    rest
                }
                Line::Space if byte == b' ' => {
                    self.line = Line::Data;
                    rest
                }
                Line::Space | Line::Data => {
                    self.line = Line::Data;
                    let (part, rest) = to_line_end(bytes);
                    self.data(part);
                    rest
                }
                Line::Other => to_line_end(bytes).1,
            };
        }
        ended
    }
}

fn to_line_end(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
    bytes.split_at_checked(end).unwrap_or((bytes, &[]))
}

#[cfg(test)]
mod tests;
