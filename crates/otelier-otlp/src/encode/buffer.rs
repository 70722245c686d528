//! What is written to, and the wire format of protobuf.
//!
//! Lengths that are known are written at once. Others get room for the width
//! they most likely have, and what follows is moved where they have another.

/// Wire types.
pub(super) const VARINT: u8 = 0;
pub(super) const FIXED64: u8 = 1;
pub(super) const BYTES: u8 = 2;
pub(super) const FIXED32: u8 = 5;

/// The key of a field whose number is below 16.
pub(super) const fn key(number: u8, wire: u8) -> u8 {
    number << 3 | wire
}

/// Bytes that `value` takes as a varint: 1 to 10.
pub(super) const fn varint_len(value: u64) -> usize {
    ((63 - (value | 1).leading_zeros() as usize) * 9 + 73) / 64
}

/// Bytes that a field of bytes takes after its key.
pub(super) const fn bytes_len(len: usize) -> usize {
    varint_len(len as u64) + len
}

/// Where a message of unknown length began.
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "the length is still to be written"]
pub(super) struct Open {
    /// The first byte of the length.
    at: usize,
    width: usize,
}

/// What is written to: one check of the room for each piece.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// Initialised further than it is written.
    bytes: Vec<u8>,
    at: usize,
}

/// The least that is made room for.
const LEAST: usize = 4096;

impl Buffer {
    pub(super) fn len(&self) -> usize {
        self.at
    }

    pub(super) fn clear(&mut self) {
        self.at = 0;
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.at = self.at.min(len);
    }

    /// Takes everything after `len` away, into `target`.
    pub(super) fn split_off(&mut self, len: usize, target: &mut Vec<u8>) {
        target.clear();
        target.extend_from_slice(self.as_slice().get(len..).unwrap_or_default());
        self.truncate(len);
    }

    pub(super) fn last(&self) -> Option<u8> {
        self.as_slice().last().copied()
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.at).unwrap_or_default()
    }

    /// What is behind it, and how much of that is written. Any other vector
    /// may be left there.
    pub(super) fn parts(&mut self) -> (&mut Vec<u8>, usize) {
        let len = std::mem::take(&mut self.at);
        (&mut self.bytes, len)
    }

    /// Gives memory back that only an unusual batch needed.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        if self.bytes.len() > bytes {
            self.at = 0;
            self.bytes.truncate(bytes);
            self.bytes.shrink_to_fit();
        }
    }

    /// Makes sure that the next `count` bytes are there.
    #[inline]
    fn reserve(&mut self, count: usize) {
        let end = self.at + count;
        if end > self.bytes.len() {
            self.grow(end);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, least: usize) {
        let len = least.max(2 * self.bytes.len()).max(LEAST);
        self.bytes.resize(len, 0);
    }

    /// A piece whose length is known to the compiler.
    #[inline]
    pub(super) fn put<const N: usize>(&mut self, piece: [u8; N]) {
        let rest = self.bytes.get_mut(self.at..);
        match rest.and_then(<[u8]>::first_chunk_mut) {
            Some(to) => {
                *to = piece;
                self.at += N;
            }
            None => self.append(&[&piece]),
        }
    }

    #[inline]
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        let rest = self.bytes.get_mut(self.at..);
        match rest.and_then(|rest| rest.split_at_mut_checked(bytes.len())) {
            Some((to, _)) => {
                to.copy_from_slice(bytes);
                self.at += bytes.len();
            }
            None => self.append(&[bytes]),
        }
    }

    /// Writes where there was no room. The others end with it, so that they
    /// need not look again whether there is.
    #[cold]
    #[inline(never)]
    fn append(&mut self, pieces: &[&[u8]]) {
        let len: usize = pieces.iter().map(|piece| piece.len()).sum();
        self.grow(self.at + len);
        for piece in pieces {
            let end = self.at + piece.len();
            if let Some(to) = self.bytes.get_mut(self.at..end) {
                to.copy_from_slice(piece);
                self.at = end;
            }
        }
    }

    #[inline]
    pub(super) fn byte(&mut self, byte: u8) {
        self.put([byte]);
    }

    /// Four pieces at once. The lengths are given again as what they fit in,
    /// by which the compiler knows that no sum of them overflows.
    #[inline(always)]
    pub(super) fn pieces(
        &mut self,
        head: [u8; 4],
        (key, key_len): (&[u8], u8),
        middle: [u8; 4],
        (text, text_len): (&[u8], u8),
    ) {
        let key_len = usize::from(key_len);
        let len = 8 + key_len + usize::from(text_len);
        let rest = self.bytes.get_mut(self.at..);
        let Some((to, _)) = rest.and_then(|rest| rest.split_at_mut_checked(len)) else {
            return self.append(&[&head, key, &middle, text]);
        };
        let (to_head, to) = to.split_at_mut(4);
        to_head.copy_from_slice(&head);
        let (to_key, to) = to.split_at_mut(key_len);
        to_key.copy_from_slice(key);
        let (to_middle, to) = to.split_at_mut(4);
        to_middle.copy_from_slice(&middle);
        to.copy_from_slice(text);
        self.at += len;
    }

    #[inline]
    pub(super) fn varint(&mut self, value: u64) {
        if value < 0x80 {
            self.put([value.to_le_bytes()[0]]);
        } else {
            self.long_varint(value);
        }
    }

    fn long_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.put([value.to_le_bytes()[0] | 0x80]);
            value >>= 7;
        }
        self.put([value.to_le_bytes()[0]]);
    }

    /// A field of 64 bits.
    #[inline]
    pub(super) fn eight(&mut self, key: u8, [a, b, c, d, e, f, g, h]: [u8; 8]) {
        self.put([key, a, b, c, d, e, f, g, h]);
    }

    /// A field of bytes, even if there are none.
    #[inline]
    pub(super) fn bytes(&mut self, key: u8, bytes: &[u8]) {
        self.byte(key);
        self.varint(bytes.len() as u64);
        self.raw(bytes);
    }

    /// A string that is left out if it is empty.
    #[inline]
    pub(super) fn text(&mut self, key: u8, text: &str) {
        if !text.is_empty() {
            self.bytes(key, text.as_bytes());
        }
    }

    /// The same for one that mostly takes less than 128 bytes.
    #[inline]
    pub(super) fn short_text(&mut self, key: u8, text: &str) {
        let Ok(len @ 1..128) = u8::try_from(text.len()) else {
            return self.text(key, text);
        };
        let rest = self.bytes.get_mut(self.at..);
        if let Some(([to_key, to_len], rest)) = rest.and_then(<[u8]>::split_first_chunk_mut)
            && let Some((to, _)) = rest.split_at_mut_checked(usize::from(len))
        {
            (*to_key, *to_len) = (key, len);
            to.copy_from_slice(text.as_bytes());
            self.at += 2 + usize::from(len);
        } else {
            self.append(&[&[key, len], text.as_bytes()]);
        }
    }

    /// A number that is left out if it is 0.
    #[inline]
    pub(super) fn number(&mut self, key: u8, value: u64) {
        if value != 0 {
            self.byte(key);
            self.varint(value);
        }
    }

    /// Begins a message, whose length takes `width` bytes if it is as long as
    /// such messages usually are.
    #[inline]
    pub(super) fn open(&mut self, key: u8, width: usize) -> Open {
        self.byte(key);
        let at = self.at;
        self.reserve(width);
        self.at += width;
        Open { at, width }
    }

    /// Ends a message: writes its length.
    #[inline]
    pub(super) fn close(&mut self, Open { at, width }: Open) {
        let len = self.at - (at + width);
        let needed = varint_len(len as u64);
        if needed != width {
            self.make_room(at, width, needed);
        }
        let Some(target) = self.bytes.get_mut(at..at + needed) else {
            return;
        };
        let mut rest = len as u64;
        for byte in target.iter_mut() {
            *byte = rest.to_le_bytes()[0] | 0x80;
            rest >>= 7;
        }
        if let Some(last) = target.last_mut() {
            *last &= 0x7f;
        }
    }

    #[cold]
    fn make_room(&mut self, at: usize, width: usize, needed: usize) {
        let end = self.at;
        self.reserve(needed.saturating_sub(width));
        self.bytes.copy_within(at + width..end, at + needed);
        self.at = end + needed - width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_varint_is_as_long_as_it_is_said_to_be() {
        let powers = (0..64).map(|shift| 1_u64 << shift);
        for value in powers
            .flat_map(|power| [power - 1, power, power + 1])
            .chain([u64::MAX])
        {
            let mut buffer = Buffer::default();
            buffer.varint(value);
            assert_eq!(buffer.len(), varint_len(value), "{value}");
        }
    }

    #[test]
    fn a_length_of_another_width_than_expected_moves_what_follows() {
        for width in 1..=4 {
            for len in [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152] {
                let mut buffer = Buffer::default();
                buffer.raw(b"before");
                let open = buffer.open(0x12, width);
                let message: Vec<u8> = (0..=255).cycle().take(len).collect();
                buffer.raw(&message);
                buffer.close(open);
                let mut expected = Buffer::default();
                expected.raw(b"before");
                expected.bytes(0x12, &message);
                assert!(buffer.as_slice() == expected.as_slice(), "{width} {len}");
            }
        }
    }
}
