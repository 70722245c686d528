//! Bounds how deep events may nest when formatting one event emits another.

use std::cell::Cell;
use std::thread::LocalKey;

/// An event, and one inside it: a `Debug` may log, but what it logs had better not.
pub(crate) const DEEPEST: u8 = 2;

/// How deep the current thread is in one layer.
pub(crate) type Depth = LocalKey<Cell<u8>>;

/// Held while a layer works on an event.
pub(crate) struct NestingGuard {
    depth: &'static Depth,
    before: u8,
}

impl NestingGuard {
    /// Goes one level deeper, or says that the event is to be left out.
    #[inline]
    pub(crate) fn enter(depth: &'static Depth) -> Option<Self> {
        // A thread that is ending may have no locals any more, and nothing is worth a panic then.
        let before = depth.try_with(Cell::get).ok()?;
        (before < DEEPEST).then(|| {
            depth.set(before.saturating_add(1));
            Self { depth, before }
        })
    }
}

impl Drop for NestingGuard {
    #[inline]
    fn drop(&mut self) {
        let _ = self.depth.try_with(|depth| depth.set(self.before));
    }
}

/// A buffer that is reused from event to event. It is taken out while in use, so that an event inside an event
/// finds an empty one instead of a borrowed one.
pub(crate) type Buffer<T> = LocalKey<Cell<T>>;

/// What can be emptied and filled again.
pub(crate) trait Kept: Default {
    /// What it takes, in bytes.
    fn capacity(&self) -> usize;
    fn clear(&mut self);
}

impl Kept for String {
    fn capacity(&self) -> usize {
        self.capacity()
    }

    fn clear(&mut self) {
        self.clear();
    }
}

/// A buffer that grew beyond this is not kept.
const KEPT: usize = 16 * 1024;

#[inline]
pub(crate) fn take<T: Kept>(buffer: &'static Buffer<T>) -> T {
    buffer.try_with(Cell::take).unwrap_or_default()
}

#[inline]
pub(crate) fn put_back<T: Kept>(buffer: &'static Buffer<T>, mut text: T) {
    if text.capacity() <= KEPT {
        text.clear();
        let _ = buffer.try_with(|buffer| buffer.set(text));
    }
}
