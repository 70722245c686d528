//! Which keys name a secret, asked once for each key of a batch.

use super::Policy;

const PLACES: usize = 128;
/// How many places are looked at for one key.
const PROBES: usize = 4;

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
        // Keys of one program lie close together, at any distance: the upper
        // bits of a product depend on all of the lower ones.
        let place = (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 57;
        let place = usize::from(place.to_le_bytes()[0]) % PLACES;
        let secret = match self.known.get(place) {
            Some(known) if known.at == at && known.len == len => known.secret,
            _ => self.look_further(policy, key, place),
        };
        if secret {
            self.redacted += 1;
        }
        secret
    }

    /// Looks at the places behind one that is taken, and takes the first that
    /// is free, or else that one.
    #[inline(never)]
    fn look_further(&mut self, policy: &impl Policy, key: &str, place: usize) -> bool {
        let (at, len) = (key.as_ptr().addr(), key.len());
        let mut target = place;
        for step in 0..PROBES {
            let next = (place + step) % PLACES;
            match self.known.get(next) {
                Some(known) if known.at == at && known.len == len => return known.secret,
                Some(known) if known.at == 0 => {
                    target = next;
                    break;
                }
                _ => {}
            }
        }
        let secret = policy.is_secret(key);
        if let Some(known) = self.known.get_mut(target) {
            *known = Known { at, len, secret };
        }
        secret
    }
}
