//! What a text does, and what it says without its values.

use crate::{
    any,
    dialect::Dialect,
    reader::Reader,
    sanitizer::{Sanitizer, cut},
};

/// The text of a statement is kept up to this many bytes.
pub const MAX_TEXT: usize = 8 * 1024;

/// What is further on in a text is not read.
const MAX_READ: usize = 64 * 1024;

/// What may be told of an SQL text.
///
/// See the [example of the crate](crate).
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
        let mut reader = Reader::new(sql, dialect);
        let mut sanitizer = Sanitizer::new(sql, MAX_TEXT);
        while let Some((token, keyword)) = reader.next() {
            if !sanitizer.is_full() {
                sanitizer.token(token, keyword);
            }
        }
        let (summary, statements) = reader.finish();
        Self {
            text: sanitizer.finish(),
            summary,
            statements,
        }
    }

    /// Reads a text of a database that is not known: what any of them takes for a
    /// value or a comment is hidden. Of names in double quotes, which are strings to
    /// some, those are kept that stand where only a name can.
    ///
    /// # Cost
    /// That of [`of`](Self::of) for each [`Dialect`], and once more.
    #[must_use]
    pub fn of_any(sql: &str) -> Self {
        // Whatever is left is a name or a mark to all of them: this one knows most names.
        Self::of(&any::without_values(cut(sql, MAX_READ)), Dialect::Sqlite)
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
