//! A batch that waits in an outbox, and what may be made of it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use crate::{Parcel, Transport};

/// A batch and what is known of it.
pub(super) struct Entry {
    pub(super) parcel: Parcel,
    pub(super) items: usize,
    /// What it counts for, against the capacity.
    pub(super) bytes: usize,
    /// How often way had been made when it was posted.
    pub(super) age: u64,
    /// The batches that it was put together of.
    parts: Vec<Self>,
    /// Nothing is put to it any more.
    alone: bool,
    /// The least size, without compression, in which it or what it was a part
    /// of was refused as too large.
    refused: Option<Arc<AtomicUsize>>,
}

/// What is to be sent in the place of an entry, or the entry if nothing is.
pub(super) type Parts = Result<Vec<Entry>, Box<Entry>>;

impl Entry {
    pub(super) fn new(parcel: Parcel, items: usize) -> Self {
        Self {
            bytes: parcel.wire_bytes(),
            parcel,
            items,
            age: 0,
            parts: Vec::new(),
            alone: false,
            refused: None,
        }
    }

    /// Whether it is a part of what was too large.
    pub(super) const fn was_halved(&self) -> bool {
        self.refused.is_some()
    }

    /// Whether one that is no larger has been refused as too large already.
    pub(super) fn is_known_to_be_too_large(&self) -> bool {
        let refused = self.refused.as_ref().map(|refused| refused.load(Relaxed));
        refused.is_some_and(|refused| self.parcel.plain_bytes() >= refused)
    }

    /// The size of its body without compression.
    pub(super) const fn plain_bytes(&self) -> usize {
        self.parcel.plain_bytes()
    }

    const fn is_alone(&self) -> bool {
        self.alone || self.was_halved()
    }

    /// How many of those that wait may be put to it, for a request of `most` bytes.
    pub(super) fn may_gather<'a>(
        &self,
        waiting: impl Iterator<Item = &'a Self>,
        most: usize,
    ) -> usize {
        let mut bytes = self.plain_bytes();
        waiting
            .take_while(|other| {
                bytes = bytes.saturating_add(other.plain_bytes());
                bytes <= most && !self.is_alone() && !other.is_alone()
            })
            .count()
    }

    /// One request of several. Who comes first stays first. What cannot be put
    /// together stays as it was.
    pub(super) fn gather(transport: &Transport, entries: Vec<Self>) -> Result<Self, Vec<Self>> {
        let parcels: Vec<_> = entries.iter().map(|entry| &entry.parcel).collect();
        let Some(parcel) = transport.gather(&parcels) else {
            return Err(entries);
        };
        Ok(Self {
            parcel,
            items: entries.iter().map(|entry| entry.items).sum(),
            bytes: entries.iter().map(|entry| entry.bytes).sum(),
            age: entries.first().map_or(0, |entry| entry.age),
            parts: entries,
            alone: false,
            refused: None,
        })
    }

    /// Takes a gathered one apart: one of its batches may be why it was refused.
    pub(super) fn take_apart(mut self) -> Parts {
        if self.parts.is_empty() {
            return Err(Box::new(self));
        }
        for part in &mut self.parts {
            part.alone = true;
        }
        Ok(self.parts)
    }

    /// Both halves of one that was refused as too large.
    pub(super) fn halve(mut self, transport: &Transport) -> Parts {
        let refused = self.refused.take().unwrap_or_default();
        let size = self.parcel.plain_bytes();
        let known = refused.load(Relaxed);
        if known == 0 || size < known {
            refused.store(size, Relaxed);
        }
        let (keep, age) = (self.items / 2, self.age);
        let halves = match keep {
            0 => None,
            _ => transport.divide(&self.parcel, keep),
        };
        let Some((near, far)) = halves else {
            return Err(Box::new(self));
        };
        transport.recycle(self.parcel);
        let halves = [(near, keep), (far, self.items - keep)];
        let halves = halves.map(|(parcel, items)| Self {
            age,
            refused: Some(Arc::clone(&refused)),
            ..Self::new(parcel, items)
        });
        Ok(halves.into())
    }

    /// Gives back what was lent to it.
    pub(super) fn recycle(self, transport: &Transport) {
        for part in self.parts {
            part.recycle(transport);
        }
        transport.recycle(self.parcel);
    }
}
