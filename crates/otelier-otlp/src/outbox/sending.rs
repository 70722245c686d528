//! A batch that is under way.

use super::{Shared, entry::Entry};
use crate::{Cause, Failure, transport::Round};

/// An entry that is being sent. Dropped, it is done with.
pub(super) struct Sending<'a> {
    shared: &'a Shared,
    pub(super) entry: Option<Entry>,
    pub(super) round: Round,
}

impl<'a> Sending<'a> {
    pub(super) fn new(shared: &'a Shared, entry: Entry) -> Self {
        Self {
            shared,
            entry: Some(entry),
            round: shared.transport.round(),
        }
    }

    pub(super) const fn entry(&self) -> Option<&Entry> {
        self.entry.as_ref()
    }

    pub(super) fn items(&self) -> usize {
        self.entry().map_or(0, |entry| entry.items)
    }

    pub(super) fn plain_bytes(&self) -> usize {
        self.entry().map_or(0, Entry::plain_bytes)
    }

    pub(super) fn done(self) {}

    /// Has others wait in its place, the next to be sent.
    pub(super) fn replace(self, charged: usize, parts: Vec<Entry>) {
        let mut state = self.shared.lock();
        state.bytes = state.bytes.saturating_sub(charged);
        for part in parts.into_iter().rev() {
            state.bytes += part.bytes;
            state.waiting.push_front(part);
        }
    }

    /// Has it wait again, what was put together by itself where it took too long.
    /// Returns the items that wait, with it; or those that were dropped, as way was
    /// made for newer ones.
    pub(super) fn put_back(mut self, failure: &Failure) -> Result<usize, usize> {
        let mut state = self.shared.lock();
        state.away = true;
        let waiting = state.items;
        let Some(entry) = self.entry.take() else {
            return Ok(waiting);
        };
        if entry.age < state.age {
            let items = entry.items;
            drop(state);
            self.entry = Some(entry);
            self.done();
            return Err(items);
        }
        let parts = match failure.cause {
            Cause::Timeout { .. } => entry.take_apart().unwrap_or_else(|entry| vec![*entry]),
            _ => vec![entry],
        };
        for part in parts.into_iter().rev() {
            state.waiting.push_front(part);
        }
        Ok(waiting)
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.sending -= 1;
        if let Some(entry) = self.entry.take() {
            state.forget(&entry);
            drop(state);
            entry.recycle(&self.shared.transport);
        }
        self.shared.moved.notify_all();
    }
}
