//! Texts that were read before.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

/// A text finds its place in one of so many sets,
const SETS: usize = 256;
/// each of which holds so many.
const WAYS: usize = 4;
/// Longer texts are read every time.
const MAX_KEY: usize = 32 * 1024;
/// The texts of all of them together.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// More summaries than these are no labels: somebody makes names up.
const MAX_SUMMARIES: usize = 500;

/// What was worked out for each text: at most 1,024 texts of together 4 MiB.
///
/// ```
/// use otelier_sql::{Dialect, Digest, Texts};
///
/// let texts = Texts::new();
/// let sql = "SELECT 1";
/// let first = texts.get_or_insert(sql, |sql| Digest::of(sql, Dialect::Sqlite));
/// let again = texts.get_or_insert(sql, |_| unreachable!("it was read before"));
/// assert_eq!(first.summary(), again.summary());
/// ```
///
/// # Cost
/// A hit is one pass for the hash, one for the comparison, and a lock that is
/// hardly ever contended.
#[derive(Debug)]
pub struct Texts<V> {
    sets: Box<[RwLock<Set<V>>]>,
    bytes: AtomicUsize,
    summaries: Mutex<HashSet<Box<str>>>,
}

#[derive(Debug)]
struct Set<V> {
    entries: Vec<(Box<str>, Arc<V>)>,
    /// The one that goes next.
    oldest: usize,
}

impl<V> Set<V> {
    fn new() -> Self {
        Self {
            entries: Vec::new(),
            oldest: 0,
        }
    }
}

impl<V> Texts<V> {
    /// No text yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            sets: (0..SETS).map(|_| RwLock::new(Set::new())).collect(),
            bytes: AtomicUsize::new(0),
            summaries: Mutex::default(),
        }
    }

    /// What is known of a text, worked out by `read` if it is new, or too long to be kept.
    pub fn get_or_insert(&self, sql: &str, read: impl FnOnce(&str) -> V) -> Arc<V> {
        let set = self.sets.get(hash(sql.as_bytes()) as usize % SETS);
        let Some(set) = set.filter(|_| sql.len() <= MAX_KEY) else {
            return Arc::new(read(sql));
        };
        {
            let set = set.read().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, statement)) = set.entries.iter().find(|(key, _)| **key == *sql) {
                return Arc::clone(statement);
            }
        }
        let statement = Arc::new(read(sql));
        let mut set = set.write().unwrap_or_else(PoisonError::into_inner);
        self.insert(&mut set, sql, &statement);
        statement
    }

    fn insert(&self, set: &mut Set<V>, sql: &str, statement: &Arc<V>) {
        let entry = || (sql.into(), Arc::clone(statement));
        let freed = match set.entries.get(set.oldest) {
            Some((key, _)) if set.entries.len() == WAYS => key.len(),
            _ => 0,
        };
        let bytes = self.bytes.fetch_add(sql.len(), Ordering::Relaxed) + sql.len();
        if bytes > MAX_BYTES + freed {
            self.bytes.fetch_sub(sql.len(), Ordering::Relaxed);
            return;
        }
        if set.entries.len() < WAYS {
            set.entries.push(entry());
        } else if let Some(oldest) = set.entries.get_mut(set.oldest) {
            *oldest = entry();
            self.bytes.fetch_sub(freed, Ordering::Relaxed);
            set.oldest = (set.oldest + 1) % WAYS;
        }
    }

    /// Tells whether a summary may be a label: the first 500 of them may.
    pub fn keeps_summary(&self, summary: &str) -> bool {
        let mut summaries = self
            .summaries
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        summaries.contains(summary)
            || (summaries.len() < MAX_SUMMARIES && summaries.insert(summary.into()))
    }
}

impl<V> Default for Texts<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// Eight bytes at a step; nothing but the place in the cache hangs on it.
fn hash(text: &[u8]) -> u64 {
    const FACTOR: u64 = 0x517c_c1b7_2722_0a95;
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    let (words, rest) = text.as_chunks::<8>();
    let hash = words.iter().fold(text.len() as u64, |hash, word| {
        mix(hash, u64::from_le_bytes(*word))
    });
    let hash = rest
        .iter()
        .fold(hash, |hash, byte| mix(hash, u64::from(*byte)));
    hash >> 32
}
