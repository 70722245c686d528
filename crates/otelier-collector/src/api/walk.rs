//! Goes through a list, in slices.

use crate::{json::Writer, pace::Pace, store::Kind};
use std::collections::VecDeque;

/// Entries fetched at once.
const FETCHED: usize = 256;

/// A list of the store, in its order.
pub(crate) trait List: Send + Sync {
    /// Where an entry stands.
    type Place: Clone + Send;
    type Entry: Send + Sync;

    /// What of the store it lists, where that is all of a kind.
    fn kind(&self) -> Option<Kind> {
        None
    }

    /// Some entries behind this place; none when there are no more.
    fn fetch(&self, place: Option<Self::Place>, most: usize) -> Vec<(Self::Place, Self::Entry)>;

    fn wants(&self, entry: &Self::Entry, pace: &mut Pace) -> impl Future<Output = bool> + Send;

    fn write(&self, to: &mut Writer<'static>, entry: &Self::Entry);

    /// What stands for an entry that is larger than an answer may be.
    fn stand_in(&self, to: &mut Writer<'static>, entry: &Self::Entry);

    fn name(place: &Self::Place) -> String;
}

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
