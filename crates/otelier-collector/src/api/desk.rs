//! What questions are answered from.

use super::answer::{Problem, respond};
use crate::{
    aside::Aside,
    room::{Held, Room},
    server::{Intake, Refusals},
    store::Store,
};
use axum::response::Response;
use http::HeaderValue;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};
use tokio::sync::{Semaphore, watch};

/// Entries of a list where nobody says how many.
pub(super) const DEFAULT_LIMIT: usize = 100;

/// What questions are answered from.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) store: Store,
    pub(crate) room: Room,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) places: Arc<Semaphore>,
    /// Where answers are made.
    pub(crate) aside: Aside,
    pub(crate) readers: Arc<AtomicUsize>,
    /// Places for who listens to what comes.
    pub(crate) streams: Arc<Semaphore>,
    /// Becomes true, or loses its sender, when answers have to end.
    pub(crate) closing: watch::Receiver<bool>,
    /// Where it is to be sent to, over gRPC and over HTTP.
    pub(crate) endpoints: [String; 2],
}

/// Who may listen at once.
pub(crate) const MOST_STREAMS: usize = 32;

/// A question that is being answered.
pub(super) struct Reader(Arc<AtomicUsize>);

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Desk {
    pub(super) fn of(intake: &Intake, places: Arc<Semaphore>, endpoints: [String; 2]) -> Self {
        Self {
            store: intake.store.clone(),
            room: intake.room.clone(),
            refusals: Arc::clone(&intake.refusals),
            places,
            aside: Aside::default(),
            readers: Arc::default(),
            streams: Arc::new(Semaphore::new(MOST_STREAMS)),
            closing: intake.closing.clone(),
            endpoints,
        }
    }

    pub(super) fn reader(&self) -> Reader {
        self.readers.fetch_add(1, Relaxed);
        Reader(Arc::clone(&self.readers))
    }

    pub(crate) fn held(&self, bytes: usize) -> Result<Held, Problem> {
        let mut held = self.room.hold();
        held.grow(bytes)?;
        Ok(held)
    }

    pub(super) fn text(
        &self,
        content_type: &'static str,
        text: String,
    ) -> Result<Response, Problem> {
        let held = self.held(text.len())?;
        let content_type = HeaderValue::from_static(content_type);
        Ok(respond(content_type, text.into_bytes(), held))
    }
}

pub(super) type Answered = Result<Response, Problem>;

pub(super) fn owned(text: Option<&str>) -> Option<String> {
    text.map(ToOwned::to_owned)
}
