//! What one document may still take, and why it was not read.

use super::malformed::Malformed;
use crate::room::{Full, Held, Room};
use serde::de::Error;
use std::cell::{Cell, RefCell};

/// What an allocator adds to a block, on the average.
const BLOCK: usize = 16;
/// How much is taken from the room at once.
const PORTION: usize = 64 << 10;
/// No more of a path is told.
const LONGEST_PATH: usize = 16;

/// The memory that the messages of one document may still take, of its own allowance and of the
/// room that all share.
///
/// An empty span is three bytes in JSON and hundreds in memory.
#[derive(Debug)]
pub(crate) struct Allowance {
    left: Cell<usize>,
    /// Taken from the room and not spent yet.
    ready: Cell<usize>,
    held: RefCell<Held>,
    depth: Cell<usize>,
    stop: Cell<Option<Stop>>,
    reason: RefCell<String>,
    /// From the innermost place outwards.
    path: RefCell<Vec<String>>,
}

/// Why a document that may be right is not read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It takes more than its allowance.
    TooLarge,
    /// There is no room at this moment.
    Full,
}

impl Allowance {
    pub(crate) fn of(bytes: usize, room: &Room) -> Self {
        Self {
            left: Cell::new(bytes),
            ready: Cell::new(0),
            held: RefCell::new(room.hold()),
            depth: Cell::new(0),
            stop: Cell::new(None),
            reason: RefCell::new(String::new()),
            path: RefCell::new(Vec::new()),
        }
    }

    /// What was taken from the room, to be kept as long as the messages are.
    pub(crate) fn into_held(self) -> Held {
        self.held.into_inner()
    }

    pub(crate) const fn stopped(&self) -> Option<Stop> {
        self.stop.get()
    }

    fn pay(&self, bytes: usize) -> Result<(), Stop> {
        let left = self.left.get().checked_sub(bytes).ok_or(Stop::TooLarge)?;
        self.left.set(left);
        if self.ready.get() < bytes {
            let portion = (bytes - self.ready.get()).max(PORTION);
            let grown = self.held.borrow_mut().grow(portion);
            grown.map_err(|Full| Stop::Full)?;
            self.ready.set(self.ready.get() + portion);
        }
        self.ready.set(self.ready.get() - bytes);
        Ok(())
    }

    /// Pays for memory before it is taken.
    pub(super) fn spend<E: Error>(&self, bytes: usize) -> Result<(), E> {
        self.pay(bytes).map_err(|stop| {
            self.stop.set(Some(stop));
            self.fail("the document takes too much memory when decoded".into())
        })
    }

    /// Pays for a block of the heap; none is needed for no bytes.
    pub(super) fn spend_block<E: Error>(&self, bytes: usize) -> Result<(), E> {
        match bytes {
            0 => Ok(()),
            _ => self.spend(bytes.saturating_add(BLOCK)),
        }
    }

    /// Makes room for one element more, exactly as much as is paid for.
    pub(super) fn spend_slot<T, E: Error>(&self, list: &mut Vec<T>) -> Result<(), E> {
        if list.len() == list.capacity() {
            let more = list.len().max(4);
            self.spend_block(more.saturating_mul(size_of::<T>()))?;
            list.reserve_exact(more);
        }
        Ok(())
    }

    pub(super) fn enter<E: Error>(&self) -> Result<(), E> {
        let depth = self.depth.get() + 1;
        if depth > crate::depth::DEEPEST {
            return Err(self.fail(crate::depth::too_deep()));
        }
        self.depth.set(depth);
        Ok(())
    }

    pub(super) fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }

    /// An error of which only this knows the reason: errors of serde carry none of ours.
    pub(super) fn fail<E: Error>(&self, reason: String) -> E {
        *self.reason.borrow_mut() = reason;
        E::custom("")
    }

    /// Notes a place that an error goes through on its way out.
    pub(super) fn at(&self, place: impl FnOnce() -> String) {
        let mut path = self.path.borrow_mut();
        if path.len() < LONGEST_PATH {
            path.push(place());
        }
    }

    pub(super) fn explain(&self, error: &serde_json::Error) -> Malformed {
        if !error.is_data() {
            return Malformed(format!("not JSON: {error}"));
        }
        let mut text = String::new();
        for place in self.path.borrow().iter().rev() {
            if !text.is_empty() && !place.starts_with('[') {
                text.push('.');
            }
            text.push_str(place);
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&self.reason.borrow());
        Malformed(text)
    }
}
