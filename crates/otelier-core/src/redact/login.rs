//! User and password before a host, where no scheme tells them.

use std::ops::Range;

use super::bare::ends_url;
use super::masked::CREDENTIALS;
use super::unit::count;

/// How long user and password are.
const REACH: usize = 128;

/// Words that stand before the name of somebody, with a colon.
const ADDRESSED: [&[u8]; 12] = [
    b"acct", b"by", b"cc", b"email", b"from", b"host", b"mailto", b"sip", b"sips", b"to", b"user",
    b"xmpp",
];

/// What stands before the `@` at `at`, in `ann:X@tcp(host)`, `ann:X@/name` or
/// `ann:X@host:5432`, if it is a user and a password.
pub(super) fn login(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    if !tells_host(bytes.get(at + 1..)?) {
        return None;
    }
    let before = bytes.get(at.saturating_sub(REACH)..at)?;
    let is_end = |byte: &u8| ends_url(*byte) || matches!(byte, b'(' | b'[' | b'{' | b',');
    let len = before.iter().rev().take_while(|byte| !is_end(byte)).count();
    let word = before.get(before.len() - len..)?;
    let colon = word.iter().position(|byte| *byte == b':')?;
    let (user, password) = (word.get(..colon)?, word.get(colon + 1..)?);
    let start = user
        .iter()
        .rposition(|byte| matches!(byte, b'=' | b'&' | b'?'));
    let start = start.map_or(0, |at| at + 1);
    let user = user.get(start..)?;
    // Behind a scheme all of it is known.
    let is_other = matches!(password, [] | [b'/', b'/', ..] | [.., b':'])
        || user.is_empty()
        || ADDRESSED.iter().any(|word| word.eq_ignore_ascii_case(user));
    let found = at - len + start..at;
    (!is_other && bytes.get(found.clone()) != Some(CREDENTIALS.as_bytes())).then_some(found)
}

/// A host, as drivers of databases and proxies take it: with a way to it, with a port,
/// or left out.
fn tells_host(rest: &[u8]) -> bool {
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let host = count(rest, 0, REACH, is_host);
    match rest.get(host..) {
        Some([b'/', ..]) => host == 0,
        Some([b'(', ..]) => true,
        Some([b':', port @ ..]) => {
            let digits = count(port, 0, 6, |byte| byte.is_ascii_digit());
            let next = port.get(digits);
            (host > 0 && (2..6).contains(&digits)) && !next.is_some_and(u8::is_ascii_alphanumeric)
        }
        _ => false,
    }
}
