//! Trace and span ids.

use std::{fmt, str::FromStr};

/// Writes two lower-case hex digits per byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0xf])
        .filter_map(|nibble| char::from_digit(nibble.into(), 16))
        .collect()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $int:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name($int);

        impl $name {
            /// Reads the bytes as they travel; `None` for a wrong length or all zeros,
            /// which the specification calls invalid.
            #[must_use]
            pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
                match <$int>::from_be_bytes(bytes.try_into().ok()?) {
                    0 => None,
                    id => Some(Self(id)),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:0width$x}", self.0, width = size_of::<$int>() * 2)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Reads hex digits of the full length, in either case.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let digits = text.len() == size_of::<$int>() * 2
                    && text.bytes().all(|b| b.is_ascii_hexdigit());
                match <$int>::from_str_radix(text, 16) {
                    Ok(id) if digits && id != 0 => Ok(Self(id)),
                    _ => Err(InvalidId),
                }
            }
        }
    };
}

id!(
    /// The id of a trace: 16 bytes, not all zero. Displays as 32 hex digits.
    ///
    /// ```
    /// use otelier_collector::{InvalidId, TraceId};
    ///
    /// let id: TraceId = "4BF92F3577B34DA6A3CE929D0E0E4736".parse()?;
    /// assert_eq!(id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    /// assert_eq!("0".repeat(32).parse::<TraceId>(), Err(InvalidId));
    /// # Ok::<(), InvalidId>(())
    /// ```
    TraceId,
    u128
);

id!(
    /// The id of a span within its trace: 8 bytes, not all zero. Displays as 16 hex digits.
    /// See the example of [`TraceId`].
    SpanId,
    u64
);

impl TraceId {
    /// The first half of its digits, which tells it from the others that are kept.
    #[cfg(feature = "draw")]
    pub(crate) fn short(self) -> String {
        format!("{:016x}", self.0 >> 64)
    }

    /// The first and the last id that begin with these hex digits, eight at least: ids are often
    /// printed short.
    pub(crate) fn range(text: &str) -> Result<(Self, Self), InvalidId> {
        const DIGITS: usize = 32;
        let hex = text.bytes().all(|b| b.is_ascii_hexdigit());
        if !hex || !(8..=DIGITS).contains(&text.len()) {
            return Err(InvalidId);
        }
        let digits = u128::from_str_radix(text, 16).map_err(|_| InvalidId)?;
        let open = u32::try_from(4 * (DIGITS - text.len())).map_err(|_| InvalidId)?;
        // No digit is open in a whole id, and no more than 96 bits ever are.
        let first = digits.checked_shl(open).unwrap_or_default();
        Ok((Self(first), Self(first | ((1 << open) - 1))))
    }
}

/// A text is not a valid id: wrong length, not hex, or all zero.
///
/// See the example of [`TraceId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidId;

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a valid id: expected hex digits of the full length, not all zero")
    }
}

impl std::error::Error for InvalidId {}

#[cfg(test)]
mod tests {
    use super::{InvalidId, TraceId};

    #[test]
    fn the_beginning_of_an_id_stands_for_all_that_begin_so() {
        let range = |text| TraceId::range(text).map(|(a, b)| (a.to_string(), b.to_string()));
        let (first, last) = range("0102030A").unwrap();
        assert_eq!(first, format!("0102030a{}", "0".repeat(24)));
        assert_eq!(last, format!("0102030a{}", "f".repeat(24)));
        let whole = "f".repeat(32);
        assert_eq!(range(&whole).unwrap(), (whole.clone(), whole.clone()));
        for bad in ["", "0102030", "+0102030", "0102030x", &"0".repeat(33)] {
            assert_eq!(range(bad), Err(InvalidId), "{bad}");
        }
    }
}
