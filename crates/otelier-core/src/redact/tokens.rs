//! Secrets that tell themselves by their shape: one table.

use std::ops::Range;

use super::unit::{Unit, count, over, unit};

/// How the keys of well-known services start, and how many bytes follow at least.
pub(super) const PREFIXES: [(&str, usize); 51] = [
    ("AGE-SECRET-KEY-", 16),
    ("ATATT3x", 16),
    ("NRAK-", 16),
    ("PMAK-", 16),
    ("SG.", 20),
    ("dckr_pat_", 16),
    ("doo_v1_", 16),
    ("dop_v1_", 16),
    ("dor_v1_", 16),
    ("figd_", 16),
    ("gho_", 16),
    ("ghp_", 16),
    ("ghr_", 16),
    ("ghs_", 16),
    ("ghu_", 16),
    ("github_pat_", 16),
    ("gldt-", 16),
    ("glpat-", 16),
    ("glptt-", 16),
    ("glrt-", 16),
    ("glsa_", 16),
    ("gsk_", 16),
    ("hf_", 24),
    ("hvb.", 16),
    ("hvs.", 16),
    ("lin_api_", 16),
    ("npm_", 30),
    ("pplx-", 16),
    ("pscale_pw_", 16),
    ("pscale_tkn_", 16),
    ("pypi-", 16),
    ("r8_", 30),
    ("rk_live_", 10),
    ("rk_test_", 10),
    ("rubygems_", 16),
    ("sbp_", 16),
    ("shpat_", 16),
    ("shpca_", 16),
    ("shppa_", 16),
    ("shpss_", 16),
    ("sk-", 16),
    ("sk_live_", 10),
    ("sk_test_", 10),
    ("sntrys_", 16),
    ("sntryu_", 16),
    ("sq0", 16),
    ("whsec_", 16),
    ("xai-", 16),
    ("xapp-", 10),
    ("xkeysib-", 16),
    ("xox", 10),
];

/// Whether one of them, or the id of a cloud's key, or a web token starts so.
#[expect(
    clippy::indexing_slicing,
    reason = "a constant that went out of bounds would not compile"
)]
const STARTS: [bool; 256] = {
    let mut starts = [false; 256];
    let mut at = 0;
    while at < PREFIXES.len() {
        starts[PREFIXES[at].0.as_bytes()[0] as usize] = true;
        at += 1;
    }
    starts[b'A' as usize] = true;
    starts[b'e' as usize] = true;
    starts
};

/// Words that follow `Bearer` in prose and challenges.
const PROSE: [&str; 19] = [
    "and",
    "auth",
    "authentication",
    "authorization",
    "credentials",
    "error",
    "format",
    "header",
    "headers",
    "is",
    "or",
    "realm",
    "required",
    "resource_metadata",
    "scheme",
    "schemes",
    "status",
    "token",
    "tokens",
];

/// How much of a key is looked at before it is told to be one.
const HEADER: usize = 128;

/// How many blanks may stand behind a scheme.
const BLANKS: usize = usize::MAX;

/// The first secret that shows itself in a word.
pub(super) fn in_word(bytes: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let mut starts = true;
    let first = word.start;
    for at in word {
        let byte = *bytes.get(at)?;
        if starts && STARTS.get(usize::from(byte)).is_some_and(|starts| *starts) {
            // From a dash on, what follows may be looked at again.
            let is_free = at == first || bytes.get(at - 1) == Some(&b'.');
            let reach = if is_free { usize::MAX } else { HEADER };
            if let Some(len) = token(bytes.get(at..)?, reach) {
                return Some(at..at + len);
            }
        }
        if byte == b'-'
            && is_frame(bytes, at)
            && let Some(key) = private_key(bytes, at)
        {
            return Some(key);
        }
        starts = matches!(byte, b'.' | b'-' | b'_');
    }
    None
}

/// How long the secret is that `rest` starts with. The first part of a web token
/// is at most `reach` bytes long.
pub(super) fn token(rest: &[u8], reach: usize) -> Option<usize> {
    service_key(rest)
        .or_else(|| web_token(rest, reach))
        .or_else(|| cloud_key(rest))
}

/// Keys are long and hold a digit; names that are written with dashes rarely do.
fn service_key(rest: &[u8]) -> Option<usize> {
    let first = rest.first();
    let before = PREFIXES.partition_point(|(prefix, _)| prefix.as_bytes().first() < first);
    let (prefix, least) = PREFIXES
        .get(before..)?
        .iter()
        .take_while(|(prefix, _)| prefix.as_bytes().first() == first)
        .find(|(prefix, _)| rest.starts_with(prefix.as_bytes()))?;
    let body = rest.get(prefix.len()..)?;
    let dots = prefix.ends_with('.');
    let is_part = |byte| is_url_safe(byte) || (dots && byte == b'.');
    let head = run(body.get(..HEADER).unwrap_or(body), is_part);
    let is_key = head.len() >= *least && head.iter().any(u8::is_ascii_digit);
    is_key.then(|| prefix.len() + run(body, is_part).len())
}

/// Two parts in base64 at least, the first of which is a JSON object.
fn web_token(rest: &[u8], reach: usize) -> Option<usize> {
    let header = rest.strip_prefix(b"eyJ")?;
    let header = run(header.get(..reach).unwrap_or(header), is_url_safe);
    let claims = rest.get(3 + header.len()..)?.strip_prefix(b".")?;
    if header.len() < 5 || run(claims, is_url_safe).len() < 3 {
        return None;
    }
    let token = run(rest, |byte| is_url_safe(byte) || byte == b'.');
    Some(token.iter().rposition(|byte| *byte != b'.')? + 1)
}

/// Key ids of AWS and keys of Google.
fn cloud_key(rest: &[u8]) -> Option<usize> {
    match rest.get(..4)? {
        b"AKIA" | b"ASIA" => {
            let id = run(rest, |byte| {
                byte.is_ascii_uppercase() || byte.is_ascii_digit()
            });
            let next = rest.get(id.len());
            let is_whole = next.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
            (id.len() == 20 && is_whole).then_some(id.len())
        }
        b"AIza" => {
            let key = run(rest, is_url_safe);
            (key.len() >= 39).then_some(key.len())
        }
        _ => None,
    }
}

/// What follows the word `Bearer` or `Basic` that ends at `end`.
pub(super) fn behind_scheme(bytes: &[u8], word: &[u8], end: usize) -> Option<Range<usize>> {
    let is_bearer_scheme = word.eq_ignore_ascii_case(b"bearer");
    if !is_bearer_scheme && !word.eq_ignore_ascii_case(b"basic") {
        return None;
    }
    let start = over(bytes, end, BLANKS, is_blank);
    if start == end {
        return None;
    }
    let secret = run(bytes.get(start..)?, |byte| {
        is_url_safe(byte) || matches!(byte, b'.' | b'~' | b'+' | b'/' | b'=' | b'%' | b'|')
    });
    let is_flag = secret.starts_with(b"--");
    let is_secret = !is_flag && is_no_prose(secret) && (is_bearer_scheme || is_base64_text(secret));
    is_secret.then(|| start..start + secret.len())
}

fn is_no_prose(secret: &[u8]) -> bool {
    let word = run(secret, |byte| byte.is_ascii_alphabetic() || byte == b'_');
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
    secret.len() >= 8 && !secret.split_first().is_some_and(|(_, rest)| is_word(rest))
}

/// From `-----BEGIN … PRIVATE KEY …-----` at `start` to its end, or that of the text.
fn private_key(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let dashes = start + count(bytes, start, 8, |byte| byte == b'-');
    let label = over(bytes, dashes, 1, is_blank);
    if dashes < start + 4 || !bytes.get(label..)?.starts_with(b"BEGIN") {
        return None;
    }
    let (_, is_private) = self::label(bytes, label + 5);
    if !is_private {
        return None;
    }
    let mut from = dashes;
    while let Some(at) = bytes.get(from..)?.iter().position(|byte| *byte == b'-') {
        let dashes = from + at;
        from = dashes + count(bytes, dashes, usize::MAX, |byte| byte == b'-');
        let label = over(bytes, from, 1, is_blank);
        if from - dashes >= 4 && bytes.get(label..)?.starts_with(b"END") {
            // That of something else in between ends nothing.
            let (end, is_private) = self::label(bytes, label + 3);
            if is_private {
                return Some(start..end + count(bytes, end, 8, |byte| byte == b'-'));
            }
        }
    }
    Some(start..bytes.len())
}

/// Where the name of a block ends that starts at `at`, and whether it is one of
/// a private key.
fn label(bytes: &[u8], at: usize) -> (usize, bool) {
    const MEANT: &[u8] = b"PRIVATEKEY";
    let mut end = at;
    let mut found = 0;
    for _ in 0..64 {
        match unit(bytes, end) {
            Some(unit) if is_blank(unit) => end += unit.len,
            Some(unit) if unit.byte.is_ascii_uppercase() || unit.byte.is_ascii_digit() => {
                if found < MEANT.len() {
                    found = if MEANT.get(found) == Some(&unit.byte) {
                        found + 1
                    } else {
                        usize::from(unit.byte == b'P')
                    };
                }
                end += unit.len;
            }
            _ => break,
        }
    }
    (end, found == MEANT.len())
}

fn is_blank(unit: Unit) -> bool {
    matches!(unit.byte, b' ' | b'\t' | b'+')
}

/// Whether a private key may start with the dashes at `at`.
fn is_frame(bytes: &[u8], at: usize) -> bool {
    bytes
        .get(at..)
        .is_some_and(|rest| rest.starts_with(b"----"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_each_prefix_is_found() {
        assert!(PREFIXES.is_sorted_by_key(|(prefix, _)| prefix));
        for (prefix, least) in PREFIXES {
            let key = format!("{prefix}{}", "k3y".repeat(least / 3 + 1));
            assert_eq!(
                in_word(key.as_bytes(), 0..key.len()),
                Some(0..key.len()),
                "{key}"
            );
        }
    }
}
