//! Which texts can hold a secret at all, told by the bytes that are in them.

/// Kinds of bytes, one bit each; a byte may be of several.
type Kinds = u16;

// What marks a secret,
const PAIR: Kinds = 1;
const COMMA: Kinds = 1 << 1;
const PAREN: Kinds = 1 << 2;
const DASH: Kinds = 1 << 3;
const TOKEN: Kinds = 1 << 4;
const CLOUD: Kinds = 1 << 5;
const SCHEME: Kinds = 1 << 6;
const GRID: Kinds = 1 << 7;
// and what else a secret has that is marked so.
const QUOTE: Kinds = 1 << 8;
const DIGIT: Kinds = 1 << 9;
const DOT: Kinds = 1 << 10;
const I: Kinds = 1 << 11;
const BLANK: Kinds = 1 << 12;

/// Marks, each of which counts only in a text that has all of the other kinds.
const NEEDS: [Kinds; 9] = [
    // `key=value`, `key: value`, `key%3Dvalue`, `<key>value`
    PAIR,
    // `("key", "value")`
    COMMA | QUOTE,
    // `Key("value")`
    PAREN | QUOTE,
    // Keys of services hold a digit,
    DASH | DIGIT,
    // private ones start with `-----BEGIN `, and `--key value` has a blank, too.
    DASH | BLANK,
    // `eyJ.`
    TOKEN | DOT,
    // `AKIA`, `ASIA`, `AIza`
    CLOUD | I,
    // `Bearer `, `Basic `
    SCHEME | BLANK,
    // `SG.`
    GRID | DOT,
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
        b'=' | b':' | b'%' | b'>' => PAIR,
        b',' => COMMA,
        b'(' => PAREN,
        b'-' | b'_' => DASH,
        b'J' => TOKEN,
        b'A' => CLOUD,
        b'b' | b'B' => SCHEME,
        b'G' => GRID,
        b'"' | b'\'' | b'`' => QUOTE,
        b'0'..=b'9' => DIGIT,
        b'.' => DOT,
        b'I' => I,
        b' ' => BLANK,
        _ => 0,
    }
}

/// Shorter texts are no secret and hold none: the shortest is `pw=x`.
const LEAST: usize = 4;

/// Whether a secret can be in the text.
#[inline]
pub(super) fn may_hold_secret(text: &[u8]) -> bool {
    if text.len() < LEAST {
        return false;
    }
    let (fours, rest) = text.as_chunks::<4>();
    let four = |[a, b, c, d]: &[u8; 4]| kinds(*a) | kinds(*b) | kinds(*c) | kinds(*d);
    let seen = fours.iter().fold(0, |seen, bytes| seen | four(bytes));
    let seen = rest.iter().fold(seen, |seen, byte| seen | kinds(*byte));
    NEEDS.iter().any(|needs| seen & needs == *needs)
}

#[inline]
fn kinds(byte: u8) -> Kinds {
    KINDS.get(usize::from(byte)).copied().unwrap_or_default()
}
