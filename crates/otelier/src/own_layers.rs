//! Layers of the program's own, in the subscriber that is ours.

use std::{
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tracing_subscriber::Registry;

use crate::layers::Boxed;

/// Layers cannot be copied: copies of a set-up share them, and the first to
/// start has them.
#[derive(Clone, Default)]
pub(crate) struct OwnLayers(Arc<Mutex<Vec<Boxed<Registry>>>>);

impl OwnLayers {
    pub(crate) fn take(&self) -> Vec<Boxed<Registry>> {
        mem::take(&mut *self.lock())
    }

    pub(crate) fn push(&self, layer: Boxed<Registry>) {
        self.lock().push(layer);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Boxed<Registry>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for OwnLayers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnLayers").finish_non_exhaustive()
    }
}
