//! What differs between the databases' texts.

/// Whose rules a text is read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// PostgreSQL: dollar quotes, `E''`, nested comments, `$1`.
    Postgres,
    /// MySQL and MariaDB: backslashes, `"strings"`, `` `names` ``, `# comments`.
    MySql,
    /// SQLite: `"names"` that may be strings, `[names]`, `?1`, `:name`.
    Sqlite,
}

impl Dialect {
    /// Whether a backslash escapes in `'...'`, unless the server is told otherwise.
    pub(super) fn escapes(self) -> bool {
        self == Self::MySql
    }
}
