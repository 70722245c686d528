//! What becomes of the spans of `tracing`.

use std::collections::BTreeSet;

use otelier_collector::{Store, proto::common::v1::any_value::Value};

use crate::harness::{PROTOCOLS, collector, scenario};

/// What a program's spans are at the receiver, by every way that they can go.
async fn everywhere(check: impl Fn(&str, &Store)) {
    let own = PROTOCOLS.map(|protocol| (protocol, "own"));
    for (protocol, exporter) in own.into_iter().chain([("http/protobuf", "stock")]) {
        let collector = collector().await;
        let program = scenario(["fields of spans"])
            .by(protocol, &collector)
            // Room for each field of the fullest span, once.
            .with("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "7")
            .with("OTELIER_EXPORTER", exporter);
        program.run().await.well();
        check(&format!("{protocol} {exporter}"), collector.store());
    }
}

#[tokio::test]
async fn integers_of_spans_are_integers_on_the_wire() {
    everywhere(|way, store| {
        let span = store.spans_named("numbers").remove(0);
        let attributes = &span.proto().attributes;
        let text = |text: &str| Value::StringValue(text.to_owned());
        for (key, expected) in [
            ("small", Value::IntValue(1)),
            ("size", Value::IntValue(2)),
            ("most", Value::IntValue(i64::MAX)),
            ("above", text("18446744073709551615")),
            ("text", text("3")),
            ("early", Value::IntValue(4)),
            ("late", Value::IntValue(5)),
        ] {
            let found: Vec<_> = attributes.iter().filter(|pair| pair.key == key).collect();
            assert_eq!(found.len(), 1, "{way}: {attributes:?}");
            let value = found[0].value.as_ref().and_then(|any| any.value.as_ref());
            assert_eq!(value, Some(&expected), "{way}: {key}");
        }
        assert_eq!(span.proto().dropped_attributes_count, 0, "{way}");
    })
    .await;
}

#[tokio::test]
async fn crates_whose_names_only_begin_like_ours_keep_their_spans() {
    everywhere(|way, store| {
        let traces = store.traces();
        let spans = traces.iter().flat_map(|trace| trace.spans());
        let names: BTreeSet<_> = spans.map(|span| span.name().to_owned()).collect();
        let expected = ["numbers", "of a shop", "of an app"].map(str::to_owned);
        assert_eq!(names, BTreeSet::from(expected), "{way}");
    })
    .await;
}
