//! What is a value to none of the databases.

use std::collections::HashSet;

use crate::{dialect::Dialect, lexer::Kind, reader::Reader};

/// What one of them takes for a value or a comment, between two byte offsets.
struct Hidden {
    start: usize,
    end: usize,
    is_value: bool,
}

/// The text with `?` for each value, and a space for each comment, of any dialect.
pub(crate) fn without_values(sql: &str) -> String {
    let mut hidden = Vec::new();
    // Names in double quotes, and where they end, by the one that is careful about them.
    let mut names = HashSet::new();
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
        let mut reader = Reader::new(sql, dialect);
        while let Some((token, _)) = reader.next() {
            let (start, end) = (token.start, token.end);
            let text = sql.get(start..end).unwrap_or_default();
            let is_value = match token.kind {
                Kind::Comment => false,
                Kind::Literal | Kind::Unsure => {
                    if is_number_of_placeholder(sql, start, text)
                        || dialect == Dialect::MySql && names.contains(&(start, end))
                    {
                        continue;
                    }
                    true
                }
                Kind::Name => {
                    if dialect == Dialect::Sqlite && text.starts_with('"') {
                        names.insert((start, end));
                    }
                    continue;
                }
                Kind::Word | Kind::Placeholder | Kind::Mark(_) => continue,
            };
            hidden.push(Hidden {
                start,
                end,
                is_value,
            });
        }
    }
    hidden.sort_unstable_by_key(|piece| piece.start);
    write(sql, &hidden)
}

/// `?1`, which only some read as one.
fn is_number_of_placeholder(sql: &str, start: usize, text: &str) -> bool {
    text.len() <= 4
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && sql.get(..start).is_some_and(|before| before.ends_with('?'))
}

/// The text without the pieces, which come in the order of their starts, and may overlap.
fn write(sql: &str, hidden: &[Hidden]) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut at = 0;
    let mut pieces = hidden.iter().peekable();
    while let Some(first) = pieces.next() {
        let (mut end, mut is_value) = (first.end, first.is_value);
        while let Some(next) = pieces.next_if(|next| next.start < end) {
            end = end.max(next.end);
            is_value |= next.is_value;
        }
        out.push_str(sql.get(at..first.start).unwrap_or_default());
        let is_apart = |c: char| c.is_ascii_whitespace();
        if is_value {
            let is_glued = out.ends_with(|c: char| c.is_alphanumeric() || c == '_');
            out.push_str(if is_glued { " ?" } else { "?" });
        } else if !out.is_empty()
            && !out.ends_with(is_apart)
            && sql
                .get(end..)
                .is_some_and(|rest| !rest.is_empty() && !rest.starts_with(is_apart))
        {
            out.push(' ');
        }
        at = end;
    }
    out.push_str(sql.get(at..).unwrap_or_default());
    out
}
