//! The text without values.

use super::{
    keyword::Keyword,
    lexer::{Kind, Token},
};

/// Writes the text again, with `?` for each value.
#[derive(Debug)]
pub(super) struct Sanitizer<'a> {
    sql: &'a str,
    out: String,
    /// How much of the text has been written or left out.
    copied: usize,
    limit: usize,
    list: List,
}

/// Where an `IN (..)` that holds only values stands.
#[derive(Clone, Copy, Debug)]
enum List {
    No,
    /// `IN` was read.
    In,
    /// Within the parentheses: how many are open, how many values there were,
    /// and where in the output the first one stands.
    Values {
        depth: u32,
        count: u32,
        start: usize,
    },
}

impl<'a> Sanitizer<'a> {
    pub(super) fn new(sql: &'a str, limit: usize) -> Self {
        Self {
            sql,
            out: String::with_capacity(sql.len().min(limit + 64)),
            copied: 0,
            limit,
            list: List::No,
        }
    }

    /// Whether more tokens make no difference: a list of values may still become one.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.out.len() >= self.limit && !matches!(self.list, List::Values { .. })
    }

    fn copy_to(&mut self, end: usize) {
        let piece = self.sql.get(self.copied..end).unwrap_or_default();
        // One piece may be the whole rest of a very long text.
        let room = (self.limit + 4).saturating_sub(self.out.len());
        self.out.push_str(cut(piece, room));
        self.copied = end;
    }

    #[inline]
    pub(super) fn token(&mut self, token: Token, keyword: Keyword) {
        match token.kind {
            Kind::Literal | Kind::Unsure => {
                self.copy_to(token.start);
                let glued = self
                    .out
                    .ends_with(|c: char| c.is_alphanumeric() || c == '_');
                self.out.push_str(if glued { " ?" } else { "?" });
                self.copied = token.end;
                self.value();
            }
            Kind::Comment => {
                self.copy_to(token.start);
                if !self.out.is_empty() && !self.out.ends_with(|c: char| c.is_ascii_whitespace()) {
                    let next = self.sql.as_bytes().get(token.end);
                    if next.is_some_and(|&byte| byte > b' ') {
                        self.out.push(' ');
                    }
                }
                self.copied = token.end;
            }
            Kind::Placeholder if token.end - token.start == 1 => self.value(),
            Kind::Mark(_) if matches!(self.list, List::No) => {}
            Kind::Mark(mark) => self.mark(mark, token),
            Kind::Word if keyword == Keyword::In => self.list = List::In,
            Kind::Word if self.is_cast(token) => {}
            Kind::Word | Kind::Name | Kind::Placeholder => self.list = List::No,
        }
    }

    fn value(&mut self) {
        match &mut self.list {
            List::Values { count, .. } => *count += 1,
            list => *list = List::No,
        }
    }

    /// Whether a word in a list of values is the type of one: `'a'::uuid`.
    fn is_cast(&self, token: Token) -> bool {
        let before = self.sql.get(..token.start).unwrap_or_default();
        matches!(self.list, List::Values { count: 1.., .. }) && before.trim_end().ends_with("::")
    }

    fn mark(&mut self, mark: u8, token: Token) {
        self.list = match (self.list, mark) {
            (List::In, b'(') => {
                self.copy_to(token.end);
                List::Values {
                    depth: 1,
                    count: 0,
                    start: self.out.len(),
                }
            }
            (list @ List::Values { .. }, b',' | b'-' | b'+' | b':') => list,
            (
                List::Values {
                    depth,
                    count,
                    start,
                },
                b'(' | b')',
            ) => {
                let depth = if mark == b'(' { depth + 1 } else { depth - 1 };
                if depth > 0 {
                    List::Values {
                        depth,
                        count,
                        start,
                    }
                } else {
                    self.collapse(token.start);
                    List::No
                }
            }
            _ => List::No,
        };
    }

    /// Makes one of the values of a list that ends here.
    fn collapse(&mut self, end: usize) {
        if let List::Values {
            count: 2.., start, ..
        } = self.list
        {
            self.out.truncate(start);
            self.out.push('?');
            self.copied = end;
        }
    }

    pub(super) fn finish(mut self) -> String {
        self.collapse(self.sql.len());
        if !self.is_full() {
            self.copy_to(self.sql.len());
        }
        self.out.truncate(self.out.floor_char_boundary(self.limit));
        self.out
    }
}

/// The start of a text, at most `max` bytes, cut at a character boundary.
pub(super) fn cut(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max)).unwrap_or(text)
}
