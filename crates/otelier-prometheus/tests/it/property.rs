//! Whatever is measured, under whatever names, is a page that can be read.

use std::sync::LazyLock;

use opentelemetry::{InstrumentationScope, KeyValue, metrics::MeterProvider as _};
use proptest::prelude::*;
use tokio::runtime::Runtime;

use crate::{Bakery, OPEN, TEXT, parser::Parsed};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let builder = &mut tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).build().unwrap()
});

#[derive(Clone, Debug)]
struct Measured {
    kind: u8,
    scope: &'static str,
    name: String,
    unit: &'static str,
    help: String,
    labels: Vec<(String, String)>,
    values: Vec<f64>,
}

fn measured() -> impl Strategy<Value = Measured> {
    let units = prop::sample::select(vec![
        "", "1", "s", "By", "By/s", "{cake}", "%", "x y", "total",
    ]);
    let scopes = prop::sample::select(vec!["", "a", "b\"\\\n"]);
    // Few letters, so that names and keys meet.
    let label = ("[ab._é]{0,3}|le|otel_scope_name|password", ".{0,6}|hush");
    let values = prop::collection::vec(any::<f64>(), 1..6);
    (
        0..6_u8,
        scopes,
        "[ab][ab._/-]{0,3}(total|count|bucket|info)?",
        units,
        ".{0,8}",
        prop::collection::vec(label, 0..4),
        values,
    )
        .prop_map(|(kind, scope, name, unit, help, labels, values)| Measured {
            kind,
            scope,
            name,
            unit,
            help,
            labels,
            values,
        })
}

fn record(bakery: &Bakery, it: &Measured) {
    let scope = InstrumentationScope::builder(it.scope).with_version("1");
    let meter = bakery.provider.meter_with_scope(scope.build());
    let labels = it.labels.iter();
    let labels: Vec<_> = labels
        .map(|(key, value)| KeyValue::new(key.clone(), value.clone()))
        .collect();
    macro_rules! build {
        ($kind:ident) => {
            meter
                .$kind(it.name.clone())
                .with_unit(it.unit)
                .with_description(it.help.clone())
                .build()
        };
    }
    for value in &it.values {
        match it.kind {
            0 => build!(u64_counter).add(value.abs() as u64 >> 8, &labels),
            1 => build!(f64_counter).add(value.abs(), &labels),
            2 => build!(i64_up_down_counter).add(*value as i64 >> 8, &labels),
            3 => build!(f64_gauge).record(*value, &labels),
            4 => build!(f64_histogram).record(*value, &labels),
            _ => build!(u64_histogram).record(value.abs() as u64 >> 8, &labels),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_page_can_be_read_and_both_forms_say_the_same(all in prop::collection::vec(measured(), 0..12)) {
        let bakery = Bakery::new();
        for it in &all {
            record(&bakery, it);
        }
        let (text, open) = RUNTIME.block_on(async {
            (bakery.text(TEXT).await, bakery.text(OPEN).await)
        });
        prop_assert!(!text.contains("password=\"hush") && !text.contains("password=\"[REDACTED];hush"), "{}", text);
        let read = Parsed::text(&text).and_then(|text| Ok((text, Parsed::open_metrics(&open)?)));
        let (text, open) = read.map_err(|why| TestCaseError::fail(format!("{why}\n{open}")))?;
        prop_assert_eq!(text.values(), open.values());
        prop_assert_eq!(all.is_empty(), text.families.is_empty(), "{:?}", open);
    }
}
