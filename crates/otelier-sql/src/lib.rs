//! What may be told of an SQL text: the text without its values, and a
//! summary of what it does.
//!
//! ```
//! use otelier_sql::{Dialect, Digest};
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
mod expect;
mod keyword;
mod lexer;
mod sanitizer;
mod summary;
#[cfg(test)]
mod tests;
mod unsure;
mod words;

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
    /// SQLite takes `"x"` for a string where there is no such name, so it is masked
    /// unless only a name can stand there.
    ///
    /// Where a string ends may depend on a setting of the server:
    /// `NO_BACKSLASH_ESCAPES`, `ANSI_QUOTES`, `standard_conforming_strings`. A byte
    /// is kept only if it is outside of literals by all of them. So after a quote
    /// behind a backslash, as in `'it\'s'` or `ESCAPE '\'`, everything is masked up to
    /// where the readings agree again, at worst to the end.
    ///
    /// # Cost
    /// One pass over at most 64 KiB, and one for each setting where they differ.
    #[must_use]
    pub fn of(sql: &str, dialect: Dialect) -> Self {
        let sql = cut(sql, MAX_READ);
        let mut lexer = Lexer::new(sql, dialect);
        let mut sanitizer = Sanitizer::new(sql, MAX_TEXT);
        let mut summary = Summary::new();
        let mut place = Place::default();
        while let Some(mut token) = lexer.token() {
            let text = match token.kind {
                Kind::Word | Kind::Name | Kind::Unsure => {
                    sql.get(token.start..token.end).unwrap_or_default()
                }
                _ => "",
            };
            let keyword = match token.kind {
                Kind::Word => Keyword::of(text.as_bytes()),
                _ => Keyword::Other,
            };
            if keyword == Keyword::Boolean {
                token.kind = Kind::Literal;
            }
            if dialect == Dialect::Sqlite {
                if token.kind == Kind::Unsure
                    && (place.is_name()
                        || summary.continues_list()
                        || lexer.peek_significant() == b'.')
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
        Self {
            text: sanitizer.finish(),
            summary,
            statements,
        }
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
