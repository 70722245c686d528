//! What is told of a text.

use crate::{Digest, MAX_TEXT};

/// What `db.query.text` holds.
///
/// ```
/// use otelier_sql::{Dialect, Digest, QueryText};
///
/// let sql = "SELECT name FROM users WHERE id = 7";
/// let digest = Digest::of(sql, Dialect::Postgres);
/// let told = QueryText::default().of(sql, &digest);
/// assert_eq!(told, Some("SELECT name FROM users WHERE id = ?"));
/// assert_eq!(QueryText::Off.of(sql, &digest), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryText {
    /// The text with `?` for every literal, without comments.
    #[default]
    Sanitized,
    /// Nothing: the attribute is left out.
    Off,
    /// The text as it is, cut at 8 KiB. Whatever literals it holds are exported.
    Raw,
}

impl QueryText {
    /// What it tells of a text, if anything.
    #[must_use]
    pub fn of<'a>(self, sql: &'a str, digest: &'a Digest) -> Option<&'a str> {
        match self {
            Self::Sanitized => Some(digest.text()),
            Self::Off => None,
            Self::Raw => sql.get(..sql.floor_char_boundary(MAX_TEXT)),
        }
    }
}
