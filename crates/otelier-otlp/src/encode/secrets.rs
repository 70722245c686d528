//! Which keys name a secret, asked once for each key of a batch.

use super::Policy;

const PLACES: usize = 128;

/// Answers for keys by where they lie in memory. Good for one batch only: while
/// it is borrowed, two keys at one place are the same key.
#[derive(Debug)]
pub(super) struct Secrets {
    known: Box<[Known; PLACES]>,
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
            known: Box::new([NONE; PLACES]),
            redacted: 0,
        }
    }

    /// Must be called before other memory is looked at.
    pub(super) fn forget(&mut self) {
        self.known.fill(NONE);
    }

    /// Tells whether the value of `key` is to be replaced.
    #[inline]
    pub(super) fn is_secret(&mut self, policy: &impl Policy, key: &str) -> bool {
        let (at, len) = (key.as_ptr().addr(), key.len());
        // Keys of one program lie close together, at any distance.
        let place = (at ^ (at >> 7) ^ len) % PLACES;
        let Some(known) = self.known.get_mut(place) else {
            return policy.is_secret(key);
        };
        if known.at != at || known.len != len {
            *known = Known {
                at,
                len,
                secret: policy.is_secret(key),
            };
        }
        self.redacted += u64::from(known.secret);
        known.secret
    }
}
