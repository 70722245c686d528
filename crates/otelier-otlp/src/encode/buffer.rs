//! Writing the protobuf wire format.
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
#[derive(Clone, Copy, Debug)]
#[must_use = "the length is still to be written"]
pub(super) struct Open {
    /// The first byte of the length.
    at: usize,
    width: usize,
}

/// What is written to.
#[derive(Debug, Default)]
pub(super) struct Buffer(Vec<u8>);

impl Buffer {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// Takes everything after `len` away, into `target`.
    pub(super) fn split_off(&mut self, len: usize, target: &mut Vec<u8>) {
        target.clear();
        target.extend_from_slice(self.0.get(len..).unwrap_or_default());
        self.truncate(len);
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// Gives memory back that only an unusual batch needed.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        if self.0.capacity() > bytes {
            self.0.clear();
            self.0.shrink_to(bytes);
        }
    }

    #[inline]
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    #[inline]
    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    #[inline]
    pub(super) fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }

    /// A field of bytes, even if there are none.
    #[inline]
    pub(super) fn bytes(&mut self, key: u8, bytes: &[u8]) {
        self.0.push(key);
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

    /// A number that is left out if it is 0.
    #[inline]
    pub(super) fn number(&mut self, key: u8, value: u64) {
        if value != 0 {
            self.0.push(key);
            self.varint(value);
        }
    }

    /// Begins a message, whose length takes `width` bytes if it is as long as
    /// such messages usually are.
    #[inline]
    pub(super) fn open(&mut self, key: u8, width: usize) -> Open {
        self.0.push(key);
        let at = self.0.len();
        self.0.resize(at + width, 0);
        Open { at, width }
    }

    /// Ends a message: writes its length.
    #[inline]
    pub(super) fn close(&mut self, Open { at, width }: Open) {
        let len = self.0.len() - (at + width);
        let needed = varint_len(len as u64);
        if needed != width {
            self.make_room(at, width, needed);
        }
        let Some(target) = self.0.get_mut(at..at + needed) else {
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
        let end = self.0.len();
        if needed > width {
            self.0.resize(end + needed - width, 0);
            self.0.copy_within(at + width..end, at + needed);
        } else {
            self.0.copy_within(at + width..end, at + needed);
            self.0.truncate(end - (width - needed));
        }
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
