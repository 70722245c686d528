//! Which bytes words are made of.

/// Everything beyond ASCII is a letter to the servers.
#[inline]
pub(super) fn is_word(byte: u8) -> bool {
    static WORD: [bool; 256] = words();
    WORD.get(usize::from(byte)).copied().unwrap_or_default()
}

#[expect(clippy::indexing_slicing, reason = "runs at compile time")]
const fn words() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] =
            matches!(byte as u8, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' | 0x80..);
        byte += 1;
    }
    table
}
