//! What a library counts with the `metrics` facade.

use metrics::{Unit, counter, describe_counter, gauge, histogram};

/// Counts, and ends.
pub(crate) fn by_a_library() {
    let telemetry = otelier::init!();
    describe_counter!("pages_total", Unit::Count, "Pages that were read.");
    counter!("pages_total", "shelf" => "a").increment(3);
    gauge!("readers").set(2.5);
    histogram!("reading_seconds").record(0.5);
    let _ = telemetry.shutdown_blocking();
}
