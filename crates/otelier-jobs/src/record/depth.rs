//! The gauge of the queues.

use std::sync::Arc;

use opentelemetry::KeyValue;
use otelier_core::{
    Observed, Providers, Source,
    edge::{Gauged, Instruments as _},
    semconv,
};

use super::instruments::Instruments;

const DEPTH: &str = "otelier.jobs.queue.depth";

static DEPTHS: Gauged<Depth> = Gauged::new(observe);

/// What is asked as long as it is held.
pub(crate) type Asked = Arc<Depth>;

/// A queue, and who knows its depth.
pub(crate) struct Depth {
    labels: [KeyValue; 1],
    ask: Box<dyn Fn() -> Option<i64> + Send + Sync>,
}

/// Asks for a depth at each collection, as long as what is returned is held.
pub(crate) fn ask(queue: &str, depth: impl Fn() -> Option<i64> + Send + Sync + 'static) -> Asked {
    let queue = Arc::<str>::from(queue);
    let asked = Arc::new(Depth {
        labels: [KeyValue::new(semconv::MESSAGING_DESTINATION_NAME, queue)],
        ask: Box::new(depth),
    });
    DEPTHS.add(&asked);
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

otelier_core::shown!(Depth: labels);
