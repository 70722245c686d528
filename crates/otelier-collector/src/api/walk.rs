//! Goes through all traces, in slices.

use super::list::Wanted;
use crate::{
    pace::Pace,
    store::{Age, Store, Trace},
};
use std::collections::VecDeque;

/// Traces fetched at once.
const FETCHED: usize = 256;

/// The traces that are wanted, the oldest first.
pub(super) struct Walk {
    store: Store,
    wanted: Wanted,
    place: Option<Age>,
    fetched: VecDeque<(Age, Trace)>,
}

impl Walk {
    pub(super) const fn new(store: Store, wanted: Wanted) -> Self {
        Self {
            store,
            wanted,
            place: None,
            fetched: VecDeque::new(),
        }
    }

    /// When the trace that was handed out last came.
    pub(super) fn age(&self) -> Age {
        self.place.unwrap_or_default()
    }

    pub(super) async fn next(&mut self, pace: &mut Pace) -> Option<Trace> {
        loop {
            if self.fetched.is_empty() {
                self.fetched = self.store.traces_after(self.place, FETCHED).into();
            }
            let (age, trace) = self.fetched.pop_front()?;
            self.place = Some(age);
            if self.wanted.has_trace(&trace, pace).await {
                return Some(trace);
            }
        }
    }
}
