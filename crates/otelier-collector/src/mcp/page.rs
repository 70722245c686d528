//! Lines of bounded length, and how to go on behind them.

use crate::{
    api::walk::{List, Walk},
    calendar::date,
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

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn moments_are_written_with_their_day() {
        assert_eq!(moment(1_700_000_000_123_000_000), "2023-11-14 22:13:20.123");
        assert!(moment(u64::MAX).starts_with("2554-07-21 "));
    }
}
