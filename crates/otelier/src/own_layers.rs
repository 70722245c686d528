//! Layers of the program's own, in the subscriber that is ours.

use std::{
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tracing_subscriber::{Layer, Registry};

use crate::{Setup, layers::Boxed};

/// Layers cannot be copied: copies of a set-up share them, and the first to
/// start has them.
#[derive(Clone, Default)]
pub(crate) struct OwnLayers(Arc<Mutex<Vec<Boxed<Registry>>>>);

impl OwnLayers {
    pub(crate) fn take(&self) -> Vec<Boxed<Registry>> {
        mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Boxed<Registry>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Setup {
    /// Adds a `tracing` layer to the subscriber that [`init`](Self::init)
    /// installs, behind ours, also while telemetry is off or compiled out. A
    /// filter of its own is for it alone: `layer.with_filter(filter)`.
    pub fn with_layer(self, layer: impl Layer<Registry> + Send + Sync) -> Self {
        self.own_layers.lock().push(layer.boxed());
        self
    }
}

impl fmt::Debug for OwnLayers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnLayers").finish_non_exhaustive()
    }
}
