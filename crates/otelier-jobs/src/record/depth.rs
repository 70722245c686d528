//! The gauge of the queues.

use std::{
    fmt,
    sync::{Arc, LazyLock, Once},
};

use opentelemetry::KeyValue;
use otelier_core::{
    Observed, Providers, Source, edge::Instruments as _, installed, semconv, when_installed,
};

use super::instruments::Instruments;

const DEPTH: &str = "otelier.jobs.queue.depth";

/// Those of the process, also before telemetry is set up.
static DEPTHS: LazyLock<Observed<Depth>> = LazyLock::new(Observed::new);

/// What is asked as long as it is held.
pub(crate) type Asked = Arc<Depth>;

/// A queue, and who knows its depth.
pub(crate) struct Depth {
    labels: [KeyValue; 1],
    ask: Box<dyn Fn() -> Option<i64> + Send + Sync>,
}

/// Asks for a depth at each collection, as long as what is returned is held.
pub(crate) fn ask(queue: &str, depth: impl Fn() -> Option<i64> + Send + Sync + 'static) -> Asked {
    static OBSERVED: Once = Once::new();
    let queue = Arc::<str>::from(queue);
    let asked = Arc::new(Depth {
        labels: [KeyValue::new(semconv::MESSAGING_DESTINATION_NAME, queue)],
        ask: Box::new(depth),
    });
    let source = Source::current();
    let providers = source.providers();
    // Only tests put providers into a context.
    let captured =
        providers.filter(|providers| !installed().is_some_and(|all| std::ptr::eq(all, *providers)));
    if let Some(captured) = captured {
        let depths = captured.once(|providers| {
            let depths = Observed::new();
            observe(providers, &depths);
            depths
        });
        depths.add(&asked);
    } else {
        DEPTHS.add(&asked);
        OBSERVED.call_once(|| when_installed(|providers| observe(providers, &DEPTHS)));
    }
    asked
}

/// Whether a depth is asked for from now on.
pub(crate) fn is_on() -> bool {
    Source::current().providers().is_some()
}

fn observe(providers: &Providers, depths: &Observed<Depth>) {
    let depths = depths.clone();
    // The instrument lives in the meter; the handle is not needed.
    let _gauge = providers
        .meter(Instruments::scope())
        .i64_observable_gauge(DEPTH)
        .with_description("Number of jobs that wait in the queue.")
        .with_unit("{job}")
        .with_callback(move |gauge| {
            depths.each(|queue| {
                if let Some(depth) = (queue.ask)() {
                    gauge.observe(depth, &queue.labels);
                }
            });
        })
        .build();
}

impl fmt::Debug for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Depth")
            .field("labels", &self.labels)
            .finish_non_exhaustive()
    }
}
