//! Statements that sqlx logs, for pools that are not ours.

use crate::harness::{bodies, collector, get, scenario};

#[tokio::test]
async fn what_sqlx_logs_is_spans_and_neither_printed_nor_shipped_whatever_the_level() {
    for level in ["info", "warn", "off"] {
        let collector = collector().await;
        let program = scenario(["logged statements", "on"]).to(&collector);
        let ended = program.with("RUST_LOG", level).run().await.well();
        assert!(ended.lines_with("SELECT").is_empty(), "{}", ended.output());
        let store = collector.store();
        assert_eq!(bodies(store), ["paid"], "{level}");
        let above = store.spans_named("checkout").remove(0);
        for name in ["BATCH CREATE TABLE orders INSERT orders", "SELECT orders"] {
            let span = store.spans_named(name).remove(0);
            assert_eq!(span.proto().parent_span_id, above.proto().span_id, "{name}");
            assert!(!format!("{:?}", span.proto()).contains("s3cr3t"), "{name}");
        }
        assert!(
            !store
                .metrics_named("db.client.operation.duration")
                .is_empty()
        );
    }
}

#[tokio::test]
async fn what_sqlx_logs_is_left_alone_where_the_program_says_so() {
    let collector = collector().await;
    let program = scenario(["logged statements", "off"]).to(&collector);
    program.run().await.well();
    let spans = collector.store().spans();
    let names: Vec<_> = spans.iter().map(|span| span.name().to_owned()).collect();
    assert_eq!(names, ["checkout"]);
}

#[tokio::test]
async fn the_example_whose_pool_nobody_wraps_shows_its_statements_below_its_requests() {
    let collector = collector().await;
    let mut visits = scenario(["visits"])
        .to(&collector)
        .with("VISITS_ADDR", "127.0.0.1:0")
        .with("DATABASE_URL", "sqlite::memory:")
        .start();
    let url = visits.url().await;
    for count in ["1", "2"] {
        let seen = get(&format!("{url}/visits/ada")).await;
        assert_eq!(seen, (200, count.to_owned()));
    }
    visits.stop().await.well();
    let store = collector.store();
    let requests = store.spans_named("GET /visits/{visitor}");
    assert_eq!(requests.len(), 2);
    for request in requests {
        let statements = store.spans_named("INSERT visits");
        let below = statements
            .iter()
            .filter(|span| span.proto().parent_span_id == request.proto().span_id);
        assert_eq!(below.count(), 1, "{statements:?}");
    }
}
