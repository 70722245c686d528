//! What was worked out for a set of labels.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::{BuildHasher, Hash, Hasher, RandomState},
    sync::{Arc, PoisonError, RwLock},
};

/// What was worked out for each key, such as bound instruments and names, kept as
/// long as there are not too many: a client or a program may make keys without
/// end. Beyond the bound it is worked out anew each time.
///
/// ```
/// use otelier_core::edge::Known;
///
/// let names: Known<String, String> = Known::new(512);
/// let name = |table: &str| names.get(table, || format!("SELECT {table}"));
/// assert_eq!((&**name("orders"), &**name("orders")), ("SELECT orders", "SELECT orders"));
/// assert_eq!(names.len(), 1);
/// ```
pub struct Known<K, V, S = RandomState> {
    known: RwLock<HashMap<K, Arc<V>, S>>,
    bound: usize,
}

impl<K, V, S> Known<K, V, S>
where
    K: Eq + Hash,
    S: BuildHasher + Default,
{
    /// Nothing is known yet; at most `bound` keys will be.
    #[must_use]
    pub fn new(bound: usize) -> Self {
        Self {
            known: RwLock::default(),
            bound,
        }
    }

    /// What is known for a key, made if it is new.
    ///
    /// # Cost
    /// A lock for reading, and a look-up; nothing is allocated for a key that is
    /// known.
    pub fn get<Q>(&self, key: &Q, make: impl FnOnce() -> V) -> Arc<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = known.get(key) {
            return Arc::clone(value);
        }
        let is_full = known.len() >= self.bound;
        // `make` may be slow, or ask for another key.
        drop(known);
        let made = Arc::new(make());
        if is_full {
            return made;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= self.bound {
            return made;
        }
        // Another thread may have been faster.
        Arc::clone(known.entry(key.to_owned()).or_insert(made))
    }

    /// What is known for a key already.
    pub fn find<Q>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(key).map(Arc::clone)
    }

    /// How many keys are known.
    #[must_use]
    pub fn len(&self) -> usize {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.len()
    }

    /// Whether no key is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

crate::shown!([K, V, S] Known<K, V, S>: bound);

/// Hashes texts for [`Known`] eight bytes at a time. Only for keys that are the
/// program's own: strangers could make theirs collide.
///
/// ```
/// use std::hash::BuildHasherDefault;
///
/// use otelier_core::edge::{Known, Words};
///
/// let statements: Known<String, usize, BuildHasherDefault<Words>> = Known::new(512);
/// assert_eq!(*statements.get("SELECT 1", || 8), 8);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Words(u64);

impl Words {
    #[inline]
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Words {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        match bytes.last_chunk() {
            // Some bytes again, which is cheaper than the rest one by one.
            Some(last) => self.add(u64::from_le_bytes(*last)),
            None => rest.iter().for_each(|byte| self.add(u64::from(*byte))),
        }
    }

    #[inline]
    fn write_u8(&mut self, byte: u8) {
        self.add(u64::from(byte));
    }

    #[inline]
    fn write_usize(&mut self, number: usize) {
        self.add(number as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

/// The same for some ten small keys, which are looked through: the label sets of
/// one route, statement or peer.
///
/// ```
/// use std::cell::Cell;
///
/// use otelier_core::edge::Few;
///
/// // By status; what would be bound instruments are cells here.
/// let counts: Few<u16, Cell<u64>> = Few::new(64);
/// let count = |status| counts.with(status, Cell::default, |count| count.set(count.get() + 1));
/// assert!(count(200) && count(404) && count(200));
/// ```
pub struct Few<K, V> {
    known: RwLock<Vec<(K, V)>>,
    bound: usize,
}

impl<K: Copy + PartialEq, V> Few<K, V> {
    /// Nothing is known yet; at most `bound` keys will be.
    #[must_use]
    pub const fn new(bound: usize) -> Self {
        Self {
            known: RwLock::new(Vec::new()),
            bound,
        }
    }

    /// Uses what is known for a key, made if it is new. Returns whether it could:
    /// beyond the bound nothing is made.
    ///
    /// # Cost
    /// A lock for reading, and a look at each key before this one.
    #[must_use]
    pub fn with(&self, key: K, make: impl FnOnce() -> V, mut using: impl FnMut(&V)) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, value)) = known.iter().find(|(known, _)| *known == key) {
            using(value);
            return true;
        }
        if known.len() >= self.bound {
            return false;
        }
        drop(known);
        let made = make();
        using(&made);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // Two threads may both have made it: the first stays.
        if known.len() < self.bound && !known.iter().any(|(known, _)| *known == key) {
            known.push((key, made));
        }
        true
    }
}

crate::shown!([K, V] Few<K, V>: bound);

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_keys_without_end_each_time() {
        let made = Cell::new(0);
        let known: Known<String, u32> = Known::new(2);
        let get = |key: &str| {
            let make = || {
                made.set(made.get() + 1);
                made.get()
            };
            *known.get(key, make)
        };
        assert_eq!([get("a"), get("a"), get("b"), get("a")], [1, 1, 2, 1]);
        assert_eq!([get("c"), get("c"), get("b")], [3, 4, 2]);
        assert_eq!(known.len(), 2);
        assert_eq!(known.find("b").map(|made| *made), Some(2));
        assert_eq!(known.find("c"), None);
    }

    #[test]
    fn what_makes_a_key_may_ask_for_another() {
        let known: Known<String, u32> = Known::new(8);
        let outer = known.get("outer", || *known.get("inner", || 1) + 1);
        assert_eq!((*outer, known.len()), (2, 2));
    }

    #[test]
    fn texts_that_differ_differ_by_their_words() {
        let hash = |text: &[u8]| {
            let mut words = Words::default();
            text.hash(&mut words);
            words.finish()
        };
        let texts = [
            "",
            "GET",
            "SET",
            "HGETALL",
            "HGETALLX",
            "ZRANGEBYSCORE",
            "ZRANGEBYSCORF",
        ];
        let hashes: std::collections::BTreeSet<_> =
            texts.iter().map(|text| hash(text.as_bytes())).collect();
        assert_eq!(hashes.len(), texts.len());
    }

    #[test]
    fn a_few_keys_are_made_once_and_no_more_than_a_few() {
        let few: Few<u8, u32> = Few::new(2);
        let seen = Cell::new(0);
        let with = |key, value| few.with(key, || value, |known| seen.set(*known));
        assert!(with(1, 10) && seen.get() == 10);
        assert!(with(1, 99) && seen.get() == 10);
        assert!(with(2, 20) && seen.get() == 20);
        assert!(!with(3, 30) && seen.get() == 20);
    }
}
