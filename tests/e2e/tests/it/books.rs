//! Everything recorded is delivered, or counted.

use std::{sync::Arc, time::Duration};

use otelier_collector::{Code, Collector, Fault, Metric, Refusal, Signal};

use crate::harness::{Ended, PROTOCOLS, collector, contents, get, patient, scenario, wait};

/// What the program says of a signal: exported, dropped, failed.
#[track_caller]
fn told(ended: &Ended, signal: &str) -> [u64; 3] {
    let numbers: Vec<_> = ended.told(signal).split(' ').collect();
    let numbers: Vec<_> = numbers.iter().map(|n| n.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

#[tokio::test]
async fn under_a_flood_every_record_is_delivered_or_counted() {
    for delay in [0, 20] {
        let collector = collector().await;
        collector.set_fault(Fault::Delay(Duration::from_millis(delay)));
        let ended = scenario(["flood", "5000"])
            .to(&collector)
            .with("OTELIER_CONSOLE", "off");
        let ended = ended.run().await.well();
        let recorded: u64 = ended.told("recorded").parse().unwrap();
        let store = collector.store();
        for (signal, arrived) in [
            ("traces", store.spans_named("flood").len()),
            ("logs", store.logs().len()),
        ] {
            let [exported, dropped, failed] = told(&ended, signal);
            assert_eq!(exported + dropped + failed, recorded, "{}", ended.output());
            assert_eq!(exported, u64::try_from(arrived).unwrap(), "{signal}");
            assert_eq!(failed, 0, "{}", ended.output());
        }
    }
}

#[tokio::test]
async fn parts_of_a_batch_that_fail_are_counted_and_the_others_arrive() {
    for protocol in ["grpc", "http/json"] {
        let collector = collector().await;
        let refusal = Refusal::new(Code::InvalidArgument, "not this one");
        collector.set_fault(Fault::FailFirst(1, refusal));
        let ended = patient(["large spans"]).by(protocol, &collector);
        let ended = ended.run().await.well();
        assert_eq!(ended.told("complete"), "false");
        let store = collector.store();
        let arrived = store.spans_named("large").len() + store.spans_named("full").len();
        assert!((1..12).contains(&arrived), "{}", contents(store));
        let lost = ended.one_line_with("lost since start");
        assert!(lost.contains(&format!("{} spans", 12 - arrived)), "{lost}");

        let refusal = Refusal::new(Code::InvalidArgument, "not this one");
        collector.set_fault(Fault::FailFirst(1, refusal));
        let ended = patient(["large metrics"]).by(protocol, &collector);
        let ended = ended.only(Signal::Metrics).run().await.well();
        let lost = ended.one_line_with("lost since start");
        let arrived = ["large.a", "large.b"].map(|name| store.metrics_named(name).len());
        let arrived = arrived[0] + arrived[1];
        assert!(
            (1..3000).contains(&arrived),
            "{arrived}: {}",
            ended.output()
        );
        // Beside these there are a few of our own.
        let (_, number) = lost.split_once("lost since start: ").unwrap();
        let number: usize = number.split(' ').next().unwrap().parse().unwrap();
        let expected = 3000 - arrived;
        assert!(
            (expected..expected + 30).contains(&number),
            "{expected}: {lost}"
        );
    }
}

#[tokio::test]
async fn a_receiver_that_takes_less_is_told_of() {
    for protocol in PROTOCOLS {
        let collector = Collector::builder().with_max_request_bytes(1000);
        let collector = collector.start().await.unwrap();
        let mut obey = scenario(["obey"])
            .by(protocol, &collector)
            .only(Signal::Traces)
            .start();
        obey.ask(&format!("span {}", "x".repeat(2000))).await;
        let status = obey.reaches("failed=1").await;
        assert!(status.contains("too large for the server"), "{status}");
        obey.end().await.well();
    }
}

#[tokio::test]
async fn a_batch_that_is_too_large_for_the_receiver_arrives_in_parts() {
    for protocol in ["grpc", "http/protobuf"] {
        let collector = Collector::builder().with_max_request_bytes(4096);
        let collector = collector.start().await.unwrap();
        let mut obey = patient(["obey"])
            .by(protocol, &collector)
            .only(Signal::Traces)
            .start();
        for number in 0..200 {
            obey.ask(&format!("span {number}")).await;
        }
        assert_eq!(obey.ask("flush").await, "complete");
        let ended = obey.end().await.well();
        let mut names: Vec<usize> = collector
            .store()
            .spans()
            .iter()
            .map(|span| span.name().parse().unwrap())
            .collect();
        names.sort_unstable();
        assert_eq!(names, Vec::from_iter(0..200));
        ended.one_line_with("too large for the receiver, and is sent in parts");
    }
}

#[tokio::test]
async fn console_and_receiver_together_are_counted_once() {
    let collector = collector().await;
    let mut obey = patient(["obey"])
        .to(&collector)
        .with("OTEL_TRACES_EXPORTER", "console,otlp")
        .with("OTEL_METRICS_EXPORTER", "console,otlp")
        .with("OTEL_LOGS_EXPORTER", "console,otlp")
        .start();
    obey.ask("span both").await;
    obey.ask("log both").await;
    obey.ask("flush").await;
    let status = obey.ask("status").await;
    assert!(
        status.contains("traces exporting exported=1 dropped=0 failed=0"),
        "{status}"
    );
    assert!(
        status.contains("logs exporting exported=1 dropped=0 failed=0"),
        "{status}"
    );
    let ended = obey.end().await.well();
    assert_eq!(ended.lines_with("resourceSpans").len(), 1);
    assert_eq!(collector.store().spans_named("both").len(), 1);
}

#[tokio::test]
async fn what_is_not_printed_beside_a_receiver_is_counted_and_told_on_standard_error() {
    let collector = collector().await;
    let mut api = scenario(["api"])
        .to(&collector)
        .with("OTEL_TRACES_EXPORTER", "console,otlp")
        .start();
    let url = api.url().await;
    api.close_stdout();
    get(&format!("{url}/repos/7")).await;
    let store = collector.store();
    let lost = |point: &Arc<Metric>| {
        let is = |key: &str, value| point.attribute_text(key).is_some_and(|text| text == value);
        is("otelier.reason", "console") && is("otelier.signal", "traces")
    };
    let lost = wait(store, |store| {
        store
            .metrics_named("otelier.dropped")
            .into_iter()
            .find(lost)
    });
    assert!(lost.await.value() >= Some(1.0));
    let ended = api.stop().await.well();
    let line = ended.one_line_with("traces cannot be printed: ");
    assert!(
        line.contains("connection to standard output failed"),
        "{line}"
    );
    assert!(ended.stderr.contains(&line));
    // The receiver got all of them.
    assert_eq!(ended.lines_with("lost since start").len(), 0);
    assert_eq!(store.spans_named("GET /repos/{id}").len(), 1);
}

#[tokio::test]
async fn an_init_on_many_threads_at_once_is_one() {
    for _ in 0..5 {
        let collector = collector().await;
        let ended = scenario(["init race"]).to(&collector);
        let ended = ended.with("OTELIER_CONSOLE", "json").run().await.well();
        assert_eq!(ended.told("guards"), "8");
        let store = collector.store();
        for name in ["raced", "raced by api"] {
            let spans = store.spans_named(name);
            assert_eq!(spans.len(), 8, "{name}: {}", ended.output());
        }
        assert_eq!(store.logs().len(), 8, "{}", ended.output());
        let instances = store.spans();
        let mut instances: Vec<_> = instances
            .iter()
            .map(|span| crate::identity::resource(span.origin())["service.instance.id"].clone())
            .collect();
        instances.sort();
        instances.dedup();
        assert_eq!(instances.len(), 1, "two of them export");
    }
}

#[tokio::test]
async fn recording_after_the_end_harms_nobody() {
    for protocol in ["grpc", "http/protobuf"] {
        let collector = collector().await;
        let ended = scenario(["after shutdown"])
            .by(protocol, &collector)
            .with("OTELIER_CONSOLE", "off");
        let ended = ended.run().await.well();
        assert_eq!(ended.told("complete"), "true");
        let store = collector.store();
        assert_eq!(store.spans_named("before").len(), 1);
        assert_eq!(store.spans_named("afterwards"), []);
        assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.output());
        ended.one_line_with("otelier");
    }
}

#[tokio::test]
async fn the_last_metrics_tell_of_the_last_spans_and_logs() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        // Slower than the metrics would be by themselves.
        for signal in [Signal::Traces, Signal::Logs] {
            collector.set_fault_of(signal, Fault::Delay(Duration::from_millis(300)));
        }
        let program = patient(["ends", "shutdown"]).by(protocol, &collector);
        let ended = program.run().await.well();
        for name in [
            "otel.sdk.exporter.span.exported",
            "otel.sdk.exporter.log.exported",
        ] {
            let points = collector.store().metrics_named(name);
            assert_eq!(points.len(), 1, "{protocol} {name}: {}", ended.output());
            let told = (points[0].value(), points[0].updates());
            assert_eq!(told, (Some(1.0), 1), "{protocol} {name}");
        }
    }
}

#[tokio::test]
async fn the_last_metrics_have_the_whole_bound_of_a_shutdown() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        // Longer than the SDK waits, and shorter than an export may take.
        collector.set_fault_of(Signal::Metrics, Fault::Delay(Duration::from_millis(5500)));
        let program = patient(["large spans"]).by(protocol, &collector);
        let ended = program.run().await.well();
        assert_eq!(ended.told("complete"), "true", "{protocol}");
        let exported = "otel.sdk.exporter.span.exported";
        let points = collector.store().metrics_named(exported);
        assert_eq!(points.len(), 1, "{protocol}: {}", ended.output());
    }
}
