//! Which records of a batch share a scope.

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::{logs::SdkLogRecord, trace::SpanData};

use super::{item::Item, scope::Levels};

/// A span or a log record, of which those of one scope are written together.
pub(super) trait Grouped: Item {
    const LEVELS: Levels;

    fn same_scope(self, other: Self) -> bool;
    /// The scope, and the name that it goes by.
    fn scope(&self) -> (&str, &InstrumentationScope);
}

/// Records that lie side by side.
pub(super) trait Batch: Copy {
    type Item: Grouped;

    fn levels(self) -> Levels {
        Self::Item::LEVELS
    }

    fn len(self) -> usize;
    fn at(self, place: usize) -> Option<Self::Item>;
}

impl<'a> Batch for &'a [SpanData] {
    type Item = &'a SpanData;

    fn len(self) -> usize {
        <[_]>::len(self)
    }

    fn at(self, place: usize) -> Option<Self::Item> {
        self.get(place)
    }
}

impl<'a> Batch for &'a [(&'a SdkLogRecord, &'a InstrumentationScope)] {
    type Item = (&'a SdkLogRecord, &'a InstrumentationScope);

    fn len(self) -> usize {
        <[_]>::len(self)
    }

    fn at(self, place: usize) -> Option<Self::Item> {
        self.get(place).copied()
    }
}

/// Which records belong to which scope, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// First and last record of each.
    ends: Vec<(usize, usize)>,
    /// The record after each one, in its group.
    next: Vec<usize>,
}

const LAST: usize = usize::MAX;

impl Groups {
    /// The first record of each group.
    pub(super) fn firsts(&self) -> impl Iterator<Item = usize> {
        self.ends.iter().map(|(first, _)| *first)
    }

    /// The next record of the same group.
    #[inline]
    pub(super) fn after(&self, place: usize) -> usize {
        self.next.get(place).copied().unwrap_or(LAST)
    }

    pub(super) fn sort(&mut self, items: impl Batch) {
        self.ends.clear();
        self.next.clear();
        self.next.resize(items.len(), LAST);
        let mut current = 0;
        for at in 0..items.len() {
            let Some(item) = items.at(at) else { break };
            let is_in = |&(first, _): &(usize, usize)| {
                items.at(first).is_some_and(|first| first.same_scope(item))
            };
            // Most records have the scope of the one before.
            if !self.ends.get(current).is_some_and(is_in) {
                current = match self.ends.iter().position(is_in) {
                    Some(group) => group,
                    None => {
                        self.ends.push((at, at));
                        self.ends.len() - 1
                    }
                };
            }
            if let Some((_, last)) = self.ends.get_mut(current)
                && *last != at
            {
                if let Some(next) = self.next.get_mut(*last) {
                    *next = at;
                }
                *last = at;
            }
        }
    }
}
