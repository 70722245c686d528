//! What became of a connection, as far as reading and writing tell.

use std::{
    cell::RefCell,
    io,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering::Relaxed},
    },
};

use axum::{body::HttpBody, http::Response};

use crate::stream;

const OPEN: u8 = 0;
const CLOSED: u8 = 1;
const BROKEN: u8 = 2;

/// Shared by a connection and by what is served on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fate(Arc<AtomicU8>);

/// Who ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Nobody, as far as is known.
    Not,
    /// The client, in order.
    Closed,
    /// The network, or a client that resets it.
    Broken,
}

thread_local! {
    static HERE: RefCell<Option<Fate>> = const { RefCell::new(None) };
}

impl Fate {
    /// What is known first counts.
    fn is(&self, how: u8) {
        let _ = self.0.compare_exchange(OPEN, how, Relaxed, Relaxed);
    }

    /// That of the connection that is served on this thread.
    pub(super) fn here() -> Option<Self> {
        let here = HERE.try_with(|here| here.try_borrow().ok()?.clone());
        here.ok().flatten()
    }

    pub(super) fn ended(&self) -> Ended {
        match self.0.load(Relaxed) {
            OPEN => Ended::Not,
            CLOSED => Ended::Closed,
            _ => Ended::Broken,
        }
    }
}

/// The client sends nothing more.
pub(crate) fn closed(fate: &Fate) {
    fate.is(CLOSED);
}

/// Reading or writing failed.
pub(crate) fn failed(fate: &Fate, error: &io::Error) {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => (),
        // Who closed before gets no answer any more.
        io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => fate.is(CLOSED),
        _ => fate.is(BROKEN),
    }
}

/// Whether the end of a response is worth knowing about.
pub(crate) fn ends_late<B: HttpBody>(response: &Response<B>) -> bool {
    stream::kind(response).is_some()
}

/// Runs what is served on this connection.
pub(crate) fn enter<T>(fate: &Fate, part: impl FnOnce() -> T) -> T {
    struct Leave(Option<Fate>);
    impl Drop for Leave {
        fn drop(&mut self) {
            replace(self.0.take());
        }
    }
    let _leave = Leave(replace(Some(fate.clone())));
    part()
}

fn replace(fate: Option<Fate>) -> Option<Fate> {
    // A thread that ends keeps nothing.
    let before = HERE.try_with(|here| {
        let mut here = here.try_borrow_mut().ok()?;
        std::mem::replace(&mut *here, fate)
    });
    before.ok().flatten()
}
