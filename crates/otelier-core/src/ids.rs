//! Ids: which traces began here, and span ids for what leaves no span.

use std::sync::LazyLock;

use opentelemetry::trace::{SpanId, TraceId};

/// What the upper bytes of this process's trace ids are made with. The second
/// one is odd.
static SEAL: LazyLock<(u64, u64)> = LazyLock::new(|| (fastrand::u64(..), fastrand::u64(..) | 1));

/// Seven bytes that follow from the nine behind them, in this process alone.
#[inline]
fn seal(random: u64) -> u64 {
    let (offset, factor) = *SEAL;
    let mixed = (random ^ offset).wrapping_mul(factor);
    (mixed ^ (mixed >> 32)).wrapping_mul(factor) >> 8
}

/// Makes a random id one that this process knows again: its last nine bytes
/// stay, which is more than the seven that Trace Context wants to be random,
/// and the others follow from them by a secret of the process.
///
/// So it is known of a trace, without keeping any, that it began here, and its
/// callees can be told that its id is random.
#[must_use]
#[inline]
pub fn own_trace_id(random: TraceId) -> TraceId {
    let (upper, lower) = halves(random);
    let upper = seal(lower) << 8 | upper & 0xff;
    TraceId::from(u128::from(upper) << 64 | u128::from(lower))
}

/// Tells whether a trace began in this process, as far as its ids are made by
/// [`own_trace_id`].
#[inline]
pub(crate) fn is_own(trace_id: TraceId) -> bool {
    let (upper, lower) = halves(trace_id);
    upper >> 8 == seal(lower)
}

#[inline]
fn halves(id: TraceId) -> (u64, u64) {
    let bytes = id.to_bytes();
    let [upper, lower] = bytes.as_chunks().0 else {
        return (0, 0);
    };
    (u64::from_be_bytes(*upper), u64::from_be_bytes(*lower))
}

/// An id for a span that is not made, because it would not be sampled.
#[inline]
pub(crate) fn new_span_id() -> SpanId {
    // Zero is no id.
    SpanId::from(fastrand::u64(..).max(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_trace_of_ours_is_known_again_and_keeps_its_random_bytes(random: u128) {
            let own = own_trace_id(TraceId::from(random));
            prop_assert!(is_own(own));
            prop_assert_eq!(&own.to_bytes()[7..], &random.to_be_bytes()[7..]);
        }

        #[test]
        fn traces_of_others_are_not_ours(random: u128, low: u64) {
            prop_assert!(!is_own(TraceId::from(random)));
            // As those of systems with ids of 64 bits.
            prop_assert!(!is_own(TraceId::from(u128::from(low))));
        }
    }

    #[test]
    fn no_two_span_ids_are_equal_and_none_is_invalid() {
        let mut ids: Vec<_> = (0..1000).map(|_| new_span_id().to_bytes()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 1000);
        assert!(!ids.contains(&[0; 8]));
    }
}
