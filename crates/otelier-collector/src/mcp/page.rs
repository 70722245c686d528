//! Lines of bounded length, and how to go on behind them.

use crate::{
    api::walk::{List, Walk},
    draw::text::{duration, time_of_day},
    pace::Pace,
};
use std::time::Duration;

/// Bytes of one answer: about as much as an agent reads with ease.
const LONGEST: usize = 24 << 10;

#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    /// A line that stands above the others.
    pub(super) fn head(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// A line, if there is room for it.
    pub(super) fn row(&mut self, line: &str) -> bool {
        let fits = self.0.len() + line.len() < LONGEST;
        if fits {
            self.head(line);
        }
        fits
    }

    /// All lines, and what continues them.
    pub(super) fn end(mut self, after: Option<String>) -> String {
        if let Some(after) = after {
            self.head(&format!("more: call again with after = {after:?}"));
        }
        self.0
    }

    /// Takes the entries of a list, and gives the place behind which the rest begins.
    pub(super) async fn take<L: List>(
        &mut self,
        list: L,
        after: Option<L::Place>,
        limit: usize,
        line: impl Fn(&L::Entry) -> String + Send + Sync,
    ) -> (usize, Option<String>) {
        let mut pace = Pace::default();
        let mut walk = Walk::new(list, after);
        let mut taken = 0;
        while let Some(entry) = walk.next(&mut pace).await {
            if taken == limit || !self.row(&line(&entry)) {
                return (taken, walk.before().map(L::name));
            }
            taken += 1;
        }
        (taken, None)
    }
}

pub(super) fn nanos(nanos: u64) -> String {
    duration(Duration::from_nanos(nanos))
}

/// Day and time, in UTC.
pub(super) fn moment(unix_nano: u64) -> String {
    if unix_nano == 0 {
        return "(no time)".into();
    }
    let days = unix_nano / 86_400_000_000_000;
    let (year, month, day) = date(days);
    format!("{year:04}-{month:02}-{day:02} {}", time_of_day(unix_nano))
}

/// The date so many days after that of the Unix epoch: years are counted from March, so that the
/// odd day is the last of one.
const fn date(days: u64) -> (u64, u64, u64) {
    const CYCLE: u64 = 146_097;
    let days = days + 719_468;
    let (cycle, day) = (days / CYCLE, days % CYCLE);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = year + cycle * 400;
    match month {
        ..10 => (year, month + 3, day),
        _ => (year + 1, month - 9, day),
    }
}

#[cfg(test)]
mod tests {
    use super::{date, moment};

    #[test]
    fn days_are_dates() {
        for (days, expected) in [
            (0, (1970, 1, 1)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (19_722, (2023, 12, 31)),
            (19_723, (2024, 1, 1)),
            (20_787, (2026, 11, 30)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
        ] {
            assert_eq!(date(days), expected, "{days}");
        }
        assert_eq!(moment(1_700_000_000_123_000_000), "2023-11-14 22:13:20.123");
        assert!(moment(u64::MAX).starts_with("2554-07-21 "));
    }
}
