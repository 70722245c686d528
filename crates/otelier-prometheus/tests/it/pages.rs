//! What instruments of each kind become.

use std::sync::{Arc, Mutex};

use opentelemetry::{
    Array, InstrumentationScope, KeyValue, Value,
    metrics::{Meter, MeterProvider as _},
};
use opentelemetry_sdk::{
    Resource,
    metrics::{Aggregation, Instrument, SdkMeterProvider, Stream},
};
use otelier_prometheus::{Reader, Unread};

use crate::{Bakery, OPEN, TEXT, label, parser::Parsed};

#[tokio::test]
async fn a_page_has_each_kind_of_instrument_by_its_prometheus_name() {
    let resource = Resource::builder_empty()
        .with_attributes([label("service.name", "shop"), label("db.password", "hush")])
        .build();
    let bakery = Bakery::reading(Reader::new(), resource);
    let scope = InstrumentationScope::builder("bakery")
        .with_version("1.2")
        .with_schema_url("https://example.org/1")
        .with_attributes([label("oven", "left")])
        .build();
    let meter = bakery.provider.meter_with_scope(scope);
    let requests = meter.u64_counter("http.requests").with_unit("{request}");
    let requests = requests
        .with_description("How many\n\"asked\" \\o/")
        .build();
    requests.add(3, &[label("http.route", "/cakes/{id}")]);
    meter
        .f64_gauge("oven.load")
        .with_unit("1")
        .build()
        .record(0.25, &[]);
    meter
        .i64_up_down_counter("cakes.cooling")
        .build()
        .add(-2, &[]);
    let took = meter.f64_histogram("baking.duration").with_unit("s");
    let took = took.with_boundaries(vec![0.5, 10.0]).build();
    for seconds in [0.25, 0.5, 3.0, 600.0] {
        took.record(seconds, &[label("cake", "apple")]);
    }
    let scope = "otel_scope_name=\"bakery\",otel_scope_oven=\"left\",otel_scope_schema_url=\"https://example.org/1\",otel_scope_version=\"1.2\"";
    let expected = format!(
        r##"# TYPE target info
# HELP target What all of these are of.
target_info{{db_password="[REDACTED]",service_name="shop"}} 1
# TYPE baking_duration_seconds histogram
# UNIT baking_duration_seconds seconds
baking_duration_seconds_bucket{{cake="apple",{scope},le="0.5"}} 2
baking_duration_seconds_bucket{{cake="apple",{scope},le="10.0"}} 3
baking_duration_seconds_bucket{{cake="apple",{scope},le="+Inf"}} 4
baking_duration_seconds_sum{{cake="apple",{scope}}} 603.75
baking_duration_seconds_count{{cake="apple",{scope}}} 4
# TYPE cakes_cooling gauge
cakes_cooling{{{scope}}} -2
# TYPE http_requests counter
# HELP http_requests How many\n\"asked\" \\o/
http_requests_total{{http_route="/cakes/{{id}}",{scope}}} 3
# TYPE oven_load_ratio gauge
# UNIT oven_load_ratio ratio
oven_load_ratio{{{scope}}} 0.25
# EOF
"##
    );
    assert_eq!(bakery.text(OPEN).await, expected);
    let text = bakery.text(TEXT).await;
    assert!(text.contains("# TYPE target_info gauge\n# HELP target_info "));
    assert!(text.contains("# TYPE http_requests_total counter\n# HELP http_requests_total How many\\n\"asked\" \\\\o/\nhttp_requests_total{"));
    assert!(!text.contains("UNIT") && !text.contains("EOF"));
    bakery.pages().await;
}

#[tokio::test]
async fn a_name_that_is_nothing_but_its_unit_says_no_unit() {
    let bakery = Bakery::new();
    let meter = bakery.meter();
    for (name, unit) in [
        ("bytes", "By"),
        ("seconds", "s"),
        ("ratio", "1"),
        ("per_second", "{cake}/s"),
        ("cakes.per.oven", "cakes per oven"),
    ] {
        let gauge = meter.f64_gauge(name).with_unit(unit).build();
        gauge.record(1.0, &[]);
    }
    meter
        .u64_counter("grams.total")
        .with_unit("g")
        .build()
        .add(1, &[]);
    let took = meter.f64_histogram("milliseconds").with_unit("ms").build();
    took.record(1.0, &[]);
    let open = bakery.text(OPEN).await;
    // Prometheus takes nothing of a page on which a name does not end in `_` and its unit.
    assert!(!open.contains("# UNIT"), "{open}");
    bakery.pages().await;
}

#[tokio::test]
async fn no_secret_and_no_broken_line_leaves_by_a_label() {
    let bakery = Bakery::new();
    let counter = bakery.meter().u64_counter("calls").build();
    let list = |texts: &[&'static str]| {
        Value::Array(Array::String(texts.iter().map(|it| (*it).into()).collect()))
    };
    counter.add(
        1,
        &[
            label("api_key", "hush-1"),
            label("url", "https://eve:hush-2@example.org/"),
            label("note", "a \"b\"\\\nc # {} 1"),
            KeyValue::new("passwords", list(&["hush-3", "hush-4"])),
            KeyValue::new("seen", list(&["say \"x\"", "Bearer hush-5hush-5hush-5"])),
            KeyValue::new("truth", true),
            KeyValue::new("share", 0.5),
        ],
    );
    let [text, _] = bakery.pages().await;
    let open = bakery.text(OPEN).await;
    assert!(!open.contains("hush"), "{open}");
    let labels = &text.family("calls_total").samples[0].labels;
    for (key, expected) in [
        ("api_key", "[REDACTED]"),
        ("note", "a \"b\"\\\nc # {} 1"),
        ("seen", "[\"say \\\"x\\\"\",\"Bearer [REDACTED]\"]"),
        ("truth", "true"),
        ("share", "0.5"),
    ] {
        assert_eq!(labels[key], expected, "{key}");
    }
}

/// A page, and what the reader said that it leaves out.
async fn with_warnings(record: impl Fn(&Meter, &SdkMeterProvider)) -> (Parsed, Vec<String>) {
    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
    static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _alone = ALONE.lock().await;
    SAID.lock().unwrap().clear();
    let warn = |text: &str| SAID.lock().unwrap().push(text.to_owned());
    let reader = Reader::with(None, Some(warn));
    let bakery = Bakery::reading(reader, Resource::builder_empty().build());
    record(&bakery.meter(), &bakery.provider);
    let [text, _] = bakery.pages().await;
    (text, SAID.lock().unwrap().clone())
}

#[tokio::test]
async fn of_names_that_clash_the_first_is_told_and_one_warning_a_minute_names_the_other() {
    let (page, said) = with_warnings(|meter, _| {
        meter.u64_counter("a.b").build().add(1, &[]);
        meter.u64_gauge("a_b").build().record(2, &[]);
        meter.u64_gauge("a_b_total").build().record(3, &[]);
        meter.f64_histogram("took").build().record(1.0, &[]);
        meter.u64_gauge("took.count").build().record(4, &[]);
        meter.u64_gauge("target_info").build().record(5, &[]);
    })
    .await;
    let names: Vec<_> = page.families.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["a_b_total", "took"]);
    // Two pages were asked for.
    assert_eq!(
        said,
        ["not told to Prometheus: a_b: another metric has its name, and is no gauge (and 3 more)"]
    );
}

#[tokio::test]
async fn a_name_of_two_scopes_is_one_family_and_labels_that_become_one_are_joined() {
    let (page, said) = with_warnings(|meter, provider| {
        let counter = |meter: &Meter| meter.u64_counter("cakes").build();
        counter(meter).add(1, &[label("a.b", "2"), label("a-b", "1"), label("c", "3")]);
        let own = [
            label("otel_scope_name", "mine"),
            label("otel.scope.version", "mine"),
        ];
        counter(&provider.meter("other")).add(2, &own);
        let histogram = meter
            .f64_histogram("took")
            .with_boundaries(vec![1.0])
            .build();
        histogram.record(0.5, &[label("le", "7")]);
    })
    .await;
    assert_eq!(said, [""; 0]);
    let cakes = page.family("cakes_total");
    // In the order of the keys as they were.
    assert_eq!(cakes.value("", &[("a_b", "1;2"), ("c", "3")]), 1.0);
    assert_eq!(cakes.value("", &[("otel_scope_name", "other")]), 2.0);
    let few = cakes.samples.iter().map(|sample| sample.labels.len()).min();
    assert_eq!(few, Some(1));
    let took = page.family("took");
    assert_eq!(
        took.value("_bucket", &[("le", "1.0"), ("exported_le", "7")]),
        1.0
    );
}

#[tokio::test]
async fn of_two_series_that_become_one_the_first_is_told() {
    let (page, said) = with_warnings(|meter, _| {
        let counter = meter.u64_counter("cakes").build();
        counter.add(1, &[label("a.b", "1")]);
        counter.add(1, &[label("a_b", "1")]);
    })
    .await;
    assert_eq!(page.family("cakes_total").samples.len(), 1);
    assert_eq!(
        said,
        ["not told to Prometheus: a series of cakes: another has its labels"]
    );
}

#[tokio::test]
async fn an_exponential_histogram_has_bounds_that_are_powers_of_two_at_every_scale() {
    for (max_scale, values) in [
        (20, vec![0.3, 1.0, 1.5, 2.0, 3.0, 100.0]),
        (0, vec![0.3, 1.0, 1.5, 2.0, 3.0, 100.0]),
        // So far apart that a bucket holds many powers.
        (20, vec![1e-300, 3.0, 1e300]),
        (20, vec![-3.0, -0.3, 0.0, 0.3]),
        (20, vec![f64::MIN_POSITIVE, f64::MAX]),
    ] {
        let reader = Reader::new();
        let view = move |_: &Instrument| {
            let aggregation = Aggregation::Base2ExponentialHistogram {
                max_size: 160,
                max_scale,
                record_min_max: true,
            };
            Stream::builder().with_aggregation(aggregation).build().ok()
        };
        let builder = SdkMeterProvider::builder().with_resource(Resource::builder_empty().build());
        let provider = builder.with_reader(reader.clone()).with_view(view).build();
        let bakery = Bakery { provider, reader };
        let histogram = bakery.meter().f64_histogram("took").build();
        for value in &values {
            histogram.record(*value, &[]);
        }
        let [text, _] = bakery.pages().await;
        let family = text.family("took");
        let mut bounds = 0;
        for bucket in family.samples.iter().filter(|it| it.name == "took_bucket") {
            let bound: f64 = bucket.labels["le"].replace("+Inf", "inf").parse().unwrap();
            assert!(bound.is_infinite() || bound == 0.0 || bound.abs().log2().fract() == 0.0);
            let expected = values.iter().filter(|value| **value <= bound).count();
            assert_eq!(bucket.value, expected as f64, "{values:?} at most {bound}");
            bounds += 1;
        }
        assert!((3..=162).contains(&bounds), "{values:?}: {bounds}");
    }
}

#[tokio::test]
async fn numbers_that_are_none_and_bounds_without_end_are_told_as_prometheus_reads_them() {
    let bakery = Bakery::new();
    let gauge = bakery.meter().f64_gauge("load").build();
    let sum = bakery.meter().f64_up_down_counter("sum").build();
    for cake in ["a", "b"] {
        let most = if cake == "a" { f64::MAX } else { f64::MIN };
        sum.add(most, &[label("cake", cake)]);
        sum.add(most, &[label("cake", cake)]);
    }
    for (cake, value) in [("d", 1e300), ("e", -0.0), ("f", 5e-324)] {
        gauge.record(value, &[label("cake", cake)]);
    }
    bakery
        .meter()
        .u64_counter("large")
        .build()
        .add(u64::MAX, &[]);
    let histogram = bakery
        .meter()
        .u64_histogram("sizes")
        .with_boundaries(vec![])
        .build();
    histogram.record(7, &[]);
    let text = bakery.text(TEXT).await;
    for value in [
        "+Inf",
        "-Inf",
        "1e300",
        "-0.0",
        "5e-324",
        "18446744073709551615",
    ] {
        assert!(text.contains(&format!("}} {value}\n")), "{value} in {text}");
    }
    assert!(text.contains("sizes_bucket{otel_scope_name=\"bakery\",le=\"+Inf\"} 1\n"));
    bakery.pages().await;
}

#[tokio::test]
async fn nothing_measured_is_a_page_and_after_the_end_there_is_none() {
    let bakery = Bakery::new();
    assert_eq!(bakery.text(TEXT).await, "");
    assert_eq!(bakery.text(OPEN).await, "# EOF\n");
    bakery.provider.shutdown().unwrap();
    assert_eq!(bakery.reader.page(TEXT).await, Err(Unread::Ended));
}

#[tokio::test]
async fn what_a_callback_does_leaves_no_telemetry_and_its_panic_harms_nobody_but_pages() {
    let bakery = Bakery::new();
    let panics = Arc::new(Mutex::new(true));
    let its = Arc::clone(&panics);
    let meter = bakery.meter();
    let _gauge = meter
        .u64_observable_gauge("asked")
        .with_callback(move |observer| {
            assert!(opentelemetry::Context::is_current_telemetry_suppressed());
            assert!(!std::mem::take(
                &mut *its.lock().unwrap_or_else(|it| it.into_inner())
            ));
            observer.observe(1, &[]);
        })
        .build();
    assert_eq!(bakery.reader.page(TEXT).await, Err(Unread::Failed));
    // The SDK's lock is poisoned by then, and it says so for ever.
    assert_eq!(bakery.reader.page(TEXT).await, Err(Unread::Failed));
}
