//! What gauges ask, also if it is there before telemetry is.

use std::sync::{Arc, LazyLock, Once};

use crate::{Observed, Providers, Source, installed, when_installed};

/// The objects of one kind that observable instruments ask, as long as they live:
/// a static of an edge. The instruments are made once for each set of providers,
/// also if these come after the objects.
///
/// ```
/// use std::sync::Arc;
/// use otelier_core::{edge::Gauged, scope};
///
/// struct Oven {
///     loaves: i64,
/// }
///
/// static OVENS: Gauged<Oven> = Gauged::new(|providers, ovens| {
///     let ovens = ovens.clone();
///     let meter = providers.meter(scope("bakery", "1.0.0"));
///     let gauge = meter.i64_observable_gauge("bakery.loaves");
///     let _gauge = gauge
///         .with_callback(move |gauge| ovens.each(|oven| gauge.observe(oven.loaves, &[])))
///         .build();
/// });
///
/// let oven = Arc::new(Oven { loaves: 3 });
/// OVENS.add(&oven);
/// ```
pub struct Gauged<T: 'static> {
    of_the_process: LazyLock<Observed<T>>,
    is_observed: Once,
    observe: fn(&Providers, &Observed<T>),
}

impl<T: Send + Sync> Gauged<T> {
    /// Nothing is asked yet; `observe` makes the instruments.
    #[must_use]
    pub const fn new(observe: fn(&Providers, &Observed<T>)) -> Self {
        Self {
            of_the_process: LazyLock::new(Observed::new),
            is_observed: Once::new(),
            observe,
        }
    }

    /// Asks an object from now on, until it is dropped.
    pub fn add(&'static self, object: &Arc<T>) {
        let source = Source::current();
        // Only tests put providers into a context.
        let captured = source.providers().filter(|providers| {
            !installed().is_some_and(|installed| std::ptr::eq(installed, *providers))
        });
        if let Some(captured) = captured {
            let objects = captured.once(|providers| {
                let objects = Observed::new();
                (self.observe)(providers, &objects);
                objects
            });
            objects.add(object);
        } else {
            self.of_the_process.add(object);
            self.is_observed.call_once(|| {
                when_installed(|providers| (self.observe)(providers, &self.of_the_process));
            });
        }
    }
}

crate::shown!([T] Gauged<T>);
