//! Which keys name a secret, asked once for each key.

use std::collections::HashMap;

use super::Policy;

/// Keys of one record that are foreseen.
const FORESEEN: usize = 64;
/// The most names that are kept, and the longest, in bytes.
const NAMES: usize = 1024;
const LONGEST: usize = 128;

/// Answers for keys. Most records have the keys of the one before, in the same
/// order, so the next one is known by where it lies in memory: while a batch is
/// borrowed, two keys at one place are the same key.
#[derive(Debug)]
pub(super) struct Secrets {
    foreseen: Box<[Known; FORESEEN]>,
    next: usize,
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
            names: HashMap::new(),
            redacted: 0,
        }
    }

    /// Must be called before other memory is looked at.
    pub(super) fn forget(&mut self) {
        self.foreseen.fill(NONE);
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
        let secret = match self.names.get(key) {
            Some(secret) => *secret,
            None => self.ask(policy, key),
        };
        if let Some(known) = self.foreseen.get_mut(place) {
            let (at, len) = (key.as_ptr().addr(), key.len());
            *known = Known { at, len, secret };
        }
        self.redacted += u64::from(secret);
        secret
    }

    fn ask(&mut self, policy: &impl Policy, key: &str) -> bool {
        let secret = policy.is_secret(key);
        if key.len() <= LONGEST && self.names.len() < NAMES {
            self.names.insert(key.into(), secret);
        }
        secret
    }
}
