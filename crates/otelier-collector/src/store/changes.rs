//! What has changed since somebody looked.

use super::{age::Age, handle::Store, trace::Trace};
use std::{fmt, ops::Bound, str::FromStr};
use tokio::sync::watch;

/// A state of the store, of this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version {
    run: u32,
    pub(crate) age: Age,
}

impl fmt::Display for Version {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:08x}-{}", self.run, self.age)
    }
}

impl FromStr for Version {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (run, age) = text.split_once('-').ok_or(())?;
        let run = u32::from_str_radix(run, 16).map_err(|_| ())?;
        let age = age.parse().map_err(|_| ())?;
        Ok(Self { run, age })
    }
}

/// The traces that grew since a version.
#[derive(Debug)]
pub(crate) struct Changes {
    /// The latest, in the order in which they grew.
    pub(crate) traces: Vec<Trace>,
    /// How many grew besides.
    pub(crate) skipped: usize,
    /// Whether some of what grew is gone already.
    pub(crate) lost: bool,
    /// What is known now.
    pub(crate) version: Version,
}

impl Store {
    pub(crate) fn version(&self) -> Version {
        Version {
            run: self.shared.run,
            age: self.state().next_age,
        }
    }

    /// The traces that grew since; `None` if what is known since then is not continued: it is of
    /// another run, or was cleared.
    pub(crate) fn changes_since(&self, version: Version, most: usize) -> Option<Changes> {
        let state = self.state();
        if version.run != self.shared.run
            || version.age > state.next_age
            || version.age < state.cleared
        {
            return None;
        }
        let since = (Bound::Excluded(version.age), Bound::Unbounded);
        let grown: Vec<_> = state.grown.range(since).map(|(_, id)| *id).collect();
        let skipped = grown.len().saturating_sub(most);
        let traces = grown.iter().skip(skipped);
        Some(Changes {
            traces: traces.filter_map(|id| state.trace(*id)).collect(),
            skipped,
            lost: version.age < state.gone,
            version: Version {
                run: self.shared.run,
                age: state.next_age,
            },
        })
    }

    /// Ticks whenever something changes.
    pub(crate) fn ticks(&self) -> watch::Receiver<u64> {
        self.shared.version.subscribe()
    }

    /// Removes everything, as if it had been evicted.
    pub(crate) fn clear(&self) {
        self.state().clear();
        self.changed();
    }

    /// Keeps nothing of what comes, or does so again.
    pub(crate) fn pause(&self, paused: bool) {
        self.state().paused = paused;
        self.changed();
    }

    /// Whether it is paused, and how many records were ignored for that.
    pub(crate) fn paused(&self) -> (bool, u64) {
        let state = self.state();
        (state.paused, state.ignored)
    }
}
