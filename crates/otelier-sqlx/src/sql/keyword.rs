//! The words that mean something to the summary.

/// A word of SQL, or [`Keyword::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Other,
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
    Update,
    Using,
    Values,
    With,
}

impl Keyword {
    #[inline]
    pub(super) fn of(word: &[u8]) -> Self {
        const LONGEST: usize = 12;
        let mut upper = [0; LONGEST];
        let Some(upper) = upper.get_mut(..word.len()) else {
            return Self::Other;
        };
        upper.copy_from_slice(word);
        upper.make_ascii_uppercase();
        match &*upper {
            b"AS" => Self::As,
            b"DELETE" => Self::Delete,
            b"DISTINCT" => Self::Distinct,
            b"DO" => Self::Do,
            b"EXPLAIN" | b"DESCRIBE" | b"DESC" => Self::Explain,
            b"FOR" => Self::For,
            b"FROM" => Self::From,
            b"IN" => Self::In,
            b"INSERT" => Self::Insert,
            b"INTO" => Self::Into,
            b"JOIN" => Self::Join,
            b"KEY" => Self::Key,
            b"MERGE" => Self::Merge,
            b"ON" => Self::On,
            b"OR" => Self::Or,
            b"REPLACE" => Self::Replace,
            b"SELECT" => Self::Select,
            b"UPDATE" => Self::Update,
            b"USING" => Self::Using,
            b"VALUES" => Self::Values,
            b"WITH" => Self::With,
            b"ALTER" | b"CREATE" | b"DROP" | b"REFRESH" | b"TRUNCATE" | b"RENAME" => Self::Ddl,
            b"COLLATION" | b"COLUMN" | b"DATABASE" | b"DOMAIN" | b"EXTENSION" | b"INDEX"
            | b"POLICY" | b"PUBLICATION" | b"ROLE" | b"SCHEMA" | b"SEQUENCE" | b"SERVER"
            | b"STATISTICS" | b"SUBSCRIPTION" | b"TABLE" | b"TABLESPACE" | b"TYPE" | b"USER"
            | b"VIEW" => Self::Object,
            b"EVENT" | b"FUNCTION" | b"PROCEDURE" | b"RULE" | b"TRIGGER" => Self::Routine,
            b"CONCURRENTLY" | b"EXISTS" | b"GLOBAL" | b"IF" | b"IGNORE" | b"LATERAL" | b"LOCAL"
            | b"LOW_PRIORITY" | b"MATERIALIZED" | b"NOT" | b"ONLY" | b"QUICK" | b"RECURSIVE"
            | b"TEMP" | b"TEMPORARY" | b"UNIQUE" | b"UNLOGGED" | b"VIRTUAL" => Self::Noise,
            b"EXCEPT" | b"GROUP" | b"HAVING" | b"INTERSECT" | b"LIMIT" | b"OFFSET" | b"ORDER"
            | b"RETURNING" | b"SET" | b"UNION" | b"WHERE" | b"WINDOW" => Self::Clause,
            b"TO" | b"TRANSACTION" => Self::Tail,
            b"CALL" | b"COPY" | b"EXEC" | b"EXECUTE" | b"LISTEN" | b"NOTIFY" | b"PRAGMA"
            | b"REINDEX" | b"UNLISTEN" | b"VACUUM" | b"ANALYZE" | b"CLUSTER" | b"LOCK" => {
                Self::Named
            }
            b"ABORT" | b"ATTACH" | b"BEGIN" | b"CHECKPOINT" | b"CLOSE" | b"COMMENT" | b"COMMIT"
            | b"DEALLOCATE" | b"DECLARE" | b"DETACH" | b"DISCARD" | b"END" | b"FETCH"
            | b"FLUSH" | b"GRANT" | b"HANDLER" | b"KILL" | b"LOAD" | b"MOVE" | b"OPTIMIZE"
            | b"PREPARE" | b"RELEASE" | b"REPAIR" | b"RESET" | b"REVOKE" | b"ROLLBACK"
            | b"SAVEPOINT" | b"SHOW" | b"START" | b"UNLOCK" | b"USE" | b"XA" => Self::Plain,
            _ => Self::Other,
        }
    }
}
