//! The claim on a call of the driver, so that what sqlx logs of it is not recorded once more.

use otelier_core::edge::{self, CLAIMED, Scope, Traced};
use tracing::{Span, level_filters::LevelFilter};

use crate::driver::Driver;

/// A future or stream of the driver, whose statement is recorded here.
pub(crate) type Claimed<T> = Traced<T, Claim>;

/// The claim, and what carries it to the thread of the driver, if that has one: nothing where
/// nobody listens to what sqlx logs.
pub(crate) struct Claim(Span);

/// The claim on a call of this driver, `None` where nobody heeds one.
#[inline]
pub(super) fn claim<DB: Driver>() -> Option<Claim> {
    edge::claim()?;
    // Without a subscriber `tracing` would write of the span to the `log` crate.
    let span = if DB::HAS_THREAD && LevelFilter::current() >= LevelFilter::DEBUG {
        tracing::debug_span!(target: CLAIMED, "claimed")
    } else {
        Span::none()
    };
    Some(Claim(span))
}

#[inline]
pub(crate) fn claimed<DB: Driver, T>(call: T) -> Claimed<T> {
    Traced::new(call, claim::<DB>())
}

impl Scope for Claim {
    const HAS_CONTEXT: bool = false;

    #[inline]
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        let _current = self.0.enter();
        edge::Claim.enter(part)
    }
}
