//! The names from before the conventions were stable, for dashboards that still
//! use them.

use opentelemetry::{
    KeyValue,
    metrics::{Histogram, Meter},
};
use otelier_core::semconv::old;

/// The duration as it was: in milliseconds.
pub(super) fn duration(meter: &Meter) -> Histogram<f64> {
    meter
        .f64_histogram(old::HTTP_CLIENT_DURATION)
        .with_description("Duration of HTTP client requests.")
        .with_unit("ms")
        .build()
}

/// The attributes that had another name, under that name.
pub(super) fn renamed(attributes: &[KeyValue]) -> Vec<KeyValue> {
    let renamed = attributes.iter().filter_map(|attribute| {
        let key = old::renamed_on_client(attribute.key.as_str())?;
        Some(KeyValue::new(key, attribute.value.clone()))
    });
    renamed.collect()
}
