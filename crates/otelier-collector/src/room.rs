//! The memory of everything that is under way: one bound for all requests and answers.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// How many times the largest request all that is under way may take together: one request needs
/// up to eleven, itself and what it becomes, and what is recorded of it.
const FACTOR: usize = 12;
/// However small requests have to be, so much may be under way.
const LEAST: usize = 32 << 20;
/// How many quarters of the room bodies may fill as they arrive. The last one is for what those
/// that have arrived become: uploads that are held open would keep everybody else out, and what
/// an allocator keeps of the many that are refused comes on top of a room that is full.
const QUARTERS_OF_BODIES: usize = 3;

/// A bound in bytes that everything under way shares; clones are the same room.
#[derive(Debug, Clone)]
pub(crate) struct Room(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    used: AtomicUsize,
    limit: usize,
}

/// There is no room at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl Room {
    /// The room of a collector that takes requests of up to `max_request` bytes.
    pub(crate) fn of(max_request: usize) -> Self {
        Self::with(max_request.saturating_mul(FACTOR).max(LEAST))
    }

    pub(crate) fn with(limit: usize) -> Self {
        Self(Arc::new(Inner {
            used: AtomicUsize::new(0),
            limit,
        }))
    }

    /// For what comes from a file, one piece at a time.
    pub(crate) fn unbounded() -> Self {
        Self::with(usize::MAX)
    }

    /// A place of no bytes, which can grow.
    pub(crate) fn hold(&self) -> Held {
        Held {
            room: self.clone(),
            bytes: 0,
        }
    }

    pub(crate) fn used(&self) -> usize {
        self.0.used.load(Relaxed)
    }

    pub(crate) fn limit(&self) -> usize {
        self.0.limit
    }
}

/// Bytes of the room, given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    room: Room,
    bytes: usize,
}

impl Held {
    /// Takes so many bytes more, or none.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Full> {
        self.grow_within(self.room.0.limit, bytes)
    }

    /// Takes so many bytes more of a body that arrives, or none.
    pub(crate) fn grow_body(&mut self, bytes: usize) -> Result<(), Full> {
        self.grow_within(self.room.0.limit / 4 * QUARTERS_OF_BODIES, bytes)
    }

    fn grow_within(&mut self, limit: usize, bytes: usize) -> Result<(), Full> {
        // The counter guards no other memory, so that no ordering is needed.
        let taken = self.room.0.used.fetch_update(Relaxed, Relaxed, |used| {
            used.checked_add(bytes).filter(|used| *used <= limit)
        });
        taken.map_err(|_| Full)?;
        self.bytes += bytes;
        Ok(())
    }

    /// Gives back all but so many.
    pub(crate) fn shrink_to(&mut self, bytes: usize) {
        let surplus = self.bytes.saturating_sub(bytes);
        self.bytes -= surplus;
        self.room.0.used.fetch_sub(surplus, Relaxed);
    }

    /// Hands so many over to another owner, or as many as there are.
    pub(crate) fn split(&mut self, bytes: usize) -> Self {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        Self {
            room: self.room.clone(),
            bytes,
        }
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

#[cfg(test)]
mod tests {
    use super::{Full, Room};

    #[test]
    fn what_is_held_together_stays_within_the_bound_and_comes_back() {
        let room = Room::with(100);
        let mut first = room.hold();
        let mut second = room.hold();
        assert_eq!(first.grow(60), Ok(()));
        assert_eq!(second.grow(41), Err(Full));
        assert_eq!(second.grow(40), Ok(()));
        let part = first.split(50);
        drop(first);
        assert_eq!((room.used(), part.bytes()), (90, 50));
        drop((second, part));
        assert_eq!(room.used(), 0);
        assert_eq!(room.hold().grow(usize::MAX), Err(Full));
    }

    #[test]
    fn bodies_that_arrive_leave_a_quarter_to_what_they_become() {
        let room = Room::with(100);
        let mut body = room.hold();
        assert_eq!(body.grow_body(76), Err(Full));
        assert_eq!(body.grow_body(75), Ok(()));
        assert_eq!(room.hold().grow_body(1), Err(Full));
        assert_eq!(body.grow(25), Ok(()));
    }
}
