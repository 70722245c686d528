//! Which bytes mark a secret in a text, so that most texts are not searched at all.

/// Kinds of bytes, one bit each; a byte may be of several.
type Kinds = u16;

// What marks a secret,
const PAIR: Kinds = 1;
const COMMA: Kinds = 1 << 1;
const QUERY: Kinds = 1 << 2;
const DASH: Kinds = 1 << 3;
const TOKEN: Kinds = 1 << 4;
const CLOUD: Kinds = 1 << 5;
const SCHEME: Kinds = 1 << 6;
// and what else a secret has that is marked so.
const EQUALS: Kinds = 1 << 7;
const OPENER: Kinds = 1 << 8;
const QUOTE: Kinds = 1 << 9;
const DIGIT_OR_B: Kinds = 1 << 10;
const DOT: Kinds = 1 << 11;
const I: Kinds = 1 << 12;
const BLANK: Kinds = 1 << 13;

const MARKS: Kinds = PAIR | COMMA | QUERY | DASH | TOKEN | CLOUD | SCHEME;

/// Marks that count only in a text that has all of the other kinds, too.
const NEEDS: [(Kinds, Kinds); 6] = [
    // `("key", "value")`
    (COMMA, OPENER | QUOTE),
    // `?key=value`
    (QUERY, EQUALS),
    // Keys of services hold a digit, and private ones start with `-----BEGIN`.
    (DASH, DIGIT_OR_B),
    // `eyJ.`
    (TOKEN, DOT),
    // `AKIA`, `ASIA`, `AIza`
    (CLOUD, I),
    // `Bearer `, `Basic `
    (SCHEME, BLANK),
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
        b'=' => PAIR | EQUALS,
        b':' => PAIR,
        b',' => COMMA,
        b'?' => QUERY,
        b'-' | b'_' => DASH,
        b'J' => TOKEN,
        b'A' => CLOUD,
        b'b' => SCHEME,
        b'B' => SCHEME | DIGIT_OR_B,
        b'(' => OPENER,
        b'"' | b'\'' => QUOTE,
        b'0'..=b'9' => DIGIT_OR_B,
        b'.' => DOT,
        b'I' => I,
        b' ' => BLANK,
        _ => 0,
    }
}

/// The marks that count in one text.
#[derive(Clone, Copy)]
pub(super) struct Marks(Kinds);

impl Marks {
    #[cfg(test)]
    pub(super) const ALL: Self = Self(MARKS);

    /// None where nothing can be found.
    #[inline]
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let (fours, rest) = text.as_chunks::<4>();
        let four = |[a, b, c, d]: &[u8; 4]| kinds(*a) | kinds(*b) | kinds(*c) | kinds(*d);
        let seen = fours.iter().fold(0, |seen, bytes| seen | four(bytes));
        let seen = rest.iter().fold(seen, |seen, byte| seen | kinds(*byte));
        if seen & MARKS == 0 {
            return None;
        }
        let marks = NEEDS.iter().fold(seen & MARKS, |marks, (mark, needs)| {
            let counts = seen & needs == *needs;
            if counts { marks } else { marks & !mark }
        });
        (marks != 0).then_some(Self(marks))
    }

    /// Where the first of them is.
    ///
    /// Never inlined: among what follows, its loop takes three times as many
    /// instructions.
    #[inline(never)]
    pub(super) fn next(self, bytes: &[u8]) -> Option<usize> {
        bytes.iter().position(|byte| kinds(*byte) & self.0 != 0)
    }
}

#[inline]
fn kinds(byte: u8) -> Kinds {
    KINDS.get(usize::from(byte)).copied().unwrap_or_default()
}
