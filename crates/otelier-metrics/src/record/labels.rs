//! Names, labels and units as OpenTelemetry has them.

use std::sync::Arc;

use metrics::{Key, Unit};
use opentelemetry::{KeyValue, StringValue};
use otelier_core::{cut, shorten};

/// Longer names are none in OpenTelemetry.
const MAX_NAME_BYTES: usize = 255;
const MAX_LABELS: usize = 16;
const MAX_VALUE_BYTES: usize = 256;

/// A name that OpenTelemetry takes.
pub(super) fn name(name: &str) -> String {
    let is_taken = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    let mut taken = String::with_capacity(name.len());
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        taken.push('m');
    }
    taken.extend(name.chars().map(|c| if is_taken(c) { c } else { '_' }));
    taken.truncate(MAX_NAME_BYTES);
    taken
}

pub(super) fn labels(key: &Key) -> Vec<KeyValue> {
    let labels = key.labels().filter(|label| !label.key().is_empty());
    let labels = labels.take(MAX_LABELS);
    labels
        .map(|label| {
            let name = Arc::<str>::from(cut(label.key(), MAX_VALUE_BYTES));
            KeyValue::new(name, value(label.value()))
        })
        .collect()
}

/// No half of a secret is left of one that is cut, as it could not be told any more.
fn value(text: &str) -> StringValue {
    Arc::<str>::from(shorten(text, MAX_VALUE_BYTES)).into()
}

/// What stands for all sets of labels for which there is no room.
pub(super) fn overflow() -> Vec<KeyValue> {
    vec![KeyValue::new("otel.metric.overflow", true)]
}

pub(super) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "1",
        Unit::Percent => "%",
        Unit::Seconds => "s",
        Unit::Milliseconds => "ms",
        Unit::Microseconds => "us",
        Unit::Nanoseconds => "ns",
        Unit::Tebibytes => "TiBy",
        Unit::Gibibytes => "GiBy",
        Unit::Mebibytes => "MiBy",
        Unit::Kibibytes => "KiBy",
        Unit::Bytes => "By",
        Unit::TerabitsPerSecond => "Tbit/s",
        Unit::GigabitsPerSecond => "Gbit/s",
        Unit::MegabitsPerSecond => "Mbit/s",
        Unit::KilobitsPerSecond => "kbit/s",
        Unit::BitsPerSecond => "bit/s",
        Unit::CountPerSecond => "1/s",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_half_of_a_secret_is_left_of_a_label_that_is_cut() {
        for before in 0..38 {
            let start = "x ".repeat(MAX_VALUE_BYTES / 2 - before / 2);
            let label = format!("{start}ghp_s3cret0123456789abcdefs3crets3cret and more");
            let kept = value(&label);
            assert!(kept.as_str().len() <= MAX_VALUE_BYTES);
            assert!(!kept.as_str().contains("s3cret"), "{kept}");
            assert!(kept.as_str().contains("truncated"), "{kept}");
        }
    }

    #[test]
    fn a_name_is_one_that_opentelemetry_takes() {
        for (there, here) in [
            ("http_requests_total", "http_requests_total"),
            ("db.client/rows-read", "db.client/rows-read"),
            ("tokio::tasks", "tokio__tasks"),
            ("5xx", "m5xx"),
            ("größe", "gr__e"),
            ("", "m"),
        ] {
            assert_eq!(name(there), here);
        }
        assert_eq!(name(&"x".repeat(1000)).len(), MAX_NAME_BYTES);
    }
}
