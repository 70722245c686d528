//! A reason for which a service is degraded.

use std::{fmt, sync::Arc};

use tokio::time::Instant;

use crate::machine::Shared;

/// One reason for which a service may be degraded, made by
/// [`Ready::reason`](super::Ready::reason). Clones are the same reason.
///
/// See the [example of the module](crate::ready).
#[derive(Clone)]
pub struct Reason {
    shared: Arc<Shared>,
    place: usize,
}

impl Reason {
    pub(super) fn new(shared: Arc<Shared>, place: usize) -> Self {
        Self { shared, place }
    }

    /// The service serves on without it: the state says `degraded`, and the route
    /// still answers 200. For what all instances have in common, as when the one
    /// database is away: if all of them go, nobody is left to answer.
    #[must_use]
    pub fn tolerated(self) -> Self {
        self.shared.lock().tolerate(self.place);
        self
    }

    /// The reason holds. Where it held already, nothing changes.
    pub fn set(&self) {
        self.shared.lock().set(self.place, Instant::now());
    }

    /// The reason holds no longer.
    pub fn clear(&self) {
        self.shared.lock().clear(self.place, Instant::now());
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.shared.lock().key(self.place)
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reason").field(&self.key()).finish()
    }
}
