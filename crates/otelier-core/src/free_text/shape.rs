//! Secrets that tell themselves by their shape.

use std::ops::Range;

/// How the keys of well-known services start, and how many bytes follow at least.
const PREFIXES: [(&str, usize); 23] = [
    ("sk-", 16),
    ("sk_live_", 10),
    ("sk_test_", 10),
    ("rk_live_", 10),
    ("rk_test_", 10),
    ("whsec_", 16),
    ("ghp_", 16),
    ("gho_", 16),
    ("ghu_", 16),
    ("ghs_", 16),
    ("ghr_", 16),
    ("github_pat_", 16),
    ("glpat-", 16),
    ("xoxa-", 10),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxr-", 10),
    ("xoxs-", 10),
    ("xapp-", 10),
    ("npm_", 30),
    ("hf_", 24),
    ("dckr_pat_", 16),
    ("shpat_", 16),
];

/// The longest first part of a prefix.
const PREFIX_REACH: usize = 6;

/// Words that follow `Bearer` in prose and challenges.
const PROSE: [&str; 12] = [
    "and",
    "auth",
    "authentication",
    "authorization",
    "credentials",
    "error",
    "is",
    "or",
    "realm",
    "scheme",
    "token",
    "tokens",
];

/// The secret that shows itself at `at`, if it does not start before `floor`.
pub(super) fn at(bytes: &[u8], floor: usize, at: usize) -> Option<Range<usize>> {
    match bytes.get(at)? {
        b'-' if bytes.get(at..)?.starts_with(b"-----BEGIN ") => private_key(bytes, at),
        b'-' | b'_' => service_key(bytes, floor, at),
        b'J' => web_token(bytes, floor, at.checked_sub(2)?),
        b'A' => cloud_key(bytes, floor, at),
        _ => scheme(bytes, floor, at),
    }
}

/// Keys are long and hold a digit; names that are written with dashes rarely do.
fn service_key(bytes: &[u8], floor: usize, separator: usize) -> Option<Range<usize>> {
    let before = bytes.get(floor..separator)?.iter().rev();
    let back = before
        .take(PREFIX_REACH + 1)
        .take_while(|byte| byte.is_ascii_lowercase());
    let start = word(bytes, floor, separator - back.count())?;
    let rest = bytes.get(start..)?;
    let (prefix, least) = PREFIXES
        .iter()
        .find(|(prefix, _)| rest.starts_with(prefix.as_bytes()))?;
    let key = run(rest.get(prefix.len()..)?, is_url_safe);
    let is_key = key.len() >= *least && key.iter().any(u8::is_ascii_digit);
    is_key.then(|| start..start + prefix.len() + key.len())
}

/// Two parts in base64 at least, the first of which is a JSON object.
fn web_token(bytes: &[u8], floor: usize, start: usize) -> Option<Range<usize>> {
    let start = word(bytes, floor, start)?;
    let rest = bytes.get(start..)?;
    let header = rest
        .strip_prefix(b"eyJ")
        .map(|rest| run(rest, is_url_safe))?;
    let claims = rest.get(3 + header.len()..)?.strip_prefix(b".")?;
    if header.len() < 5 || run(claims, is_url_safe).len() < 3 {
        return None;
    }
    let token = run(rest, |byte| is_url_safe(byte) || byte == b'.');
    let length = token.iter().rposition(|byte| *byte != b'.')? + 1;
    Some(start..start + length)
}

/// Key ids of AWS and keys of Google.
fn cloud_key(bytes: &[u8], floor: usize, start: usize) -> Option<Range<usize>> {
    let start = word(bytes, floor, start)?;
    let rest = bytes.get(start..)?;
    let length = match rest.get(..4)? {
        b"AKIA" | b"ASIA" => {
            let id = run(rest, |byte| {
                byte.is_ascii_uppercase() || byte.is_ascii_digit()
            });
            let next = rest.get(id.len());
            let is_whole = next.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
            (id.len() >= 20 && is_whole).then_some(id.len())
        }
        b"AIza" => {
            let key = run(rest, is_url_safe);
            (key.len() >= 39).then_some(key.len())
        }
        _ => None,
    }?;
    Some(start..start + length)
}

/// What follows `Bearer` or `Basic`.
fn scheme(bytes: &[u8], floor: usize, start: usize) -> Option<Range<usize>> {
    let start = word(bytes, floor, start)?;
    let rest = bytes.get(start..)?;
    let name = run(rest, |byte| byte.is_ascii_alphabetic());
    let blanks = run(rest.get(name.len()..)?, |byte| byte == b' ');
    if blanks.is_empty() {
        return None;
    }
    let start = name.len() + blanks.len();
    let secret = run(rest.get(start..)?, |byte| {
        is_url_safe(byte) || matches!(byte, b'.' | b'~' | b'+' | b'/' | b'=')
    });
    let is_secret = if name.eq_ignore_ascii_case(b"bearer") {
        is_bearer(secret)
    } else {
        name.eq_ignore_ascii_case(b"basic") && is_base64_text(secret)
    };
    let at = bytes.len() - rest.len() + start;
    is_secret.then(|| at..at + secret.len())
}

fn is_bearer(secret: &[u8]) -> bool {
    let word = run(secret, |byte| byte.is_ascii_alphabetic());
    let is_prose = |prose: &&str| prose.as_bytes().eq_ignore_ascii_case(word);
    let ends = matches!(
        secret.get(word.len()..),
        None | Some([] | [b'.' | b'='] | [b'=', ..])
    );
    let is_prose = ends && PROSE.iter().any(is_prose);
    !secret.is_empty() && !is_prose
}

/// Tells base64 of `user:password` from a word that follows `basic` in prose.
fn is_base64_text(secret: &[u8]) -> bool {
    let is_word = |rest: &[u8]| {
        rest.iter()
            .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'-'))
    };
    secret.len() >= 4 && !secret.split_first().is_some_and(|(_, rest)| is_word(rest))
}

/// From `-----BEGIN … PRIVATE KEY-----` to its end, or that of the text.
fn private_key(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let rest = bytes.get(start..)?;
    let label = run(rest.get(11..)?, |byte| {
        byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' '
    });
    if !label.ends_with(b"PRIVATE KEY") {
        return None;
    }
    let end = b"-----END ";
    let body = rest.windows(end.len()).position(|window| window == end);
    let length = body.map_or(rest.len(), |at| {
        let tail = rest.get(at + end.len()..).unwrap_or_default();
        let label = run(tail, |byte| byte.is_ascii_uppercase() || byte == b' ').len();
        let dashes = run(tail.get(label..).unwrap_or_default(), |byte| byte == b'-').len();
        at + end.len() + label + dashes
    });
    Some(start..start + length)
}

/// `start`, if a word can start there.
fn word(bytes: &[u8], floor: usize, start: usize) -> Option<usize> {
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let is_start = start >= floor && !before.is_some_and(|byte| is_url_safe(*byte));
    is_start.then_some(start)
}

fn run(bytes: &[u8], such: impl Fn(u8) -> bool) -> &[u8] {
    let length = bytes.iter().position(|byte| !such(*byte));
    bytes
        .get(..length.unwrap_or(bytes.len()))
        .unwrap_or_default()
}

fn is_url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}
