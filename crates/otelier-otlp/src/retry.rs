//! When to try again. Pure but for the source of randomness.

use std::time::{Duration, SystemTime};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// The waits between the attempts at one batch.
#[derive(Debug)]
pub(crate) struct BackOff {
    bound: Duration,
    random: u64,
}

impl BackOff {
    pub(crate) fn new() -> Self {
        // Enough to keep clients from marching in step, which is all it is for.
        let time = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let place = std::ptr::from_ref(&time).addr() as u64;
        Self::seeded(place ^ time.as_secs() ^ (u64::from(time.subsec_nanos()) << 32))
    }

    const fn seeded(seed: u64) -> Self {
        Self {
            bound: FIRST,
            random: seed | 1,
        }
    }

    /// The next wait: what the server asked for, else a random part of a
    /// bound that doubles from 100 ms to 5 s.
    pub(crate) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let bound = self.bound;
        self.bound = LONGEST.min(bound * 2);
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        match asked {
            Some(asked) if !asked.is_zero() => asked,
            _ => {
                let nanos = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
                Duration::from_nanos(self.random % nanos.max(1))
            }
        }
    }
}

/// Reads `Retry-After`: seconds, or the date at which to come back.
pub(crate) fn retry_after(header: &[u8], now: SystemTime) -> Option<Duration> {
    let text = std::str::from_utf8(header).ok()?.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Duration::from_secs);
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_seconds_and_never_exceed_their_bound() {
        for seed in [1, 7, 0xdead_beef, u64::MAX] {
            let mut waits = BackOff::seeded(seed);
            for bound in [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000] {
                assert!(waits.next(None) < Duration::from_millis(bound));
            }
        }
    }

    #[test]
    fn two_clients_do_not_wait_alike() {
        let (mut one, mut other) = (BackOff::seeded(3), BackOff::seeded(1 << 40));
        let pairs: Vec<_> = (0..8).map(|_| (one.next(None), other.next(None))).collect();
        assert!(pairs.iter().any(|(a, b)| a != b), "{pairs:?}");
    }

    #[test]
    fn what_the_server_asks_for_wins_unless_it_is_nothing() {
        let asked = Duration::from_secs(7);
        let mut waits = BackOff::seeded(1);
        assert_eq!(waits.next(Some(asked)), asked);
        assert!(waits.next(Some(Duration::ZERO)) < Duration::from_millis(200));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Sat, 21 Nov 2026 10:00:00 GMT").unwrap();
        let read = |text: &str| retry_after(text.as_bytes(), now).map(|wait| wait.as_secs());
        assert_eq!(read("120"), Some(120));
        assert_eq!(read(" 3 "), Some(3));
        assert_eq!(read("Sat, 21 Nov 2026 10:00:30 GMT"), Some(30));
        assert_eq!(read("Sat, 21 Nov 2026 09:00:00 GMT"), Some(0));
        for odd in ["", "-1", "1.5", "soon", "99999999999999999999999"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_retry_after_panics(header: Vec<u8>) {
            retry_after(&header, SystemTime::now());
        }
    }
}
