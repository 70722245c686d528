//! What records, made when it is first used.

use std::sync::{Arc, OnceLock};

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
#[derive(Debug)]
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

    /// Records to the same, but makes its own: for a clone that is to record
    /// otherwise.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self {
            source: self.source.clone(),
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

    /// The same where the current context is at hand.
    #[inline]
    #[must_use]
    pub fn on_in(&self, current: &Context, make: impl FnOnce(&Providers) -> T) -> Option<&T> {
        let providers = self.source.providers()?;
        let is_on = !current.is_telemetry_suppressed();
        is_on.then(|| self.made.get_or_init(|| make(providers)))
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

    /// Whether there is nothing to do for now: telemetry is off, and nothing passes
    /// through.
    #[inline]
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.source.is_idle()
    }

    /// Whether there is nothing to do, now and later, so that a wrapper can be
    /// left out, see [`Source::is_off`].
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.source.is_off()
    }
}

impl<T> Default for Edge<T> {
    fn default() -> Self {
        Self::new()
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

crate::shown!([T] Shared<T>);
