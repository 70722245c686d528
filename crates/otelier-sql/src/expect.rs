//! What a word is expected to be, by what stands before it.

/// What the next word may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    /// The first word of a statement.
    Verb,
    /// `TABLE`, after `CREATE`.
    Object,
    /// A name.
    Target,
    /// What stands in the parentheses of `VACUUM (FULL) a`, before the name.
    Options,
    /// What may follow `BEGIN` and its like.
    Tail,
    /// Nothing that stands in a summary, but a verb further on.
    Nothing,
    /// Nothing up to the end of the statement.
    End,
    /// Nothing up to the end of the text: bodies have statements of their own.
    Body,
}

/// What a name is expected after: where a table must stand, few words are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// `FROM`, `JOIN`, a comma between tables.
    Table,
    /// `INSERT`, `REPLACE`, `MERGE`, with or without `INTO`.
    Insert,
    /// `UPDATE`.
    Update,
    /// The `INTO` of a `SELECT`.
    Into,
    /// `CREATE TABLE`.
    Object,
    /// Any other verb.
    Verb,
}

impl Lead {
    /// The words that may stand between it and the name.
    pub(super) fn noise(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Table => Some(&["LATERAL", "ONLY"]),
            Self::Insert => Some(&["DELAYED", "HIGH_PRIORITY", "IGNORE", "LOW_PRIORITY"]),
            Self::Update => Some(&["IGNORE", "LOW_PRIORITY", "ONLY"]),
            Self::Object => Some(&["CONCURRENTLY", "IF", "NOT", "ONLY"]),
            // All of them.
            Self::Into | Self::Verb => None,
        }
    }
}
