//! What statements and commands say of a password, without a separator.

use std::ops::Range;

use super::{Key, Scan};
use crate::redact::bare::ends_url;
use crate::redact::keys::names_secret;
use crate::redact::unit::{closing, count, is_newline, is_quote, is_word, over, unit};
use crate::redact::value::{self, Value};

/// How far before a word those before it are looked for.
const BEFORE: usize = 128;

/// How far behind `IDENTIFIED` its `BY` may stand, and how far the end of what is
/// quoted behind that is looked for.
const IDENTIFIED: usize = 64;
const LITERAL: usize = 256;

/// How long the names of columns are, all together.
const COLUMNS: usize = 512;

const PASSWORDS: [&[u8]; 3] = [b"passphrase", b"passwd", b"password"];

/// What stands before a word, the nearest first, `_` for any: in a sentence,
const SAID: [&str; 6] = ["is", "was", "are", "were", "be", "been"];
/// where an account is made or changed,
const ACCOUNTS: [&str; 4] = ["_ user", "_ role", "_ to", "_ exists"];
/// a setting given,
const SETTINGS: [&str; 3] = ["_ set", "_ local", "_ session"];
/// a database attached,
const ATTACHED: [&str; 2] = ["_ as _ attach", "_ as _ database"];
/// and in a `.netrc`.
const LOGINS: [&str; 3] = ["_ machine", "_ login default", "_ login _ machine"];

/// What stands before the name of what a value was given for.
const FOR: &[u8] = b" for ";
const EXPECTED: [&[u8]; 4] = [b"field ", b"key ", b"option ", b"the "];

/// What stands before the name of whom a password is for.
const SPOKEN: [&str; 6] = [
    "for password",
    "for passphrase",
    "for secret",
    "for token",
    "of password",
    "_ the for password",
];

impl Scan<'_> {
    /// `PASSWORD 'X'`, `IDENTIFIED BY X`.
    pub(super) fn literal(&mut self, key: Key) -> Option<Value> {
        let word = self.slice(key.start..key.end);
        let is = |name: &[u8]| name.eq_ignore_ascii_case(word);
        let in_statement = key.start < self.identified;
        let in_account = key.start < self.assigned;
        let bytes = self.bytes;
        let behind = |words: &[&str]| words.iter().any(|words| follows(bytes, key.start, words));
        let may_be_bare = match word.len() {
            2 if in_statement && is(b"by") => in_account,
            2 if in_account && is(b"to") => true,
            2 if word == b"TO" && behind(&SETTINGS) && self.sets_secret(key) => true,
            2 if in_statement && is(b"as") && behind(&["_ with"]) => false,
            2 if is(b"in") => return self.list(key),
            3 if is(b"key") && behind(&ATTACHED) => false,
            3 if is(b"got") => return self.expected(key),
            4 if word == b"AUTH" => return self.command(key),
            4 if is(b"like") && self.is_compared(key) => false,
            5 if matches!(word, b"PLAIN" | b"LOGIN") && behind(&["auth"]) => true,
            5 if (is(b"ilike") || is(b"rlike")) && self.is_compared(key) => false,
            5 | 6 if is(b"value") || is(b"string") => return self.expected(key),
            6 if word == b"SECRET" => false,
            6 if is(b"regexp") && self.is_compared(key) => false,
            6 if in_statement && is(b"values") && behind(&["by"]) => false,
            6 if is(b"values") => return self.row(key),
            7 if in_statement && is(b"replace") && behind(&["_ by"]) => false,
            7 if is(b"setuser") => return self.command(key),
            8 if is(b"password") && behind(&["set"]) && self.is_for(key.end) => {
                self.assigned = key.end + IDENTIFIED;
                return None;
            }
            8 if is(b"password") && behind(&LOGINS) => true,
            10 if is(b"identified") && !behind(&SAID) => {
                self.identified = key.end + IDENTIFIED;
                if behind(&ACCOUNTS) {
                    self.assigned = self.identified;
                }
                return None;
            }
            10 | 11 if is(b"masterauth") || is(b"requirepass") => self.is_set(key),
            6..=10 if PASSWORDS.into_iter().any(is) => false,
            _ if self.is_given(key) => true,
            _ => return None,
        };
        let (b' ', rest) = self.bytes.get(key.end..)?.split_first()? else {
            return None;
        };
        let prefix = match rest {
            [b'E' | b'N' | b'e' | b'n', b'\'', ..] => 1,
            [b'U', b'&', b'\'', ..] => 2,
            _ => 0,
        };
        let start = key.end + 1 + prefix;
        if !matches!(unit(self.bytes, start)?.byte, b'\'' | b'"') {
            let begins = |word: &[u8]| {
                let next = rest.get(..word.len());
                next.is_some_and(|next| next.eq_ignore_ascii_case(word))
            };
            let is_word = [&b"password"[..], b"random", b"values"]
                .into_iter()
                .any(begins);
            let is_bare = (may_be_bare && !is_word) || rest.starts_with(b"$$");
            return is_bare.then(|| value::argument(self.bytes, key.end))?;
        }
        // What is looked at here may be looked at again.
        let reach = self.slice(0..key.end + LITERAL);
        let value = value::quoted(reach, start)?;
        // Of a text that was cut the quote is not closed.
        let is_whole = reach.len() == self.bytes.len();
        (is_whole || value.range.end < reach.len()).then_some(value)
    }

    /// Whether what stands before an operator is a column of secrets: `token NOT LIKE`.
    fn is_compared(&self, operator: Key) -> bool {
        let start = operator.start;
        let before = self.slice(start.saturating_sub(BEFORE)..start);
        let mut before = before
            .rsplit(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case(b"not"));
        let column = before.next().unwrap_or_default();
        let quotes = column.iter().rev().take_while(|byte| is_quote(**byte));
        let end = column.len() - quotes.count();
        names_secret(column.get(..end).unwrap_or_default())
    }

    /// The texts of a list with which a column of secrets is compared: `token IN ('X', 'Y')`.
    fn list(&self, key: Key) -> Option<Value> {
        let rest = self.bytes.get(key.end..)?;
        let blanks = count(rest, 0, IDENTIFIED, |byte| byte == b' ');
        let list = rest.get(blanks..)?.strip_prefix(b"(")?;
        if !list.first().is_some_and(|byte| is_quote(*byte)) || !self.is_compared(key) {
            return None;
        }
        let start = key.end + blanks + 1;
        let mut end = start;
        loop {
            let quote = unit(self.bytes, end)?;
            if !is_quote(quote.byte) {
                break;
            }
            end = closing(self.bytes, end + quote.len, quote.byte, 0) + quote.len;
            end = over(self.bytes, end, IDENTIFIED, |unit| {
                b", ".contains(&unit.byte)
            });
            if end >= self.bytes.len() {
                break;
            }
        }
        Some((start..end.min(self.bytes.len())).into())
    }

    /// What is quoted in an error that says what it was for, behind it:
    /// `invalid value 'X' for '--token <TOKEN>'`, `string "X", expected u16 for key "db.password"`.
    fn expected(&self, key: Key) -> Option<Value> {
        // What is looked at here may be looked at again.
        let reach = self.slice(0..key.end + LITERAL);
        let value = value::quoted(reach, key.end)?;
        let rest = reach.get(value.range.end..)?;
        let end = rest.iter().position(|byte| is_newline(*byte));
        let rest = rest.get(..end.unwrap_or(rest.len()))?;
        let start = rest.windows(FOR.len()).position(|window| window == FOR)? + FOR.len();
        let rest = rest.get(start..)?;
        let kind = EXPECTED.into_iter().find(|kind| rest.starts_with(kind));
        let rest = rest.get(kind.map_or(0, <[u8]>::len)..)?;
        let rest = rest.get(count(rest, 0, 2, is_quote)..)?;
        let name = rest.get(..count(rest, 0, BEFORE, is_word))?;
        names_secret(name).then_some(value)
    }

    fn sets_secret(&self, key: Key) -> bool {
        let before = self.slice(key.before.unwrap_or(key.start)..key.start);
        names_secret(before.trim_ascii_end())
    }

    /// Whether a variable is given: `ENV TOKEN X`, `config set token X`.
    fn is_given(&self, key: Key) -> bool {
        let before = self.slice(key.before.unwrap_or(key.start)..key.start);
        let is_command = match before {
            b"ENV " | b"setx " => true,
            b"set " => ["_ config", "_ configure"]
                .into_iter()
                .any(|words| follows(self.bytes, key.start, words)),
            _ => false,
        };
        is_command && self.names_secret(key)
    }

    /// The secret behind `password for ann: `, unless it is a word of a sentence.
    pub(super) fn spoken(&self, key: Key, colon: usize) -> Option<Range<usize>> {
        let [b' ', rest @ ..] = self.bytes.get(colon + 1..)? else {
            return None;
        };
        let is_of = SPOKEN
            .into_iter()
            .any(|words| follows(self.bytes, key.start, words));
        let len = count(rest, 0, LITERAL, |byte| !ends_url(byte));
        let word = rest.get(..len)?;
        let is_said = |byte: &u8| byte.is_ascii_lowercase() || b".,;:!-".contains(byte);
        let [first, behind @ ..] = word else {
            return None;
        };
        let is_secret = is_of && !(first.is_ascii_alphabetic() && behind.iter().all(is_said));
        is_secret.then(|| colon + 2..colon + 2 + len)
    }

    fn is_for(&self, at: usize) -> bool {
        self.slice(at..at + 4).eq_ignore_ascii_case(b" for")
    }

    /// What is inserted into columns of which one is secret: `(name, token) VALUES ('a', 'X')`.
    fn row(&self, key: Key) -> Option<Value> {
        let before = self.slice(key.start.saturating_sub(COLUMNS)..key.start);
        let columns = before.trim_ascii_end().strip_suffix(b")")?;
        let open = columns.iter().rposition(|byte| *byte == b'(')?;
        let columns = columns.get(open..)?.split(|byte| *byte == b',');
        let is_secret = |column: &[u8]| names_secret(column.trim_ascii());
        if !columns.into_iter().any(is_secret) {
            return None;
        }
        let rest = self.bytes.get(key.end..)?;
        let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
        let rest = rest.get(blanks..)?.strip_prefix(b"(")?;
        // What is looked at here may be looked at again.
        if !rest.iter().take(LITERAL).any(|byte| is_quote(*byte)) {
            return None;
        }
        let end = rest.iter().position(|byte| is_newline(*byte));
        let rest = rest.get(..end.unwrap_or(rest.len()))?;
        let len = rest.iter().rposition(|byte| *byte == b')');
        let start = key.end + blanks + 1;
        Some((start..start + len.unwrap_or(rest.len())).into())
    }

    /// Whether a setting is given, as in `CONFIG SET requirepass X`, or begins its line.
    fn is_set(&self, key: Key) -> bool {
        let before = key.start.checked_sub(1).and_then(|at| self.bytes.get(at));
        before.is_none_or(|byte| is_newline(*byte)) || follows(self.bytes, key.start, "set")
    }

    /// The rest of a command that has a password: `"AUTH" "X"`, `ACL SETUSER ann >X`.
    fn command(&self, key: Key) -> Option<Value> {
        let quote = unit(self.bytes, key.end).filter(|unit| is_quote(unit.byte));
        let start = key.end + quote.map_or(0, |quote| quote.len);
        let is_quoted = [&b" \""[..], b" \\\""]
            .into_iter()
            .any(|next| self.slice(start..start + next.len()) == next);
        let is_auth = key.end - key.start == 4;
        if is_auth && !is_quoted {
            return None;
        }
        let end = over(self.bytes, key.end, LITERAL, |unit| !is_newline(unit.byte));
        let gives = |two: &[u8]| matches!(two, b" >" | b" <" | b" #");
        let is_secret = is_quoted || self.slice(start..end).windows(2).any(gives);
        is_secret.then(|| (start + 1..end).into())
    }
}

/// Whether the words before `at` are those, the last one first.
fn follows(bytes: &[u8], at: usize, words: &str) -> bool {
    let before = bytes.get(at.saturating_sub(BEFORE)..at).unwrap_or_default();
    let mut before = before
        .rsplit(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    words.split(' ').all(|word| {
        let there = before.next().unwrap_or_default();
        // A quote or a bracket may stand before it.
        let mark = there.iter().take_while(|byte| !is_word(**byte)).count();
        let there = there.get(mark..).unwrap_or_default();
        word == "_" || there.eq_ignore_ascii_case(word.as_bytes())
    })
}
