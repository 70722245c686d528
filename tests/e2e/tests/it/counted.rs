//! What libraries count with the `metrics` facade.

use otelier_collector::MetricKind;

use crate::harness::{PROTOCOLS, collector, scenario};

#[tokio::test]
async fn what_a_library_counts_with_the_facade_leaves_with_all_other_metrics() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let ended = scenario(["counted"]).by(protocol, &collector).run().await;
        ended.well();
        let one = |name: &str| {
            let mut found = collector.store().metrics_named(name);
            assert_eq!(found.len(), 1, "{name} by {protocol}");
            found.remove(0)
        };
        let pages = one("pages_total");
        assert_eq!((pages.kind(), pages.value()), (MetricKind::Sum, Some(3.0)));
        assert_eq!(
            (pages.unit(), pages.description()),
            ("1", "Pages that were read.")
        );
        assert_eq!(pages.attribute_text("shelf").as_deref(), Some("a"));
        assert_eq!(pages.origin().scope().name, "metrics");
        let readers = one("readers");
        assert_eq!(
            (readers.kind(), readers.value()),
            (MetricKind::Gauge, Some(2.5))
        );
        assert_eq!(one("reading_seconds").count(), Some(1));
    }
}

#[tokio::test]
async fn without_an_endpoint_the_facade_is_left_to_others() {
    scenario(["counted"]).run().await.well();
}
