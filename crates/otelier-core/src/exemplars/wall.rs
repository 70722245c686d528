//! Moments as numbers.

use std::{
    hash::{Hash as _, Hasher},
    time::{Duration, SystemTime},
};

/// Nanoseconds since 1970. No clock of ours is set before that, or beyond the
/// year 2500.
///
/// The standard library tells them by a call of some 40 instructions, as many as a
/// whole exemplar may take. What a moment hands to a hasher is what it is made of:
/// on Unix, seconds and nanoseconds since 1970. Nothing says that it stays so,
/// which is why [`is_right`] tries it.
#[inline]
pub(super) fn nanos(time: SystemTime) -> u64 {
    if cfg!(unix) {
        let mut parts = Parts::default();
        time.hash(&mut parts);
        parts.finish()
    } else {
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap_or(Duration::ZERO).as_nanos() as u64
    }
}

/// Whether a moment that is known is the number that it should be.
pub(super) fn is_right() -> bool {
    let known = Duration::new(1_700_000_000, 123_456_789);
    let told = nanos(SystemTime::UNIX_EPOCH + known);
    u128::from(told) == known.as_nanos()
}

/// What a moment hands to a hasher.
#[derive(Default)]
struct Parts {
    seconds: u64,
    nanos: u64,
}

impl Hasher for Parts {
    #[inline]
    fn write(&mut self, _: &[u8]) {}

    #[inline]
    fn write_i64(&mut self, seconds: i64) {
        self.seconds = seconds as u64;
    }

    #[inline]
    fn write_u32(&mut self, nanos: u32) {
        self.nanos = u64::from(nanos);
    }

    #[inline]
    fn finish(&self) -> u64 {
        let seconds = self.seconds.wrapping_mul(1_000_000_000);
        seconds.wrapping_add(self.nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_number_that_the_standard_library_tells() {
        assert!(is_right());
        let now = SystemTime::now();
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(u128::from(nanos(now)), since.as_nanos());
    }
}
