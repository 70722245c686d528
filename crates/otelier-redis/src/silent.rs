//! What stands in for `record` where telemetry is compiled out: nothing.

pub(crate) use otelier_core::edge::{
    Never as Lease,
    silent::{
        Silent as Watched, first_of_three as command, first_of_three as pipeline, ignore as cancel,
        nothing_of as wait, nothing_of_two as lent, nothing_of_two as on, nothing_of_two as watch,
    },
};

pub(crate) type On<'a> = Lease;
pub(crate) type Wait<'a> = Lease;
pub(crate) type Tracing = otelier_core::edge::silent::Silent<crate::Config>;

#[cfg(test)]
mod tests {
    use crate::{Connection, wrap};

    #[test]
    fn what_is_wrapped_is_no_larger() {
        assert_eq!(size_of::<Connection<u64>>(), size_of::<u64>());
        assert_eq!(wrap(7_u64).into_inner(), 7);
    }
}
