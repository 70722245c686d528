//! What comes out: requests, and what did not get into one.

use crate::{Protocol, Signal, divide::divide};

/// What happened to a batch on its way into requests.
///
/// See the example of [`Encoder`](crate::Encoder).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records that no request could hold, and that are in none.
    pub oversized: usize,
    /// Values that were replaced.
    pub redacted: u64,
}

/// One encoded request, in the encoder's buffer.
///
/// See the example of [`Encoder`](crate::Encoder).
#[derive(Debug)]
pub struct Request<'a> {
    pub(super) buffer: &'a mut Vec<u8>,
    pub(super) len: usize,
    pub(super) items: usize,
}

impl<'a> Request<'a> {
    /// A request that another encoder wrote.
    pub fn of(buffer: &'a mut Vec<u8>, items: usize) -> Self {
        let len = buffer.len();
        Self { buffer, len, items }
    }

    /// Hands out the request, in parts where it has more than `most` bytes. Returns
    /// how many items were too large by themselves, and are in none.
    pub fn split(
        self,
        protocol: Protocol,
        signal: Signal,
        most: usize,
        emit: &mut dyn FnMut(Request<'_>),
    ) -> usize {
        if self.len <= most {
            emit(self);
            return 0;
        }
        let keep = self.items / 2;
        let halves = divide(self.as_slice(), protocol, signal, keep);
        let Some((mut near, mut far)) = halves.filter(|_| keep > 0) else {
            return self.items;
        };
        let far = Request::of(&mut far, self.items - keep);
        Request::of(&mut near, keep).split(protocol, signal, most, emit)
            + far.split(protocol, signal, most, emit)
    }

    /// The request.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// The number of spans, log records or data points in it.
    #[must_use]
    pub const fn items(&self) -> usize {
        self.items
    }

    /// Takes the buffer, and leaves another one to the encoder. The request is
    /// so many of its first bytes.
    pub(crate) fn swap(self, other: Vec<u8>) -> (Vec<u8>, usize) {
        (std::mem::replace(self.buffer, other), self.len)
    }
}
