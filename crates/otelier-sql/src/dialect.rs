//! What differs between the databases' texts.

/// Whose rules a text is read by.
///
/// See the [example of the crate](crate).
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

/// In which quotes a backslash escapes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Escapes {
    pub(super) single: bool,
    pub(super) double: bool,
}

const NOWHERE: Escapes = Escapes {
    single: false,
    double: false,
};
const IN_SINGLE: Escapes = Escapes {
    single: true,
    double: false,
};
const IN_BOTH: Escapes = Escapes {
    single: true,
    double: true,
};

impl Dialect {
    /// As a server reads backslashes unless it is told otherwise.
    pub(super) fn escapes(self) -> Escapes {
        match self {
            Self::MySql => IN_BOTH,
            Self::Postgres | Self::Sqlite => NOWHERE,
        }
    }

    /// All the ways in which a server may be set to read them.
    pub(super) fn readings(self) -> &'static [Escapes] {
        match self {
            // By `standard_conforming_strings`.
            Self::Postgres => &[NOWHERE, IN_SINGLE],
            // By `NO_BACKSLASH_ESCAPES` and `ANSI_QUOTES`.
            Self::MySql => &[IN_BOTH, NOWHERE, IN_SINGLE],
            Self::Sqlite => &[NOWHERE],
        }
    }
}
