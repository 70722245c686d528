//! When the file is rotated, and what is told of the disk's failures.

use std::{
    fs, io,
    io::Write as _,
    time::{Duration, Instant, SystemTime},
};

use chrono::{DateTime, Local};
use rolling_file::{RollingCondition, RollingFileAppender};

use super::LogFile;

/// The least time between two attempts to rotate a file that does not let itself: each tells of its failure.
const PAUSE: Duration = Duration::from_secs(60);

/// The file, with a buffer in front of it.
#[derive(Debug)]
pub(super) struct Roll(RollingFileAppender<Limits>);

impl Roll {
    pub(super) fn open(settings: &LogFile) -> io::Result<Self> {
        let limits = Limits {
            max_bytes: settings.max_bytes,
            max_age: settings.max_age,
            next: 0,
            began: None,
            failed: None,
        };
        let mut file = RollingFileAppender::new(&settings.path, limits, settings.backups)?;
        let metadata = fs::metadata(&settings.path)?;
        if metadata.is_file() {
            let began = metadata.created().or_else(|_| metadata.modified());
            file.condition_mut().began = Some(began.unwrap_or_else(|_| SystemTime::now()));
        }
        Ok(Self(file))
    }

    /// Writes lines. Returns the cause if the disk does not take all of them, and how many are lost for it.
    pub(super) fn write(&mut self, lines: &[u8]) -> Result<(), (io::Error, u64)> {
        let now = Local::now();
        let mut lost = 0;
        let mut failure = None;
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            self.0.condition_mut().next = line.len();
            if let Err(cause) = self.0.write_with_datetime(line, &now) {
                lost += 1;
                failure = Some(cause);
            }
        }
        // What is in the buffer stays there, and is written when the disk takes it.
        let failure = self.0.flush().err().or(failure);
        failure.map_or(Ok(()), |cause| Err((cause, lost)))
    }
}

/// Says when the file is rotated.
#[derive(Debug)]
struct Limits {
    max_bytes: u64,
    max_age: Duration,
    /// How long the line is that is to be written.
    next: usize,
    /// When the file began; `None` for what is no file and cannot be rotated.
    began: Option<SystemTime>,
    /// When the file did not let itself be rotated last, and its size then.
    failed: Option<(Instant, u64)>,
}

impl RollingCondition for Limits {
    fn should_rollover(&mut self, now: &DateTime<Local>, size: u64) -> bool {
        // Smaller than at the last attempt: it has been rotated since.
        self.failed = self.failed.filter(|(_, before)| size >= *before);
        let Some(began) = self.began.filter(|_| size > 0) else {
            return false;
        };
        let now = SystemTime::from(*now);
        let next = u64::try_from(self.next).unwrap_or(u64::MAX);
        let is_old = now
            .duration_since(began)
            .is_ok_and(|age| age >= self.max_age);
        let is_full = size.saturating_add(next) > self.max_bytes;
        let rests = self.failed.is_some_and(|(when, _)| when.elapsed() < PAUSE);
        if rests || !(is_old || is_full) {
            return false;
        }
        self.began = Some(now);
        self.failed = Some((Instant::now(), size));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(began: Option<SystemTime>) -> Limits {
        Limits {
            max_bytes: 100,
            max_age: Duration::from_secs(60),
            next: 10,
            began,
            failed: None,
        }
    }

    #[test]
    fn a_file_is_rotated_before_the_line_that_makes_it_too_large() {
        let mut limits = limits(Some(SystemTime::now()));
        let now = Local::now();
        assert!(!limits.should_rollover(&now, 90));
        assert!(limits.should_rollover(&now, 91));
        // It is empty then, and stays even if a line is too long for it.
        limits.next = 1000;
        assert!(!limits.should_rollover(&now, 0));
        assert!(limits.should_rollover(&now, 1000));
    }

    #[test]
    fn a_file_is_rotated_by_its_age() {
        let now = Local::now();
        let old = SystemTime::from(now) - Duration::from_secs(60);
        assert!(limits(Some(old)).should_rollover(&now, 1));
        assert!(!limits(Some(old + Duration::from_secs(1))).should_rollover(&now, 1));
        // The clock went back.
        assert!(!limits(Some(old + Duration::from_secs(999))).should_rollover(&now, 1));
    }

    #[test]
    fn a_file_that_cannot_be_rotated_is_not_tried_again_at_once() {
        let mut limits = limits(Some(SystemTime::now()));
        let now = Local::now();
        assert!(limits.should_rollover(&now, 95));
        for size in [95, 105, 10_000] {
            assert!(!limits.should_rollover(&now, size));
        }
        limits.failed = limits.failed.map(|(when, size)| (when - PAUSE, size));
        assert!(limits.should_rollover(&now, 10_000));
    }

    #[test]
    fn what_is_no_file_is_never_rotated() {
        assert!(!limits(None).should_rollover(&Local::now(), 10_000));
    }
}
