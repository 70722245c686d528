//! Trace ids that tell which request they belong to, so that every span and log
//! record that arrives can be held against what was sent.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The requests of one run, numbered from 1.
#[derive(Debug)]
pub(crate) struct Ids {
    run: u64,
    next: AtomicU64,
}

impl Ids {
    /// `run` tells this run's traces from others'.
    pub(crate) fn new(run: u64) -> Self {
        let next = AtomicU64::new(1);
        Self { run, next }
    }

    /// The number of the next request.
    pub(crate) fn next(&self) -> u64 {
        self.next.fetch_add(1, Relaxed)
    }

    /// What the request carries: its caller's span has its number as id.
    pub(crate) fn traceparent(&self, number: u64) -> String {
        format!("00-{:016x}{number:016x}-{number:016x}-01", self.run)
    }
}

/// The number of the request whose trace has this id, if it is one of this run.
pub(crate) fn number(run: u64, trace_id: &[u8]) -> Option<u64> {
    let (prefix, number) = trace_id.split_first_chunk()?;
    (u64::from_be_bytes(*prefix) == run).then_some(())?;
    Some(u64::from_be_bytes(number.try_into().ok()?))
}
