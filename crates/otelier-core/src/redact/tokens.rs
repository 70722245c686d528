//! Secrets that tell themselves by their shape.

use std::ops::Range;

use super::masked::IN_QUERY;
use super::prefixes::PREFIXES;
use super::unit::{Unit, count, is_quote, over, unit};

/// Which second letters one of them, or the id of a cloud's key, or a web token has
/// behind its first: a bit for five of its bits.
#[expect(
    clippy::indexing_slicing,
    reason = "a constant that went out of bounds would not compile"
)]
const STARTS: [u32; 256] = {
    let mut starts = [0; 256];
    let mut at = 0;
    while at < PREFIXES.len() {
        let prefix = PREFIXES[at].0.as_bytes();
        starts[prefix[0] as usize] |= 1 << (prefix[1] & 31);
        at += 1;
    }
    starts[b'A' as usize] |=
        1 << (b'B' & 31) | 1 << (b'I' & 31) | 1 << (b'K' & 31) | 1 << (b'S' & 31);
    starts[b'e' as usize] |= 1 << (b'y' & 31);
    starts
};

/// Words that follow `Bearer` in prose and challenges.
const PROSE: [&str; 29] = [
    "and",
    "as",
    "auth",
    "authentication",
    "authorization",
    "credentials",
    "error",
    "for",
    "format",
    "has",
    "header",
    "headers",
    "in",
    "is",
    "must",
    "not",
    "of",
    "or",
    "realm",
    "required",
    "resource_metadata",
    "scheme",
    "schemes",
    "status",
    "to",
    "token",
    "tokens",
    "was",
    "with",
];

/// How much of a key is looked at before it is told to be one.
const HEADER: usize = 128;

/// How many blanks may stand behind a scheme.
const BLANKS: usize = usize::MAX;

/// Shorter words are no answers that were negotiated.
const NEGOTIATED: usize = 16;

/// The first secret that shows itself in a word.
pub(super) fn in_word(bytes: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let mut starts = true;
    let first = word.start;
    for at in word {
        let byte = *bytes.get(at)?;
        if starts && may_start(byte, bytes.get(at + 1)) && !is_within(bytes, at) {
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

/// Whether base64 of something else goes on here, behind one of its own marks.
fn is_within(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    let rest = bytes.get(at..).unwrap_or_default();
    matches!(before, Some(b'+' | b'/')) && rest.starts_with(b"EAA")
}

#[inline]
fn may_start(first: u8, second: Option<&u8>) -> bool {
    let seconds = STARTS.get(usize::from(first)).copied().unwrap_or_default();
    seconds != 0 && second.is_some_and(|second| seconds >> (second & 31) & 1 != 0)
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
    let head = body.get(..HEADER).unwrap_or(body);
    let head = run(head, |byte| is_url_safe(byte) || (dots && byte == b'.'));
    let has = |such: fn(&u8) -> bool| head.iter().any(such);
    let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    if head.len() < *least || !has(u8::is_ascii_digit) {
        return None;
    }
    // So begins much that is base64 of something else.
    let is_blob = matches!(body.get(head.len()), Some(b'+' | b'/')) || !is_mixed;
    if *prefix == "EAA" && is_blob {
        return None;
    }
    // Others are of base64, or several parts, of which the first is known.
    let is_base64 = prefix.ends_with(|last: char| last.is_ascii_alphanumeric());
    let key = run(rest, |byte| {
        is_url_safe(byte) || byte == b'.' || (is_base64 && matches!(byte, b'+' | b'/' | b'='))
    });
    Some(key.iter().rposition(|byte| *byte != b'.')? + 1)
}

/// Two parts in base64 at least, the first of which is a JSON object. The second may be
/// empty.
fn web_token(rest: &[u8], reach: usize) -> Option<usize> {
    let header = rest.strip_prefix(b"eyJ")?;
    let header = run(header.get(..reach).unwrap_or(header), is_url_safe);
    let claims = rest.get(3 + header.len()..)?.strip_prefix(b".")?;
    let claims = claims.strip_prefix(b".").unwrap_or(claims);
    if header.len() < 5 || run(claims, is_url_safe).len() < 3 {
        return None;
    }
    let token = run(rest, |byte| is_url_safe(byte) || byte == b'.');
    Some(token.iter().rposition(|byte| *byte != b'.')? + 1)
}

/// How the hashes of passwords start, in the form of `crypt`.
const HASHES: [&[u8]; 9] = [
    b"$2a$",
    b"$2b$",
    b"$2y$",
    b"$5$",
    b"$6$",
    b"$argon2",
    b"$pbkdf2",
    b"$scrypt$",
    b"$y$",
];

/// How long the hash of a password is that `rest` starts with.
pub(super) fn hash(rest: &[u8]) -> Option<usize> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"$./=,+-".contains(&byte);
    let is_hash = HASHES.iter().any(|hash| rest.starts_with(hash));
    let len = is_hash.then(|| run(rest, is_part).len())?;
    (len > 24).then_some(len)
}

/// Key ids of AWS and keys of Google.
fn cloud_key(rest: &[u8]) -> Option<usize> {
    match rest.get(..4)? {
        b"ABIA" | b"AKIA" | b"ASIA" => {
            let id = run(rest, |byte| {
                byte.is_ascii_uppercase() || byte.is_ascii_digit()
            });
            let next = rest.get(id.len());
            let is_whole = next.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
            // The secret may stand behind its id.
            let secret = rest
                .get(id.len()..)?
                .strip_prefix(b":")
                .map_or(0, |secret| {
                    let secret = run(secret, |byte| is_url_safe(byte) || b"+/=".contains(&byte));
                    secret.len() + 1
                });
            let secret = if secret > 27 { secret } else { 0 };
            (id.len() == 20 && is_whole).then_some(id.len() + secret)
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
    let is_negotiated = word == b"Negotiate" || word == b"NTLM";
    if !is_bearer_scheme && !is_negotiated && !word.eq_ignore_ascii_case(b"basic") {
        return None;
    }
    let start = over(bytes, end, BLANKS, is_blank);
    if start == end {
        return None;
    }
    let quote = over(bytes, start, 1, |unit| is_quote(unit.byte));
    let start = if is_bearer_scheme { quote } else { start };
    // Where it is a blank, it is one behind the next word, too.
    let is_plus_blank = bytes.get(end) == Some(&b'+');
    let secret = run(bytes.get(start..)?, |byte| match byte {
        b'+' => !is_plus_blank,
        byte => is_url_safe(byte) || matches!(byte, b'.' | b'~' | b'/' | b'=' | b'%' | b'|'),
    });
    let is_other = secret.starts_with(b"--") || secret == IN_QUERY.as_bytes();
    let is_secret = !is_other
        && is_no_prose(secret)
        && (is_bearer_scheme || is_base64_text(secret))
        && (!is_negotiated || secret.len() > NEGOTIATED);
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
    let inner = secret
        .get(..secret.len().saturating_sub(1))
        .unwrap_or_default();
    secret.len() >= 8
        && !inner.contains(&b'.')
        && !secret.split_first().is_some_and(|(_, rest)| is_word(rest))
}

/// Whether it is base64 of `user:password`, as files of registries have it.
pub(super) fn is_encoded_login(text: &[u8]) -> bool {
    let sextet = |byte: &u8| match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        b'=' => Some(0),
        _ => None,
    };
    let (fours, rest) = text.get(..HEADER).unwrap_or(text).as_chunks::<4>();
    let four = |four: &[u8; 4]| {
        let bits = four.iter().map(sextet);
        let bits = bits.reduce(|all, next| Some(all? << 6 | next?))??;
        Some(bits.to_be_bytes())
    };
    let mut has_colon = false;
    let mut is_text = |[_, three @ ..]: [u8; 4]| {
        has_colon |= three.contains(&b':');
        three.iter().all(|byte| *byte == 0 || *byte >= b' ')
    };
    let is_text = fours.len() > 1 && fours.iter().all(|it| four(it).is_some_and(&mut is_text));
    is_text && has_colon && rest.len() < 4
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
