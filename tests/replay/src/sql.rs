//! SQL in the rules of every database.

use otelier_sql::{Dialect, Digest, MAX_TEXT};

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

/// Statements of well-formed tokens, with secrets in their literals and comments, for servers of
/// any setting; some break off.
pub fn sql_literals(data: &[u8]) {
    let mut entropy = Entropy::new(data);
    let dialect = DIALECTS[entropy.below(3)];
    let escapes = match dialect {
        Dialect::Postgres => entropy.pick(&["", "'"]),
        Dialect::MySql => entropy.pick(&["'\"", "", "'"]),
        _ => "",
    };
    let kept = entropy.byte();
    let mut sql = String::new();
    while !entropy.is_empty() && sql.len() < 8192 {
        match entropy.below(4) {
            0 => sql.push_str(&literal(&mut entropy, dialect, escapes)),
            _ => sql.push_str(entropy.pick(&TOKENS)),
        }
        sql.push_str(entropy.pick(&[" ", " ", "\n", "\t "]));
    }
    if kept % 2 == 1 {
        sql.truncate(sql.floor_char_boundary(sql.len() * usize::from(kept) / 255));
    }
    let digest = Digest::of(&sql, dialect);
    let all = [digest.text(), digest.summary()].concat();
    assert!(!all.contains(&SECRET[..4]), "{dialect:?} {sql} -> {all}");
    assert!(digest.text().len() <= MAX_TEXT && digest.summary().len() <= 255);
}

const TOKENS: [&str; 60] = [
    "SELECT", "FROM", "WHERE", "IN", "(", ")", ",", "=", "INSERT", "INTO", "VALUES", "UPDATE",
    "SET", "DELETE", "WITH", "AS", "CASE", "WHEN", "END", "CREATE", "TABLE", "ALTER", "DROP",
    "INDEX", "CALL", "EXPLAIN", "MERGE", "JOIN", "ON", "ORDER", "BY", "LIMIT", ";", "*", "a", "b1",
    "t.c", "été", "f(", "||", "::text", "->>", "<", ">=", "+", "-", "/", "%", ".", "$1", "1",
    "2.5e3", "0xff", "NULL", "TRUE", "LIKE", "BETWEEN", "AND", "NOT", "UNION",
];

/// A literal or comment that ends by itself. `escapes` are the quotes within which the server
/// takes a backslash for an escape.
fn literal(entropy: &mut Entropy<'_>, dialect: Dialect, escapes: &str) -> String {
    let mut all = vec![
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
        format!("'{SECRET}\\\\'"),
    ];
    all.extend(match dialect {
        // A string on the next line would be a part of what begins with E.
        Dialect::Postgres => vec![
            format!("E'it\\'s {SECRET}' ,"),
            format!("$${SECRET} ' $$"),
            format!("$a$it's {SECRET} $b$ $$ $a$"),
            format!("U&'{SECRET}'"),
            format!("/* /* {SECRET} */ {SECRET} */"),
            format!("E'\\\\' || '{SECRET}'"),
            format!("E'a' -- it's\n 'it\\'s {SECRET}' ,"),
        ],
        Dialect::MySql => vec![
            format!("\"{SECRET}\""),
            format!("_utf8'{SECRET}'"),
            format!("# {SECRET} ' \"\n"),
            format!("\"it''s {SECRET}\""),
        ],
        // A dot behind it would make it a name.
        _ => vec![format!("= \"{SECRET}\" ,"), format!("X'00' || '{SECRET}'")],
    });
    let quotes = match dialect {
        Dialect::MySql => ["'", "\""].as_slice(),
        _ => &["'"],
    };
    for quote in quotes {
        all.extend(if escapes.contains(quote) {
            [
                format!("{quote}it\\{quote}s {SECRET}{quote}"),
                format!("{quote}\\{quote}{quote}{quote} {SECRET}{quote}"),
            ]
        } else {
            [
                format!("{quote}{SECRET}\\{quote}"),
                format!("{quote}\\{quote}{quote}{SECRET}{quote}"),
            ]
        });
    }
    all.swap_remove(entropy.below(all.len()))
}
