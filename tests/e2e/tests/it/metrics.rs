//! Metrics on the wire.

use otelier_collector::{
    Code, Fault, Metric, MetricKind, Refusal, Signal, proto::metrics::v1::AggregationTemporality,
};
use std::sync::Arc;

use crate::harness::{PROTOCOLS, Process, collector, get, patient, requests_of, scenario, wait};

fn one(metrics: &[Arc<Metric>]) -> &Metric {
    assert_eq!(metrics.len(), 1, "{metrics:?}");
    &metrics[0]
}

async fn counted_twice(mut obey: Process) {
    for _ in 0..2 {
        obey.ask("count 2").await;
        assert_eq!(obey.ask("flush").await, "complete");
    }
    obey.signal("KILL").await;
    obey.end().await;
}

#[tokio::test]
async fn temporality_is_cumulative_by_default() {
    let collector = collector().await;
    counted_twice(patient(["obey"]).to(&collector).start()).await;
    let store = collector.store();
    let cumulative = AggregationTemporality::Cumulative;
    let count = store.metrics_named("obey.count");
    assert_eq!(
        (one(&count).temporality(), one(&count).value()),
        (cumulative, Some(4.0))
    );
    let size = store.metrics_named("obey.size");
    assert_eq!(
        (one(&size).temporality(), one(&size).count()),
        (cumulative, Some(2))
    );
    let level = store.metrics_named("obey.level");
    assert_eq!(
        (one(&level).temporality(), one(&level).value()),
        (cumulative, Some(4.0))
    );
    assert_eq!(one(&level).kind(), MetricKind::UpDownSum);
}

#[tokio::test]
async fn delta_changes_counters_and_histograms_but_no_up_down_counter() {
    let collector = collector().await;
    let obey = patient(["obey"])
        .to(&collector)
        .with("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "Delta");
    counted_twice(obey.start()).await;
    let store = collector.store();
    let delta = AggregationTemporality::Delta;
    let count = store.metrics_named("obey.count");
    assert_eq!(
        (one(&count).temporality(), one(&count).value()),
        (delta, Some(2.0))
    );
    assert_eq!(one(&count).updates(), 2);
    let size = store.metrics_named("obey.size");
    assert_eq!(
        (one(&size).temporality(), one(&size).count()),
        (delta, Some(1))
    );
    let level = store.metrics_named("obey.level");
    let cumulative = AggregationTemporality::Cumulative;
    assert_eq!(
        (one(&level).temporality(), one(&level).value()),
        (cumulative, Some(4.0))
    );
}

#[tokio::test]
async fn histograms_can_be_exponential() {
    let collector = collector().await;
    let obey = patient(["obey"]).to(&collector).with(
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
        "base2_exponential_bucket_histogram",
    );
    counted_twice(obey.start()).await;
    let size = collector.store().metrics_named("obey.size");
    assert_eq!(one(&size).kind(), MetricKind::ExponentialHistogram);
    assert_eq!(one(&size).sum(), Some(4.0));
}

#[tokio::test]
async fn too_many_label_sets_become_one_overflow_series() {
    let collector = collector().await;
    let ended = scenario(["many series"]).to(&collector).run().await.well();
    let series = collector.store().metrics_named("many");
    assert!(series.len() <= 2001, "{} series", series.len());
    assert!(series.len() > 1000, "{} series", series.len());
    let overflow: Vec<_> = series
        .iter()
        .filter(|point| point.attribute("otel.metric.overflow").is_some())
        .collect();
    assert_eq!(overflow.len(), 1, "{}", ended.output());
    assert_eq!(overflow[0].attributes().len(), 1);
    let total: f64 = series.iter().filter_map(|point| point.value()).sum();
    assert_eq!(total, 5000.0);
}

#[tokio::test]
async fn instruments_above_the_limit_are_split_and_every_point_arrives() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let ended = patient(["large metrics"]).by(protocol, &collector);
        let ended = ended.run().await.well();
        assert_eq!(ended.told("complete"), "true", "{protocol}");
        let store = collector.store();
        for name in ["large.a", "large.b"] {
            let points = store.metrics_named(name);
            assert_eq!(points.len(), 1500, "{protocol}: {}", ended.output());
            assert!(points.iter().all(|point| point.value() == Some(1.0)));
        }
        assert_eq!(store.metrics_named("small").len(), 1);
        let requests = requests_of(store, Signal::Metrics);
        assert!(requests.len() >= 2, "{}", requests.len());
        crate::size::all_fit(store);
        assert_eq!(store.stats().points.evicted, 0);
    }
}

#[tokio::test]
async fn durations_of_requests_are_in_seconds_by_route_and_without_ids() {
    let collector = collector().await;
    let mut api = scenario(["api"]).to(&collector).start();
    let url = api.url().await;
    for id in [1, 2, 7] {
        get(&format!("{url}/repos/{id}")).await;
    }
    api.stop().await.well();
    let points = wait(collector.store(), |store| {
        let points = store.metrics_named("http.server.request.duration");
        (!points.is_empty()).then_some(points)
    });
    let points = points.await;
    let point = one(&points);
    assert_eq!((point.unit(), point.count()), ("s", Some(3)));
    assert_eq!(point.attribute_text("http.route").unwrap(), "/repos/{id}");
    assert!(point.sum().unwrap() < 3.0, "{point:?}");
}

#[tokio::test]
async fn telemetry_counts_what_it_exports() {
    let collector = collector().await;
    let mut obey = patient(["obey"]).to(&collector).start();
    for _ in 0..3 {
        obey.ask("span counted").await;
        obey.ask("log counted").await;
    }
    obey.ask("flush").await;
    obey.ask("flush").await;
    obey.signal("KILL").await;
    obey.end().await;
    for (name, unit) in [
        ("otel.sdk.exporter.span.exported", "{span}"),
        ("otel.sdk.exporter.log.exported", "{log_record}"),
    ] {
        let points = collector.store().metrics_named(name);
        let point = one(&points);
        assert_eq!((point.value(), point.unit()), (Some(3.0), unit), "{name}");
    }
    // The SDK has some of its own, behind cargo features that anybody can turn on.
    let twice: Vec<_> = collector
        .store()
        .metrics()
        .iter()
        .filter(|metric| metric.name().starts_with("otel.sdk."))
        .filter(|metric| {
            let own = collector.store().metrics_named(metric.name());
            own.iter()
                .any(|other| other.origin().scope().name != metric.origin().scope().name)
        })
        .map(|metric| metric.name().to_owned())
        .collect();
    assert_eq!(twice, [] as [&str; 0]);
}

#[tokio::test]
async fn each_kind_of_failure_has_a_series_that_says_where_and_what_was_answered() {
    for protocol in ["grpc", "http/protobuf"] {
        let collector = collector().await;
        let mut obey = patient(["obey"]).by(protocol, &collector).start();
        for fault in [
            Fault::Reject(Refusal::new(Code::InvalidArgument, "not this one")),
            Fault::Partial(1, "over quota".to_owned()),
            Fault::Reject(Refusal::new(Code::Unauthenticated, "who is it")),
            Fault::None,
        ] {
            collector.set_fault_of(Signal::Traces, fault);
            obey.ask("span any").await;
            obey.ask("flush").await;
        }
        obey.end().await.well();
        let store = collector.store();
        let endpoint = match protocol {
            "grpc" => collector.grpc_endpoint(),
            _ => collector.http_endpoint(),
        };
        let text = |metric: &Metric, key: &str| {
            let text = metric.attribute_text(key);
            text.unwrap_or_default().into_owned()
        };
        let here = |metric: &Metric| {
            let server = [text(metric, "server.address"), text(metric, "server.port")];
            assert_eq!(format!("http://{}", server.join(":")), endpoint);
        };
        let exported = store.metrics_named("otel.sdk.exporter.span.exported");
        let mut kinds: Vec<_> = exported
            .iter()
            .map(|metric| {
                here(metric);
                (text(metric, "error.type"), metric.value())
            })
            .collect();
        kinds.sort_by(|one, other| one.0.cmp(&other.0));
        let [unknown, invalid] = match protocol {
            "grpc" => ["UNAUTHENTICATED", "INVALID_ARGUMENT"],
            _ => ["401", "400"],
        };
        let mut expected =
            ["", "rejected", unknown, invalid].map(|kind| (kind.to_owned(), Some(1.0)));
        expected.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(kinds, expected, "{protocol}");

        let durations = store.metrics_named("otel.sdk.exporter.operation.duration");
        let spans = durations.iter().filter(|metric| {
            here(metric);
            text(metric, "otel.component.type").contains("span")
        });
        let (status, well) = match protocol {
            "grpc" => ("rpc.status_code", "OK"),
            _ => ("http.response.status_code", "200"),
        };
        let mut answers: Vec<_> = spans
            .map(|metric| (text(metric, status), metric.count()))
            .collect();
        answers.sort();
        let mut expected = [(well, 2), (unknown, 1), (invalid, 1)]
            .map(|(answer, count)| (answer.to_owned(), Some(count)));
        expected.sort();
        assert_eq!(answers, expected, "{protocol}");
    }
}

#[tokio::test]
async fn numbers_that_json_has_not_are_texts_on_the_wire_and_on_the_console() {
    let collector = collector().await;
    let mut obey = patient(["obey"])
        .by("http/json", &collector)
        .with("OTEL_METRICS_EXPORTER", "console,otlp")
        .with("OTEL_TRACES_EXPORTER", "console,otlp")
        .start();
    obey.ask("odd numbers").await;
    obey.ask("flush").await;
    let ended = obey.end().await.well();
    let printed = ended.lines_with("{\"resource");
    assert!(printed.iter().all(|line| !line.contains("Value\":null")));
    assert!(printed.iter().all(|line| !line.contains("asDouble\":null")));
    for word in ["NaN", "Infinity", "-Infinity"] {
        let value = format!("\"doubleValue\":\"{word}\"");
        let kinds = ["resourceSpans", "resourceMetrics"].map(|kind| {
            let mut lines = printed.iter().filter(|line| line.contains(kind));
            lines.any(|line| line.contains(&value))
        });
        // In a span, and in a metric's label.
        assert_eq!(kinds, [true, true], "{word}");
    }
    let store = collector.store();
    assert_eq!(store.spans_named("odd").len(), 3);
    assert!(!store.metrics_named("obey.odd").is_empty());
}
