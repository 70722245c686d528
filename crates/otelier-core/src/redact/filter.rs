//! Which texts can hold a secret at all, told in passes that cost little: by the
//! bytes that are in them, and then by the words and marks that secrets have.

use super::{login::login, needles::has_needle};

/// Shorter texts are no secret and hold none: the shortest is `)=(`.
const LEAST: usize = 3;

/// Bytes that are looked at together.
const CHUNK: usize = 16;

/// How far the blank behind a scheme may be from its first letter.
const REACH: usize = 6;

/// Whether a secret can be in the text.
///
/// Two instructions a byte if it is made of small letters, digits and blanks,
/// three if it has nothing else that marks a secret, some ten if it has.
#[inline]
pub(super) fn may_hold_secret(text: &[u8]) -> bool {
    if let Some(last) = text.last_chunk() {
        return may_hold_in(text, last);
    }
    let Some(chunk) = spread(text) else {
        return text.len() >= LEAST && is_marked(text);
    };
    let (is_plain, has_b) = look(&chunk);
    if is_plain {
        has_b && holds_scheme(text)
    } else {
        is_marked(text)
    }
}

/// The same for a text of a chunk and more. Of its end some bytes are looked at
/// twice.
fn may_hold_in(text: &[u8], last: &[u8; CHUNK]) -> bool {
    let mut has_scheme = false;
    let mut is_plain = |at, chunk| {
        let (is_plain, has_b) = look(chunk);
        has_scheme |= has_b && holds_scheme_from(text, at);
        is_plain
    };
    let (chunks, _) = text.as_chunks();
    let places = (0..).step_by(CHUNK);
    if is_plain(text.len() - CHUNK, last)
        && places.zip(chunks).all(|(at, chunk)| is_plain(at, chunk))
    {
        has_scheme
    } else {
        is_marked(text)
    }
}

/// Fills a chunk with the bytes of a shorter text, some of them twice. `None` for
/// less than four.
#[inline]
fn spread(text: &[u8]) -> Option<[u8; CHUNK]> {
    let halves = match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => [first, last].map(|half| u64::from_le_bytes(*half)),
        _ => {
            let (first, last) = (text.first_chunk()?, text.last_chunk()?);
            let [first, last] = [first, last].map(|quarter| u32::from_le_bytes(*quarter));
            [u64::from(first) << 32 | u64::from(last); 2]
        }
    };
    let [low, high] = halves.map(u128::from);
    Some((high << 64 | low).to_le_bytes())
}

/// Whether there are small letters, digits, blanks, dots, slashes and commas
/// alone, where only `bearer x` and `basic x` are secrets; and whether there is
/// a `b`.
///
/// By itself, and for sixteen bytes, as the compiler takes all of them at once
/// then.
#[inline(never)]
fn look(chunk: &[u8; CHUNK]) -> (bool, bool) {
    let is_plain = |byte: u8| {
        (byte.wrapping_sub(b'a') < 26)
            | (byte.wrapping_sub(b'.') < 12)
            | (byte == b' ')
            | (byte == b',')
    };
    (
        chunk.iter().fold(true, |all, byte| all & is_plain(*byte)),
        chunk.iter().fold(false, |any, byte| any | (*byte == b'b')),
    )
}

/// Whether a scheme starts in the chunk at `at`: in a text that is plain, a `b`
/// is where the blanks and one more letter stand as they do in `bearer x` and
/// `basic x`.
#[inline(never)]
fn holds_scheme_from(text: &[u8], at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    rest.first_chunk().is_none_or(may_start_scheme)
        && holds_scheme(rest.get(..CHUNK + REACH).unwrap_or(rest))
}

#[inline]
fn may_start_scheme(seen: &[u8; CHUNK + REACH]) -> bool {
    let [_, _, thirds @ ..] = seen;
    let [_, _, _, _, _, sixths @ ..] = seen;
    let [_, _, _, _, _, _, sevenths @ ..] = seen;
    let letters = seen.iter().zip(thirds);
    let blanks = sixths.iter().zip(sevenths);
    letters
        .zip(blanks)
        .fold(false, |any, ((first, third), (sixth, seventh))| {
            let bearer = (*third == b'a') & (*seventh == b' ');
            let basic = (*third == b's') & (*sixth == b' ');
            any | ((*first == b'b') & (bearer | basic))
        })
}

fn holds_scheme(text: &[u8]) -> bool {
    text.iter().enumerate().any(|(at, byte)| {
        let rest = || text.get(at..).unwrap_or_default();
        *byte == b'b' && (rest().starts_with(b"bearer ") || rest().starts_with(b"basic "))
    })
}

/// Kinds of bytes, one bit each.
type Kinds = u16;

const PAIR: Kinds = 1;
const COMMA: Kinds = 1 << 1;
const PAREN: Kinds = 1 << 2;
const DASH: Kinds = 1 << 3;
const TOKEN: Kinds = 1 << 4;
const CLOUD: Kinds = 1 << 5;
const SCHEME: Kinds = 1 << 6;
const QUOTE: Kinds = 1 << 7;
const DIGIT: Kinds = 1 << 8;
const DOT: Kinds = 1 << 9;
const I: Kinds = 1 << 10;
const BLANK: Kinds = 1 << 11;
const ENCODED: Kinds = 1 << 12;
const AT: Kinds = 1 << 13;
/// Capitals in keys that have no dash and no underscore.
const CAPITAL: Kinds = 1 << 14;
const BASE: Kinds = 1 << 15;

/// Marks, each of which counts only in a text that has all of the other kinds.
const NEEDS: [Kinds; 12] = [
    // `key=value`, `key: value`, `<key>value`
    PAIR,
    // `("key", "value")`
    COMMA | QUOTE,
    // `Key("value")`
    PAREN | QUOTE,
    // Keys of services hold a digit,
    DASH | DIGIT,
    // private ones start with `-----BEGIN `, and `--key value` has a blank, too.
    DASH | BLANK,
    // `eyJ.`, `SG.`, `hvs.`
    TOKEN | DOT,
    // `AKIA`, `ASIA`, `AIza`
    CLOUD | I,
    // `ATATT3x`, `EAA`
    CLOUD | CAPITAL | DIGIT,
    // `LS0tLS1CRUdJTi`, `GR1348941`
    BASE | CAPITAL | DIGIT,
    // `Bearer `, `Basic `
    SCHEME | BLANK,
    // `Duplicate entry 'value'`
    QUOTE | BLANK,
    // `Failing row contains (value)`
    PAREN | BLANK,
];

#[expect(
    clippy::indexing_slicing,
    reason = "a constant that went out of bounds would not compile"
)]
const KINDS: [Kinds; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < kinds.len() {
        kinds[byte] = kinds_of(byte as u8);
        byte += 1;
    }
    kinds
};

const fn kinds_of(byte: u8) -> Kinds {
    match byte {
        b'%' => ENCODED,
        // A backslash may stand before the code of the others.
        b'=' | b':' | b'>' | b'\n' => PAIR,
        b'\\' => PAIR | BLANK,
        b',' => COMMA,
        b'(' => PAREN,
        b'$' | b'-' | b'_' => DASH,
        b'J' | b'G' => TOKEN | BASE,
        b'v' => TOKEN,
        b'A' => CLOUD,
        b'E' | b'Q' | b'R' | b'T' => CAPITAL,
        b'@' => AT,
        b'b' | b'B' => SCHEME,
        b'"' | b'\'' | b'`' => QUOTE,
        b'0'..=b'9' => DIGIT,
        b'.' => DOT,
        b'I' => I,
        b' ' | b'\t' | b'\r' | b'\x0c' | b'+' => BLANK,
        _ => 0,
    }
}

fn is_marked(text: &[u8]) -> bool {
    let (fours, rest) = text.as_chunks::<4>();
    let four = |[a, b, c, d]: &[u8; 4]| kinds(*a) | kinds(*b) | kinds(*c) | kinds(*d);
    let seen = fours.iter().fold(0, |seen, bytes| seen | four(bytes));
    let seen = rest.iter().fold(seen, |seen, byte| seen | kinds(*byte));
    // What is encoded is not compared with anything here.
    let has = |kinds| seen & kinds == kinds;
    has(ENCODED)
        || (NEEDS.iter().any(|needs| has(*needs)) && has_needle(text))
        || (has(AT | PAIR) && has_login(text))
}

/// Whether something logs in without a scheme: `ann:X@tcp(host)`.
#[inline(never)]
fn has_login(text: &[u8]) -> bool {
    let mut at = 0;
    while let Some(next) = text
        .get(at..)
        .and_then(|rest| rest.iter().position(|b| *b == b'@'))
    {
        at += next + 1;
        if login(text, at - 1).is_some() {
            return true;
        }
    }
    false
}

#[inline]
fn kinds(byte: u8) -> Kinds {
    KINDS.get(usize::from(byte)).copied().unwrap_or_default()
}
