//! When a long job shows that it is alive.

use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_secs(60);
/// A span keeps 128 events by default; the last ones must find room.
const MOST: u8 = 100;

#[derive(Debug)]
pub(super) struct Heartbeat {
    last: Instant,
    left: u8,
}

impl Heartbeat {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            last: now,
            left: MOST,
        }
    }

    /// Tells whether it is time for one, and counts it.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        if self.left == 0 || now.saturating_duration_since(self.last) < INTERVAL {
            return false;
        }
        self.last = now;
        self.left -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heart_beats_once_a_minute_at_most() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut heartbeat = Heartbeat::new(start);
        let beats: Vec<u64> = (0..200)
            .filter(|&second| heartbeat.is_due(after(second)))
            .collect();
        assert_eq!(beats, [60, 120, 180]);
        assert!(heartbeat.is_due(after(1000)));
        assert!(!heartbeat.is_due(after(1059)));
    }

    #[test]
    fn an_endless_job_does_not_beat_for_ever() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(start);
        let hours = (1..10_000).filter(|&hour| heartbeat.is_due(start + INTERVAL * hour));
        assert_eq!(hours.count(), usize::from(MOST));
    }
}
