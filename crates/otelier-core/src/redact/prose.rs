//! Sentences in which a key is only a word.

use super::unit::count;

/// How long a word is that is looked at.
const WORD: usize = 32;

/// What stands around a value that `Debug` wrote.
const WRAPPERS: [&[u8]; 3] = [b": Some(", b": Ok(", b": Err("];

/// Whether what follows the `:` at `at` cannot be the value of its key: the next
/// field of what `Debug` wrote, as in `no credentials: kind: Some(..)`, whose own
/// key says whether it is a secret; or, behind `jwt`, two words in small letters,
/// as no web token begins.
pub(super) fn reads_on(key: &[u8], bytes: &[u8], at: usize) -> bool {
    let Some([b' ', rest @ ..]) = bytes.get(at + 1..) else {
        return false;
    };
    let word = count(rest, 0, WORD, |byte| {
        byte.is_ascii_lowercase() || byte == b'_'
    });
    let behind = rest.get(word..).unwrap_or_default();
    word > 0
        && (WRAPPERS.iter().any(|wrapper| behind.starts_with(wrapper))
            || (key.eq_ignore_ascii_case(b"jwt") && goes_on(behind)))
}

/// Whether a blank follows, and another word that is no key.
fn goes_on(behind: &[u8]) -> bool {
    let [b' ', next @ ..] = behind else {
        return false;
    };
    let word = count(next, 0, WORD, |byte| byte.is_ascii_lowercase());
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b".,;!?)".contains(byte);
    word > 0 && next.get(word).is_none_or(ends)
}

/// Whether two words follow the `:` at `at`, as in `secret.json: No such file`.
pub(super) fn says(bytes: &[u8], at: usize) -> bool {
    let Some([b' ', first, rest @ ..]) = bytes.get(at + 1..) else {
        return false;
    };
    let word = count(rest, 0, WORD, |byte| byte.is_ascii_lowercase());
    first.is_ascii_alphabetic()
        && word > 0
        && matches!(rest.get(word..), Some([b' ', b'a'..=b'z', ..]))
}
