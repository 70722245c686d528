//! The words that mean something to the summary.

/// A word of SQL, or [`Keyword::Other`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Keyword {
    #[default]
    Other,
    /// `TRUE`, `FALSE`.
    Boolean,
    /// A verb that makes a whole statement, with nothing to look for after it.
    Plain,
    /// A verb whose first name is its target: `CALL`, `COPY`, `PRAGMA`, ..
    Named,
    /// `CREATE`, `ALTER`, `DROP`, ..
    Ddl,
    /// What a DDL verb works on.
    Object,
    /// The same, with a body that may hold statements of its own.
    Routine,
    /// A word that stands between a verb and its target.
    Noise,
    /// A word that ends a list of tables.
    Clause,
    /// What may follow `BEGIN`, `ROLLBACK`, ..
    Tail,
    As,
    Delete,
    Distinct,
    Do,
    Exists,
    Explain,
    For,
    From,
    In,
    Insert,
    Into,
    Join,
    Key,
    Merge,
    On,
    Or,
    Replace,
    Select,
    Stdin,
    Update,
    Using,
    Values,
    With,
}

const WORDS: &[(Keyword, &[&str])] = &[
    (Keyword::Boolean, &["TRUE", "FALSE"]),
    (
        Keyword::Plain,
        &[
            "ABORT",
            "ATTACH",
            "BEGIN",
            "CHECKPOINT",
            "CLOSE",
            "COMMENT",
            "COMMIT",
            "DEALLOCATE",
            "DECLARE",
            "DETACH",
            "DISCARD",
            "END",
            "FETCH",
            "FLUSH",
            "GRANT",
            "HANDLER",
            "KILL",
            "LOAD",
            "MOVE",
            "OPTIMIZE",
            "PREPARE",
            "RELEASE",
            "REPAIR",
            "RESET",
            "REVOKE",
            "ROLLBACK",
            "SAVEPOINT",
            "SHOW",
            "START",
            "UNLOCK",
            "XA",
        ],
    ),
    (
        Keyword::Named,
        &[
            "ANALYZE", "CALL", "CLUSTER", "COPY", "EXEC", "EXECUTE", "LISTEN", "LOCK", "NOTIFY",
            "PRAGMA", "REINDEX", "UNLISTEN", "USE", "VACUUM",
        ],
    ),
    (
        Keyword::Ddl,
        &["ALTER", "CREATE", "DROP", "REFRESH", "RENAME", "TRUNCATE"],
    ),
    (
        Keyword::Object,
        &[
            "COLLATION",
            "COLUMN",
            "DATABASE",
            "DOMAIN",
            "EXTENSION",
            "INDEX",
            "POLICY",
            "PUBLICATION",
            "ROLE",
            "SCHEMA",
            "SEQUENCE",
            "SERVER",
            "STATISTICS",
            "SUBSCRIPTION",
            "TABLE",
            "TABLES",
            "TABLESPACE",
            "TYPE",
            "USER",
            "VIEW",
        ],
    ),
    (
        Keyword::Routine,
        &["EVENT", "FUNCTION", "PROCEDURE", "RULE", "TRIGGER"],
    ),
    (
        Keyword::Noise,
        &[
            "CONCURRENTLY",
            "DELAYED",
            "DUMPFILE",
            "FREEZE",
            "FULL",
            "GLOBAL",
            "HIGH_PRIORITY",
            "IF",
            "IGNORE",
            "LATERAL",
            "LOCAL",
            "LOW_PRIORITY",
            "MATERIALIZED",
            "NOT",
            "ONLY",
            "OUTFILE",
            "QUICK",
            "RECURSIVE",
            "TEMP",
            "TEMPORARY",
            "UNIQUE",
            "UNLOGGED",
            "VERBOSE",
            "VIRTUAL",
        ],
    ),
    (
        Keyword::Clause,
        &[
            "EXCEPT",
            "GROUP",
            "HAVING",
            "INTERSECT",
            "LIMIT",
            "OF",
            "OFFSET",
            "ORDER",
            "RETURNING",
            "SET",
            "UNION",
            "WHERE",
            "WINDOW",
        ],
    ),
    (Keyword::Tail, &["TO", "TRANSACTION"]),
    (Keyword::As, &["AS"]),
    (Keyword::Delete, &["DELETE"]),
    (Keyword::Distinct, &["DISTINCT"]),
    (Keyword::Do, &["DO"]),
    (Keyword::Exists, &["EXISTS"]),
    (Keyword::Explain, &["EXPLAIN", "DESCRIBE", "DESC"]),
    (Keyword::For, &["FOR"]),
    (Keyword::From, &["FROM"]),
    (Keyword::In, &["IN"]),
    (Keyword::Insert, &["INSERT"]),
    (Keyword::Into, &["INTO"]),
    (Keyword::Join, &["JOIN", "STRAIGHT_JOIN"]),
    (Keyword::Key, &["KEY"]),
    (Keyword::Merge, &["MERGE"]),
    (Keyword::On, &["ON"]),
    (Keyword::Or, &["OR"]),
    (Keyword::Replace, &["REPLACE"]),
    (Keyword::Select, &["SELECT"]),
    (Keyword::Stdin, &["STDIN"]),
    (Keyword::Update, &["UPDATE"]),
    (Keyword::Using, &["USING"]),
    (Keyword::Values, &["VALUES"]),
    (Keyword::With, &["WITH"]),
];

/// A power of two, several times the number of words.
const SLOTS: usize = 512;

/// The words where their hashes say, or in the next free slot.
static TABLE: [(&[u8], Keyword); SLOTS] = table();

#[expect(clippy::indexing_slicing, reason = "runs at compile time")]
const fn table() -> [(&'static [u8], Keyword); SLOTS] {
    let mut table = [(b"".as_slice(), Keyword::Other); SLOTS];
    let mut group = 0;
    while group < WORDS.len() {
        let (keyword, words) = WORDS[group];
        let mut word = 0;
        while word < words.len() {
            let bytes = words[word].as_bytes();
            let mut slot = hash(bytes[0], bytes[1], bytes[bytes.len() - 1], bytes.len());
            while !table[slot].0.is_empty() {
                slot = (slot + 1) % SLOTS;
            }
            table[slot] = (bytes, keyword);
            word += 1;
        }
        group += 1;
    }
    table
}

/// Of either case.
#[inline]
const fn hash(first: u8, second: u8, last: u8, length: usize) -> usize {
    let letters = u32::from_le_bytes([first | 0x20, second | 0x20, last | 0x20, length as u8]);
    (letters.wrapping_mul(0x9E37_79B1) >> 23) as usize % SLOTS
}

impl Keyword {
    #[inline]
    pub(super) fn of(word: &[u8]) -> Self {
        let (&[first, second, ..], Some(&last)) = (word, word.last()) else {
            return Self::Other;
        };
        let mut slot = hash(first, second, last, word.len());
        // An empty one ends it.
        while let Some((found, keyword)) = TABLE.get(slot) {
            if found.is_empty() || found.eq_ignore_ascii_case(word) {
                return *keyword;
            }
            slot = (slot + 1) % SLOTS;
        }
        Self::Other
    }
}
