//! Requests that pass more than one of ours: a second middleware, or a layer
//! around a traced client.
//!
//! The outer one begins the attempt, because it cannot know that there is an
//! inner one. That takes the attempt over, and begins all further ones: if there
//! are retries between the two, it alone sees each of them.

use std::cell::RefCell;

use opentelemetry::{Context, trace::TraceContextExt as _};
use otelier_core::{Run, edge::Scope};
use reqwest::Url;

use super::operation::Operation;

/// An attempt, until an inner one of ours takes it over.
pub(crate) struct Attempt(pub(super) Option<Run<Operation>>);

impl Attempt {
    #[inline]
    pub(super) fn new(run: Run<Operation>) -> Self {
        Self(Some(run))
    }

    /// The record, unless it was taken over.
    #[inline]
    pub(super) fn into_own(self) -> Option<Run<Operation>> {
        self.0
    }
}

impl Scope for Attempt {
    /// Runs a part in the attempt's context, where an inner one of ours may take
    /// it over.
    #[inline]
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        let Some(_current) = self.0.as_ref().map(|run| run.record().span.attach()) else {
            return part();
        };
        let _entered = Entered::new(&mut self.0);
        part()
    }
}

thread_local! {
    /// The attempts that are being polled on this thread, the outermost first.
    static POLLED: RefCell<Vec<Polled>> = const { RefCell::new(Vec::new()) };
}

enum Polled {
    Own(Run<Operation>),
    /// By an inner one; `current` is still attached, instead of `parent`.
    TakenOver {
        current: Context,
        parent: Option<Context>,
    },
}

/// What tells a request from others, and is the same for a copy of it.
pub(super) fn fingerprint(url: &Url, place: u16) -> u64 {
    const FACTOR: u64 = 0x517c_c1b7_2722_0a95;
    let mix = |hash: u64, word: &[u8; 8]| {
        (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR)
    };
    let url = url.as_str().as_bytes();
    let (words, _) = url.as_chunks();
    let whole = words.iter().fold(u64::from(place), mix);
    // No URL is shorter, but for some that go nowhere.
    url.last_chunk().map_or(whole, |rest| mix(whole, rest))
}

/// Takes over the attempt at this request that one of ours further out has
/// begun, or returns the context to begin one in.
pub(super) fn take_over(fingerprint: u64) -> Result<Run<Operation>, Context> {
    let current = Context::current();
    let taken = POLLED.try_with(|polled| {
        let mut polled = polled.try_borrow_mut().ok()?;
        let outer = polled.last_mut()?;
        match outer {
            Polled::Own(run) if run.record().fingerprint == fingerprint => {
                let (current, parent) = (
                    run.record().span.context.clone(),
                    run.record_mut().parent.take(),
                );
                match std::mem::replace(outer, Polled::TakenOver { current, parent }) {
                    Polled::Own(run) => Some(Ok(run)),
                    Polled::TakenOver { .. } => None,
                }
            }
            Polled::TakenOver {
                current: ended,
                parent: Some(parent),
            } if ended.span().span_context() == current.span().span_context() => {
                Some(Err(parent.clone()))
            }
            _ => None,
        }
    });
    taken.ok().flatten().unwrap_or(Err(current))
}

/// Tells whether the attempt that is being polled was not taken over.
pub(super) fn is_own() -> bool {
    let own = POLLED.try_with(|polled| {
        let polled = polled.try_borrow().ok()?;
        Some(matches!(polled.last(), Some(Polled::Own(_))))
    });
    own.ok().flatten().unwrap_or(false)
}

struct Entered<'a>(&'a mut Option<Run<Operation>>);

impl<'a> Entered<'a> {
    #[inline]
    fn new(run: &'a mut Option<Run<Operation>>) -> Self {
        // There is no such place any more while the thread ends.
        let _ = POLLED.try_with(|polled| {
            if let Ok(mut polled) = polled.try_borrow_mut()
                && let Some(run) = run.take()
            {
                polled.push(Polled::Own(run));
            }
        });
        Self(run)
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_none() {
            let polled = POLLED.try_with(|polled| polled.try_borrow_mut().ok()?.pop());
            if let Ok(Some(Polled::Own(run))) = polled {
                *self.0 = Some(run);
            }
        }
    }
}
