//! Which keys name a secret, asked once for each key.

use std::collections::HashMap;

use super::Policy;

/// Keys of one record that are foreseen.
const FORESEEN: usize = 64;
/// Keys of a batch that are known by their place.
const PLACES: usize = 256;
/// The most names that are kept, and the longest, in bytes.
const NAMES: usize = 1024;
const LONGEST: usize = 128;

/// Answers for keys by where they lie in memory: while a batch is borrowed, two
/// keys at one place are the same key. Most records have the keys of the one
/// before, in the same order, so the next one mostly is the one that is looked
/// at first.
#[derive(Debug)]
pub(super) struct Secrets {
    foreseen: Box<[Known; FORESEEN]>,
    next: usize,
    /// By a hash of their places.
    placed: Box<[Known; PLACES]>,
    /// By their text, from batch to batch.
    names: HashMap<Box<str>, bool>,
    /// Values that were replaced.
    pub(super) redacted: u64,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    at: usize,
    len: usize,
    secret: bool,
}

const NONE: Known = Known {
    at: 0,
    len: 0,
    secret: false,
};

impl Secrets {
    pub(super) fn new() -> Self {
        Self {
            foreseen: Box::new([NONE; FORESEEN]),
            next: 0,
            placed: Box::new([NONE; PLACES]),
            names: HashMap::new(),
            redacted: 0,
        }
    }

    /// Must be called before other memory is looked at.
    pub(super) fn forget(&mut self) {
        self.foreseen.fill(NONE);
        self.placed.fill(NONE);
    }

    /// Begins a record.
    #[inline]
    pub(super) fn begin(&mut self) {
        self.next = 0;
    }

    /// Tells whether the value of `key` is to be replaced.
    #[inline]
    pub(super) fn is_secret(&mut self, policy: &impl Policy, key: &str) -> bool {
        let (at, len) = (key.as_ptr().addr(), key.len());
        let place = self.next % FORESEEN;
        self.next = place + 1;
        match self.foreseen.get(place) {
            Some(known) if known.at == at && known.len == len && !known.secret => false,
            _ => self.look_up(policy, key, place),
        }
    }

    #[inline(never)]
    fn look_up(&mut self, policy: &impl Policy, key: &str, place: usize) -> bool {
        let (at, len) = (key.as_ptr().addr(), key.len());
        // Keys of one program lie close together, at any distance: the upper
        // bits of a product depend on all of the lower ones.
        let hash = (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
        let hash = usize::from(hash.to_le_bytes()[0]);
        let known = match self.placed.get(hash) {
            Some(known) if known.at == at && known.len == len => *known,
            _ => {
                let secret = self.by_name(policy, key);
                Known { at, len, secret }
            }
        };
        let targets = [self.foreseen.get_mut(place), self.placed.get_mut(hash)];
        for target in targets.into_iter().flatten() {
            *target = known;
        }
        self.redacted += u64::from(known.secret);
        known.secret
    }

    fn by_name(&mut self, policy: &impl Policy, key: &str) -> bool {
        if let Some(secret) = self.names.get(key) {
            return *secret;
        }
        let secret = policy.is_secret(key);
        if key.len() <= LONGEST && self.names.len() < NAMES {
            self.names.insert(key.into(), secret);
        }
        secret
    }
}
