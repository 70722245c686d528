//! What records, made when it is first used.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use opentelemetry::Context;

use crate::{Propagation, Providers, Source, installed};

/// What one object of an edge records with: a layer, a client or a pool, and its
/// clones.
///
/// It records to the providers that are current when it is made, or, if there
/// are none, to the process's as soon as these are installed.
///
/// ```
/// use opentelemetry::metrics::Counter;
/// use otelier_core::{edge::Edge, scope};
///
/// struct Oven {
///     edge: Edge<Counter<u64>>,
/// }
///
/// impl Oven {
///     fn bake(&self) {
///         let baked = self.edge.on(|providers| {
///             let meter = providers.meter(scope("bakery", "1.0.0"));
///             meter.u64_counter("cakes.baked").build()
///         });
///         if let Some(baked) = baked {
///             baked.add(1, &[]);
///         }
///     }
/// }
/// # Oven { edge: Edge::new() }.bake();
/// ```
pub struct Edge<T> {
    source: Source,
    made: OnceLock<T>,
}

impl<T> Edge<T> {
    /// Records to what is current.
    #[must_use]
    pub fn new() -> Self {
        Self {
            source: Source::current(),
            made: OnceLock::new(),
        }
    }

    /// What to record with, made at the first call, or `None` while telemetry is
    /// off, or is suppressed: the exporter's own requests leave nothing.
    ///
    /// # Cost
    /// While telemetry is off an atomic load and a branch.
    #[inline]
    #[must_use]
    pub fn on(&self, make: impl FnOnce(&Providers) -> T) -> Option<&T> {
        let providers = self.source.providers()?;
        if Context::is_current_telemetry_suppressed() {
            return None;
        }
        Some(self.made.get_or_init(|| make(providers)))
    }

    /// What was made, also while telemetry is suppressed: for what ends then.
    #[inline]
    #[must_use]
    pub fn made(&self) -> Option<&T> {
        self.made.get()
    }

    /// How context passes through while telemetry is off, if it does.
    #[inline]
    #[must_use]
    pub fn passing(&self) -> Option<&Propagation> {
        let propagation = self.source.passing()?;
        (!Context::is_current_telemetry_suppressed()).then_some(propagation)
    }

    /// Whether there is nothing to do, so that a wrapper can be left out.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.source.providers().is_none() && self.source.passing().is_none()
    }
}

impl<T> Default for Edge<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for Edge<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge")
            .field("source", &self.source)
            .field("made", &self.made)
            .finish()
    }
}

/// What functions record with that have no object: made once for the process,
/// and once for each set of providers that a test puts into the context.
///
/// ```
/// use otelier_core::edge::Shared;
///
/// # struct Telemetry;
/// static TELEMETRY: Shared<Telemetry> = Shared::new();
///
/// if let Some(telemetry) = TELEMETRY.current(|providers| Telemetry) {
///     // ..
/// }
/// ```
pub struct Shared<T>(OnceLock<Arc<T>>);

impl<T: Send + Sync + 'static> Shared<T> {
    /// Nothing is made yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// What to record with in the current context, or `None` while telemetry is
    /// off.
    pub fn current(&self, make: impl FnOnce(&Providers) -> T) -> Option<Arc<T>> {
        self.of(&Source::current(), make)
    }

    /// The same for a source.
    pub fn of(&self, source: &Source, make: impl FnOnce(&Providers) -> T) -> Option<Arc<T>> {
        let providers = source.providers()?;
        // Only tests put providers into a context.
        let is_of_the_process =
            installed().is_some_and(|installed| std::ptr::eq(installed, providers));
        Some(if is_of_the_process {
            Arc::clone(self.0.get_or_init(|| Arc::new(make(providers))))
        } else {
            providers.once(make)
        })
    }
}

impl<T: Send + Sync + 'static> Default for Shared<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
