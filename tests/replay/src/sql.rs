//! SQL in the rules of every database.

use otelier_sqlx::sql::{Dialect, Digest, MAX_TEXT};

use crate::{SECRET, entropy::Entropy};

const DIALECTS: [Dialect; 3] = [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite];

/// Any text at all.
pub fn sql_soup(data: &[u8]) {
    let sql = String::from_utf8_lossy(data);
    for dialect in DIALECTS {
        let digest = Digest::of(&sql, dialect);
        assert!(digest.text().len() <= MAX_TEXT, "{}", digest.text().len());
        assert!(digest.summary().len() <= 255, "{}", digest.summary());
        // As it is said more, but for the strings that were none.
        if digest.text() == sql {
            assert_eq!(Digest::of(digest.text(), dialect), digest);
        }
    }
}

/// Statements of well-formed tokens, with secrets in their literals and comments.
pub fn sql_literals(data: &[u8]) {
    let mut entropy = Entropy::new(data);
    let dialect = DIALECTS[entropy.below(3)];
    let mut sql = String::new();
    while !entropy.is_empty() && sql.len() < 8192 {
        match entropy.below(4) {
            0 => sql.push_str(&literal(&mut entropy, dialect)),
            _ => sql.push_str(entropy.pick(&TOKENS)),
        }
        sql.push_str(entropy.pick(&[" ", " ", "\n", "\t "]));
    }
    let digest = Digest::of(&sql, dialect);
    let all = [digest.text(), digest.summary()].concat();
    assert!(!all.contains(SECRET), "{dialect:?} {sql} -> {all}");
    assert!(digest.text().len() <= MAX_TEXT && digest.summary().len() <= 255);
}

const TOKENS: [&str; 60] = [
    "SELECT", "FROM", "WHERE", "IN", "(", ")", ",", "=", "INSERT", "INTO", "VALUES", "UPDATE",
    "SET", "DELETE", "WITH", "AS", "CASE", "WHEN", "END", "CREATE", "TABLE", "ALTER", "DROP",
    "INDEX", "CALL", "EXPLAIN", "MERGE", "JOIN", "ON", "ORDER", "BY", "LIMIT", ";", "*", "a", "b1",
    "t.c", "été", "f(", "||", "::text", "->>", "<", ">=", "+", "-", "/", "%", ".", "$1", "1",
    "2.5e3", "0xff", "NULL", "TRUE", "LIKE", "BETWEEN", "AND", "NOT", "UNION",
];

/// A literal or comment that ends by itself, whatever the server's settings.
fn literal(entropy: &mut Entropy<'_>, dialect: Dialect) -> String {
    let common = [
        format!("'{SECRET}'"),
        format!("'it''s {SECRET}'"),
        format!("'-- {SECRET}'"),
        format!("'/* {SECRET}'"),
        format!("'{SECRET} */ `\"$$ #'"),
        format!("N'{SECRET}'"),
        format!("/* {SECRET} ' \" */"),
        format!("-- {SECRET} ' \" `\n"),
        format!("''/* {SECRET} */''"),
        format!("DATE '{SECRET}'"),
    ];
    let own = match dialect {
        Dialect::Postgres => vec![
            format!("E'it\\'s {SECRET}'"),
            format!("$${SECRET} ' $$"),
            format!("$a$it's {SECRET} $b$ $$ $a$"),
            format!("U&'{SECRET}'"),
            format!("/* /* {SECRET} */ {SECRET} */"),
            format!("E'\\\\' || '{SECRET}'"),
        ],
        Dialect::MySql => vec![
            format!("\"{SECRET}\""),
            format!("_utf8'{SECRET}'"),
            format!("# {SECRET} ' \"\n"),
            format!("\"it''s {SECRET}\""),
        ],
        // A dot behind it would make it a name.
        _ => vec![format!("= \"{SECRET}\" ,"), format!("X'00' || '{SECRET}'")],
    };
    let all = [common.as_slice(), &own].concat();
    all[entropy.below(all.len())].clone()
}
