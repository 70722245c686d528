//! Goes through a list, in slices.

use super::list::List;
use crate::pace::Pace;
use std::collections::VecDeque;

/// Entries fetched at once.
const FETCHED: usize = 256;

/// The entries of a list that are wanted, in its order.
pub(crate) struct Walk<L: List> {
    pub(crate) list: L,
    place: Option<L::Place>,
    before: Option<L::Place>,
    fetched: VecDeque<(L::Place, L::Entry)>,
}

impl<L: List> Walk<L> {
    /// Begins behind this place.
    pub(crate) const fn new(list: L, place: Option<L::Place>) -> Self {
        Self {
            list,
            place,
            before: None,
            fetched: VecDeque::new(),
        }
    }

    /// Where the entry stands that was handed out last.
    pub(crate) const fn place(&self) -> Option<&L::Place> {
        self.place.as_ref()
    }

    /// The place behind which a walk begins with the entry that was handed out last.
    pub(crate) const fn before(&self) -> Option<&L::Place> {
        self.before.as_ref()
    }

    pub(crate) async fn next(&mut self, pace: &mut Pace) -> Option<L::Entry> {
        loop {
            if self.fetched.is_empty() {
                self.fetched = self.list.fetch(self.place.clone(), FETCHED).into();
            }
            let (place, entry) = self.fetched.pop_front()?;
            self.before = self.place.replace(place);
            pace.spend(64).await;
            if self.list.wants(&entry, pace).await {
                return Some(entry);
            }
        }
    }
}
