//! Histograms of durations, which keep exemplars.

use std::sync::Arc;

use opentelemetry::{
    InstrumentationScope, KeyValue,
    metrics::{BoundHistogram, Histogram, HistogramBuilder},
};

use crate::{
    Conventions,
    exemplars::{Instrument, Sampled, Series},
};

/// Where an instrument names none, as the SDK has them.
const BOUNDS: [f64; 15] = [
    0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0,
    10_000.0,
];

/// A histogram of durations, in seconds. Of those that were measured in a sampled span, the
/// newest of each bucket is kept as an [`Exemplar`](super::Exemplar), until it is
/// exported.
///
/// ```
/// use std::time::Duration;
///
/// use opentelemetry::{InstrumentationScope, KeyValue, metrics::Meter};
/// use otelier_core::{Conventions, edge::{Durations, Instruments, Sampled}, scope};
///
/// struct Oven {
///     duration: Durations,
/// }
///
/// impl Instruments for Oven {
///     fn scope() -> InstrumentationScope {
///         scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
///     }
///
///     fn new(meter: &Meter, conventions: &Conventions) -> Self {
///         let duration = meter
///             .f64_histogram("cakes.duration")
///             .with_unit("s")
///             .with_boundaries(vec![60.0, 600.0, 3600.0]);
///         Self { duration: Durations::new(duration, Self::scope(), conventions) }
///     }
/// }
///
/// fn baked(oven: &Oven, elapsed: Duration) {
///     // An edge's own span says so itself: `|| span.sampled()`.
///     let sampled = || Sampled::current(elapsed);
///     let labels = [KeyValue::new("cake", "apple")];
///     oven.duration.record(elapsed.as_secs_f64(), sampled, &labels);
/// }
/// ```
#[derive(Debug)]
pub struct Durations {
    histogram: Histogram<f64>,
    exemplars: Option<Arc<Instrument>>,
}

impl Durations {
    /// Builds the instrument. The scope is that of its meter: exemplars are brought
    /// to their points by it, the name, and the labels.
    #[must_use]
    pub fn new(
        builder: HistogramBuilder<'_, Histogram<f64>>,
        scope: InstrumentationScope,
        conventions: &Conventions,
    ) -> Self {
        let exemplars = conventions.exemplars.as_ref().and_then(|exemplars| {
            let bounds = builder.boundaries.as_deref().unwrap_or(&BOUNDS);
            exemplars.instrument(Instrument::new(scope, &builder.name, bounds))
        });
        Self {
            histogram: builder.build(),
            exemplars,
        }
    }

    /// The histogram of these labels.
    #[must_use]
    pub fn bind(&self, labels: &[KeyValue]) -> BoundDurations {
        let exemplars = self.exemplars.as_ref();
        BoundDurations {
            histogram: self.histogram.bind(labels),
            exemplars: exemplars.and_then(|instrument| instrument.bind(labels)),
        }
    }

    /// Records a duration, and the sampled span that it was measured in, if there
    /// is one, which is asked for if exemplars are kept.
    #[inline]
    pub fn record(
        &self,
        seconds: f64,
        sampled: impl FnOnce() -> Option<Sampled>,
        labels: &[KeyValue],
    ) {
        self.histogram.record(seconds, labels);
        if let Some(exemplars) = &self.exemplars
            && let Some(sampled) = sampled()
        {
            exemplars.keep(seconds, sampled, labels);
        }
    }
}

/// The same for one set of labels.
///
/// See the example of [`Durations`].
#[derive(Debug)]
pub struct BoundDurations {
    histogram: BoundHistogram<f64>,
    exemplars: Option<Arc<Series>>,
}

impl BoundDurations {
    /// Records a duration, and the sampled span that it was measured in, if there
    /// is one, which is asked for if exemplars are kept.
    ///
    /// # Cost
    /// Some 37 instructions more where there is one that belongs to the first bucket; 9
    /// more for another, and 6 for each bucket below it. No lock. Some 10 where there is
    /// none.
    #[inline]
    pub fn record(&self, seconds: f64, sampled: impl FnOnce() -> Option<Sampled>) {
        self.histogram.record(seconds);
        if let Some(exemplars) = &self.exemplars {
            exemplars.keep(seconds, sampled);
        }
    }
}

#[cfg(test)]
#[path = "durations/tests.rs"]
mod tests;
