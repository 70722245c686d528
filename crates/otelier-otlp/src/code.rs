use std::fmt;

/// A gRPC status code. Unknown numbers are [`Code::UNKNOWN`], as gRPC says.
///
/// ```
/// use otelier_otlp::Code;
///
/// assert_eq!(Code::UNAVAILABLE.as_str(), "UNAVAILABLE");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code(u8);

const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

impl Code {
    /// 0
    pub const OK: Self = Self(0);
    /// 1
    pub const CANCELLED: Self = Self(1);
    /// 2
    pub const UNKNOWN: Self = Self(2);
    /// 3
    pub const INVALID_ARGUMENT: Self = Self(3);
    /// 4
    pub const DEADLINE_EXCEEDED: Self = Self(4);
    /// 7
    pub const PERMISSION_DENIED: Self = Self(7);
    /// 8
    pub const RESOURCE_EXHAUSTED: Self = Self(8);
    /// 10
    pub const ABORTED: Self = Self(10);
    /// 11
    pub const OUT_OF_RANGE: Self = Self(11);
    /// 12
    pub const UNIMPLEMENTED: Self = Self(12);
    /// 14
    pub const UNAVAILABLE: Self = Self(14);
    /// 15
    pub const DATA_LOSS: Self = Self(15);
    /// 16
    pub const UNAUTHENTICATED: Self = Self(16);

    /// Reads the value of `grpc-status`.
    pub(crate) fn parse(value: &[u8]) -> Self {
        std::str::from_utf8(value)
            .ok()
            .and_then(|text| text.parse().ok())
            .filter(|number| usize::from(*number) < NAMES.len())
            .map_or(Self::UNKNOWN, Self)
    }

    /// The name as gRPC writes it, such as `UNAVAILABLE`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        NAMES.get(usize::from(self.0)).copied().unwrap_or("UNKNOWN")
    }

    pub(crate) const fn is_transient(self) -> bool {
        matches!(
            self,
            Self::CANCELLED
                | Self::DEADLINE_EXCEEDED
                | Self::ABORTED
                | Self::OUT_OF_RANGE
                | Self::UNAVAILABLE
                | Self::DATA_LOSS
        )
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_the_table_are_unknown() {
        assert_eq!(Code::parse(b"14"), Code::UNAVAILABLE);
        assert_eq!(Code::parse(b"0"), Code::OK);
        for odd in [&b"17"[..], b"", b"-1", b"999", b"x", b"\xff"] {
            assert_eq!(Code::parse(odd), Code::UNKNOWN);
        }
    }
}
