//! What is asked when metrics are collected.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

/// Objects that an observable instrument asks at each collection, as long as
/// they live.
///
/// A meter never forgets a callback. One that goes through such a list stands
/// for all objects of its kind, which need not be kept alive for it, and leave
/// nothing behind. Clones are the same list.
///
/// ```
/// use std::sync::Arc;
///
/// use otelier_core::Observed;
///
/// let ovens = Observed::new();
/// let (left, right) = (Arc::new(180), Arc::new(220));
/// ovens.add(&left);
/// ovens.add(&right);
/// drop(left);
/// let mut heat = Vec::new();
/// ovens.each(|degrees| heat.push(*degrees));
/// assert_eq!(heat, [220]);
/// ```
pub struct Observed<T: ?Sized>(Arc<Mutex<List<T>>>);

struct List<T: ?Sized> {
    objects: Vec<Weak<T>>,
    /// At this length the dead are looked for.
    clean_at: usize,
}

const FEW: usize = 16;

impl<T: ?Sized> Observed<T> {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an object, which is asked until it is dropped.
    ///
    /// # Cost
    /// Constant on average: the list is at most twice as long as there were
    /// objects alive.
    pub fn add(&self, object: &Arc<T>) {
        let mut list = self.lock();
        if list.objects.len() >= list.clean_at {
            list.clean();
        }
        list.objects.push(Arc::downgrade(object));
    }

    /// Calls `ask` for each object that lives, in the order in which they came.
    /// The list is free meanwhile: an object may end, or another come.
    pub fn each(&self, mut ask: impl FnMut(&T)) {
        let alive: Vec<_> = {
            let mut list = self.lock();
            list.clean();
            list.objects.iter().filter_map(Weak::upgrade).collect()
        };
        for object in alive {
            ask(&object);
        }
    }

    /// How many are on the list, also of those that are gone.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().objects.len()
    }

    /// Whether nothing is on the list.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, List<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: ?Sized> List<T> {
    fn clean(&mut self) {
        self.objects.retain(|object| object.strong_count() > 0);
        self.clean_at = FEW.max(2 * self.objects.len());
    }
}

impl<T: ?Sized> Default for Observed<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(List {
            objects: Vec::new(),
            clean_at: FEW,
        })))
    }
}

impl<T: ?Sized> Clone for Observed<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> fmt::Debug for Observed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_leaves_nothing_behind() {
        let observed = Observed::new();
        let kept: Vec<_> = (0..10).map(Arc::new).collect();
        for object in &kept {
            observed.add(object);
        }
        for gone in 0..20_000 {
            observed.add(&Arc::new(gone));
            assert!(observed.len() <= 2 * FEW.max(kept.len()), "{observed:?}");
        }
        let mut asked = Vec::new();
        observed.each(|object| asked.push(*object));
        assert_eq!(asked, Vec::from_iter(0..10));
        drop(kept);
        observed.each(|object| panic!("{object} is gone"));
        assert!(observed.is_empty());
    }

    #[test]
    fn an_object_may_come_or_go_while_others_are_asked() {
        let observed: Observed<u8> = Observed::new();
        let first = Arc::new(1);
        observed.add(&first);
        let other = observed.clone();
        let second = Arc::new(2);
        let mut first = Some(first);
        observed.each(|_| {
            first = None;
            other.add(&second);
        });
        let mut asked = Vec::new();
        observed.each(|object| asked.push(*object));
        assert_eq!(asked, [2]);
    }
}
