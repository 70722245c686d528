//! What may be told of an SQL text: the text without its values, and a
//! summary of what it does.
//!
//! ```
//! use otelier_sqlx::sql::{Dialect, Digest};
//!
//! let sql = "SELECT * FROM orders o JOIN customers c ON c.id = o.customer \
//!            WHERE c.name = 'Ada' AND o.id IN (1, 2, 3) -- hers";
//! let digest = Digest::of(sql, Dialect::Postgres);
//! assert_eq!(digest.summary(), "SELECT orders customers");
//! assert_eq!(
//!     digest.text(),
//!     "SELECT * FROM orders o JOIN customers c ON c.id = o.customer \
//!      WHERE c.name = ? AND o.id IN (?) ",
//! );
//! ```

mod dialect;
mod keyword;
mod lexer;
mod sanitizer;
mod summary;
#[cfg(test)]
mod tests;
mod unsure;

pub use self::dialect::Dialect;
use self::{
    keyword::Keyword,
    lexer::{Kind, Lexer},
    sanitizer::{Sanitizer, cut},
    summary::Summary,
    unsure::Place,
};

/// The text of a statement is kept up to this many bytes.
pub const MAX_TEXT: usize = 8 * 1024;

/// What is further on in a text is not read.
const MAX_READ: usize = 64 * 1024;

/// What may be told of an SQL text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    text: String,
    summary: String,
    statements: usize,
}

impl Digest {
    /// Reads a text, which may hold several statements, and need not be valid.
    ///
    /// Every literal becomes `?`: strings, numbers, booleans, dates, intervals,
    /// bits and bytes. Comments go, lists of values after `IN` become one.
    /// Where a server's settings decide what is a literal and what is not, both
    /// readings are masked. SQLite takes `"x"` for a string where there is no such
    /// name, so it is masked unless only a name can stand there.
    ///
    /// # Cost
    /// One pass over at most 64 KiB.
    #[must_use]
    pub fn of(sql: &str, dialect: Dialect) -> Self {
        let sql = cut(sql, MAX_READ);
        let (digest, reading) = Self::read(sql, dialect, dialect.escapes());
        if !reading.is_ambiguous {
            return digest;
        }
        let mut other = Lexer::new(sql, dialect, !dialect.escapes());
        other.by_ref().for_each(drop);
        if !reading.is_unterminated && other.is_unterminated {
            // Only this is a text that a server would take. Were it the other way round, it might
            // also be one that breaks off, read by the usual server.
            return digest;
        }
        Self::read(&mask_both(sql, dialect), dialect, dialect.escapes()).0
    }

    fn read(sql: &str, dialect: Dialect, escapes: bool) -> (Self, Reading) {
        let mut lexer = Lexer::new(sql, dialect, escapes);
        let mut sanitizer = Sanitizer::new(sql, MAX_TEXT);
        let mut summary = Summary::new();
        let mut place = Place::default();
        while let Some(mut token) = lexer.next() {
            let text = sql.get(token.start..token.end).unwrap_or_default();
            let keyword = match token.kind {
                Kind::Word => Keyword::of(text.as_bytes()),
                _ => Keyword::Other,
            };
            if dialect == Dialect::Sqlite {
                if token.kind == Kind::Unsure
                    && (place.is_name() || lexer.peek_significant() == b'.')
                {
                    token.kind = Kind::Name;
                }
                place.token(token.kind, keyword);
            }
            summary.token(token.kind, keyword, text);
            if !sanitizer.is_full() {
                sanitizer.token(token, keyword);
            }
        }
        let (summary, statements) = summary.finish();
        let digest = Self {
            text: sanitizer.finish(),
            summary,
            statements,
        };
        let reading = Reading {
            is_ambiguous: lexer.is_ambiguous,
            is_unterminated: lexer.is_unterminated,
        };
        (digest, reading)
    }

    /// The text without literals and comments, at most [`MAX_TEXT`] bytes.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Verbs and their targets in the order of the text, at most 255 bytes; empty
    /// where no statement is recognised.
    #[must_use]
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// How many statements the text holds.
    #[must_use]
    pub fn statements(&self) -> usize {
        self.statements
    }
}

/// How a reading went.
#[derive(Clone, Copy, Debug)]
struct Reading {
    is_ambiguous: bool,
    is_unterminated: bool,
}

/// Replaces what is a literal by either reading.
fn mask_both(sql: &str, dialect: Dialect) -> String {
    let literals = |escapes| {
        Lexer::new(sql, dialect, escapes)
            .filter(|token| matches!(token.kind, Kind::Literal | Kind::Unsure | Kind::Comment))
            .map(|token| (token.start, token.end))
    };
    let mut ranges: Vec<_> = literals(true).chain(literals(false)).collect();
    ranges.sort_unstable();
    let mut masked = String::with_capacity(sql.len());
    let mut at = 0;
    for (start, end) in ranges {
        if start > at {
            masked.push_str(sql.get(at..start).unwrap_or_default());
        }
        if end > at {
            masked.push_str(" ? ");
            at = end;
        }
    }
    masked.push_str(sql.get(at..).unwrap_or_default());
    masked
}
