//! What travels, and how.

use std::collections::BTreeMap;

use otelier_collector::{Collector, Signal, Store, proto::trace::v1::span::SpanKind};

use crate::harness::{PROTOCOLS, collector, get, patient, post, requests_of, scenario};

/// What of a span does not differ from run to run.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    name: String,
    kind: String,
    attributes: BTreeMap<String, String>,
    logs: Vec<String>,
}

/// The shapes of all requests.
fn shapes(store: &Store) -> Vec<Shape> {
    const VARYING: [&str; 2] = ["network.peer.port", "server.port"];
    let mut shapes = Vec::new();
    for trace in store.traces() {
        let servers = trace.spans().iter();
        for span in servers.filter(|span| span.kind() == SpanKind::Server) {
            let attributes = span
                .attributes()
                .iter()
                .filter(|attribute| !VARYING.contains(&attribute.key.as_str()))
                .map(|a| {
                    (
                        a.key.clone(),
                        span.attribute_text(&a.key).unwrap().into_owned(),
                    )
                })
                .collect();
            let logs = trace.logs().iter();
            let logs = logs
                .filter(|log| log.span_id() == Some(span.id()))
                .map(|log| {
                    let keys: Vec<_> = log.attributes().iter().map(|a| &a.key).collect();
                    format!("{} {} {keys:?}", log.level(), log.body())
                })
                .collect();
            let below = trace.spans().iter();
            let below = below
                .filter(|other| other.parent_id() == Some(span.id()))
                .count();
            shapes.push(Shape {
                name: span.name().to_owned(),
                kind: format!("{:?} {:?} {below}", span.kind(), span.status()),
                attributes,
                logs,
            });
        }
    }
    shapes.sort();
    shapes
}

#[tokio::test]
async fn all_protocols_and_compressions_deliver_the_same() {
    let mut first = None;
    for protocol in PROTOCOLS {
        for compression in ["none", "gzip", "zstd"] {
            let collector = collector().await;
            let mut api = scenario(["api"])
                .by(protocol, &collector)
                .with("OTEL_EXPORTER_OTLP_COMPRESSION", compression)
                .start();
            let url = api.url().await;
            for path in [
                "/repos/7",
                "/repos/8",
                "/boom",
                "/nowhere?token=abc&q=%C3%A9",
            ] {
                get(&format!("{url}{path}")).await;
            }
            post(&format!("{url}/repos/7/index")).await;
            let ended = api.stop().await.well();
            let found = shapes(collector.store());
            assert_eq!(found.len(), 5, "{}", ended.output());
            assert!(
                found.iter().any(|shape| shape.kind.ends_with(" 1")),
                "{found:#?}"
            );
            assert!(
                found.iter().any(|shape| !shape.logs.is_empty()),
                "{found:#?}"
            );
            match &first {
                None => first = Some(found),
                Some(first) => assert_eq!(&found, first, "{protocol} {compression}"),
            }
        }
    }
}

#[tokio::test]
async fn requests_are_compressed_as_asked_for_each_signal() {
    for protocol in PROTOCOLS {
        for compression in ["gzip", "zstd"] {
            let collector = collector().await;
            let ended = patient(["large logs"])
                .by(protocol, &collector)
                .with("OTELIER_CONSOLE", "off")
                .with("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "2000")
                .with("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
                .with("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", compression);
            ended.run().await.well();
            let store = collector.store();
            for request in requests_of(store, Signal::Metrics) {
                assert_eq!(request.encoding, "identity");
            }
            let logs = requests_of(store, Signal::Logs);
            assert!(!logs.is_empty());
            for request in logs {
                assert_eq!(request.encoding, compression, "{protocol}");
                assert!(request.wire_bytes * 10 < request.decoded_bytes);
            }
            assert_eq!(store.logs().len(), 506);
        }
    }
}

#[tokio::test]
async fn headers_arrive_decoded_and_one_signal_s_replace_all() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let ended = scenario(["ends", "shutdown"])
            .by(protocol, &collector)
            .with(
                "OTEL_EXPORTER_OTLP_HEADERS",
                "authorization=Bearer%20abc, X-Tenant = blue",
            )
            .with("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x-logs=only");
        ended.run().await.well();
        let requests = collector.store().requests();
        assert!(requests.len() >= 3);
        for request in requests {
            let expected = match request.signal {
                Signal::Logs => (None, None, Some("only")),
                _ => (Some("Bearer abc"), Some("blue"), None),
            };
            let found = (
                request.header("authorization"),
                request.header("x-tenant"),
                request.header("x-logs"),
            );
            assert_eq!(found, expected, "{protocol} {}", request.signal);
            let agent = request.header("user-agent").unwrap();
            assert!(agent.starts_with("otelier/"), "{agent}");
        }
    }
}

#[tokio::test]
async fn an_endpoint_may_lack_its_scheme_and_hold_an_address_of_any_kind() {
    let collector = collector().await;
    let program = scenario(["ends", "shutdown"])
        .with(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            collector.grpc_addr().to_string(),
        )
        .with("OTEL_EXPORTER_OTLP_INSECURE", "True");
    program.run().await.well();
    assert_eq!(collector.store().spans_named("work").len(), 1);

    let v6 = Collector::builder().with_host("::1".parse().unwrap());
    // Where there is no IPv6, there is nothing to try.
    if let Ok(collector) = v6.start().await {
        for protocol in PROTOCOLS {
            let program = scenario(["ends", "shutdown"]).by(protocol, &collector);
            program.run().await.well();
        }
        assert_eq!(collector.store().spans_named("work").len(), 3);
    }
}

#[tokio::test]
async fn the_sampler_drops_spans_and_keeps_their_logs() {
    for (sampler, argument) in [
        ("always_off", ""),
        ("traceidratio", "0"),
        ("parentbased_traceidratio", "0.0"),
    ] {
        let collector = collector().await;
        let program = scenario(["ends", "shutdown"])
            .to(&collector)
            .with("OTEL_TRACES_SAMPLER", sampler)
            .with("OTEL_TRACES_SAMPLER_ARG", argument);
        let ended = program.run().await.well();
        let store = collector.store();
        assert_eq!(store.spans(), [], "{sampler}");
        assert_eq!(store.logs().len(), 1);
        assert_eq!(store.metrics_named("work.done").len(), 1);
        assert_eq!(ended.told("complete"), "true");
    }
}

#[tokio::test]
async fn each_protocol_announces_itself_by_its_media_type() {
    for (protocol, media) in PROTOCOLS.into_iter().zip([
        "application/grpc",
        "application/x-protobuf",
        "application/json",
    ]) {
        let collector = collector().await;
        let program = scenario(["ends", "shutdown"]).by(protocol, &collector);
        program.run().await.well();
        for request in collector.store().requests() {
            assert_eq!(request.content_type, media);
        }
    }
}

#[tokio::test]
async fn a_protocol_that_nothing_says_is_found_out_before_anything_is_lost() {
    let collector = collector().await;
    let program = patient(["ends", "shutdown"])
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", collector.http_endpoint());
    let ended = program.run().await.well();
    assert_eq!(ended.told("complete"), "true", "{}", ended.output());
    let store = collector.store();
    assert_eq!(store.spans_named("work").len(), 1);
    let told = ended.lines_with("set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf");
    assert_eq!(told.len(), 3, "{}", ended.output());
    assert_eq!(ended.lines_with("WARN"), [] as [&str; 0]);
}

#[tokio::test]
async fn a_path_in_the_endpoint_is_kept_and_a_signal_s_endpoint_is_taken_as_it_stands() {
    let collector = collector().await;
    let base = format!("{}/", collector.http_endpoint());
    let ended = scenario(["ends", "shutdown"])
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", base)
        .with("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        .with(
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
            format!("{}/not/v1/logs", collector.http_endpoint()),
        );
    let ended = ended.run().await.well();
    assert_eq!(collector.store().spans_named("work").len(), 1);
    assert_eq!(collector.store().logs(), []);
    let line = ended.one_line_with("logs cannot be exported");
    assert!(
        line.contains("404: is /not/v1/logs the right path?"),
        "{line}"
    );
}
