//! A reading of the counters.

/// What they are at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) waiting: u64,
    pub(crate) capacity: u64,
    pub(crate) inflight: u64,
    pub(crate) admitted: u64,
    pub(crate) exported: u64,
    pub(crate) queue_full: u64,
    pub(crate) oversized: u64,
    pub(crate) displaced: u64,
    /// Cumulative points, of which the newer ones told all again.
    pub(crate) replaced: u64,
    pub(crate) abandoned: u64,
    pub(crate) failed: u64,
    /// Copies that standard output did not take, of items that went elsewhere.
    pub(crate) unprinted: u64,
    pub(crate) redacted: u64,
    pub(crate) truncated: u64,
}

impl Counts {
    /// Never left the process.
    pub(crate) fn dropped(&self) -> u64 {
        self.queue_full + self.oversized + self.displaced + self.replaced + self.abandoned
    }
}
