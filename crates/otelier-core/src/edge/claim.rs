//! What an edge records itself, so that what the library's log tells of it is not
//! recorded once more.

use std::{
    cell::Cell,
    sync::atomic::{AtomicBool, Ordering},
};

use super::Scope;

/// The target of `tracing` spans that say the same as a [`Claim`] where the
/// library works on a thread of its own, which is told of the current span alone.
pub const CLAIMED: &str = "otelier::claimed";

static ARE_ASKED_FOR: AtomicBool = AtomicBool::new(false);

/// Has edges claim what they record, from now on. For who asks [`is_claimed`], or
/// looks for spans of [`CLAIMED`]: before there is anything to hear of, as a call
/// that has begun is not claimed any more. Nothing takes it back.
pub fn ask_for_claims() {
    ARE_ASKED_FOR.store(true, Ordering::Relaxed);
}

/// A claim, `None` where nobody ever [asked](ask_for_claims) for one: without it a
/// call need not be wrapped.
#[inline]
#[must_use]
pub fn claim() -> Option<Claim> {
    ARE_ASKED_FOR.load(Ordering::Relaxed).then_some(Claim)
}

thread_local! {
    // Without a destructor: it can be asked as long as there is a thread.
    static IS_CLAIMED: Cell<bool> = const { Cell::new(false) };
}

/// The scope of a call that an edge records: another that hears of it by some
/// other way, such as the library's log, leaves it alone, see [`is_claimed`].
/// Neither has to know the other.
///
/// ```
/// use otelier_core::edge::{Claim, Scope as _, is_claimed};
///
/// assert!(Claim.enter(is_claimed));
/// assert!(!is_claimed());
/// ```
///
/// # Cost
/// A few instructions where it is entered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Claim;

/// Tells whether the current thread is in a call that is recorded already.
#[inline]
#[must_use]
pub fn is_claimed() -> bool {
    IS_CLAIMED.get()
}

impl Scope for Claim {
    const HAS_CONTEXT: bool = false;

    #[inline]
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        let _before = Before(IS_CLAIMED.replace(true));
        part()
    }
}

/// Puts back what was before, also when unwound.
struct Before(bool);

impl Drop for Before {
    fn drop(&mut self) {
        IS_CLAIMED.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        panic::{AssertUnwindSafe, catch_unwind},
        pin::pin,
        rc::Rc,
        task::{Context as TaskContext, Poll, Waker},
    };

    use super::*;
    use crate::edge::Traced;

    #[test]
    fn a_call_is_claimed_where_it_runs_and_where_it_is_dropped_and_nowhere_else() {
        /// Tells whether it was dropped in a claim.
        struct Held(Rc<Cell<bool>>);
        impl Drop for Held {
            fn drop(&mut self) {
                self.0.set(is_claimed());
            }
        }
        let dropped = Rc::<Cell<bool>>::default();
        let held = Held(Rc::clone(&dropped));
        {
            let call = poll_fn(move |_| {
                let _held = &held;
                assert!(is_claimed());
                Poll::<()>::Pending
            });
            let mut call = pin!(Traced::new(call, Some(Claim)));
            let mut cx = TaskContext::from_waker(Waker::noop());
            assert!(Future::poll(call.as_mut(), &mut cx).is_pending());
            assert!(!is_claimed());
        }
        assert!(dropped.get());
    }

    #[test]
    fn there_is_a_claim_from_when_one_is_asked_for() {
        ask_for_claims();
        assert!(claim().is_some());
    }

    #[test]
    fn a_claim_within_a_claim_leaves_the_outer_one_and_a_panic_none() {
        Claim.enter(|| {
            Claim.enter(|| ());
            assert!(is_claimed());
        });
        let panics = || Claim.enter(|| std::panic::resume_unwind(Box::new(())));
        assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
        assert!(!is_claimed());
    }
}
