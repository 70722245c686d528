use super::{Completed, Completions, Store};
use crate::{decode::Export, signal::Signal};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const QUIET: Duration = Duration::from_millis(500);

fn store() -> Store {
    Store::new(1 << 20, QUIET)
}

fn arrive(store: &Store, trace: u8, id: u8, parent: u8) {
    let parent = if parent == 0 {
        String::new()
    } else {
        format!("{parent:02x}").repeat(8)
    };
    let (trace, id) = (
        format!("{trace:02x}").repeat(16),
        format!("{id:02x}").repeat(8),
    );
    let text = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[
            {{"traceId":"{trace}","spanId":"{id}","parentSpanId":"{parent}"}}]}}]}}]}}"#
    );
    store.insert(
        Export::from_json_text(Signal::Traces, text.as_bytes()).unwrap(),
        None,
        0,
    );
}

fn counts(completed: &Completed) -> (usize, usize) {
    (completed.announced, completed.trace.spans().len())
}

#[tokio::test(start_paused = true)]
async fn a_trace_is_complete_when_it_was_quiet() {
    let store = store();
    let mut completions = store.completions();
    let start = Instant::now();
    arrive(&store, 1, 1, 0);
    sleep(QUIET / 2).await;
    arrive(&store, 1, 2, 1);
    assert_eq!(counts(&completions.next().await), (0, 2));
    assert_eq!(start.elapsed().as_millis(), 750);
    assert_eq!(completions.rest(), []);
}

#[tokio::test(start_paused = true)]
async fn a_trace_that_grows_is_announced_again() {
    let store = store();
    let mut completions = store.completions();
    arrive(&store, 1, 1, 0);
    assert_eq!(counts(&completions.next().await), (0, 1));
    sleep(QUIET * 100).await;
    arrive(&store, 1, 2, 1);
    assert_eq!(counts(&completions.next().await), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_trace_without_a_root_waits_longer() {
    let store = store();
    let mut completions = store.completions();
    let start = Instant::now();
    arrive(&store, 1, 2, 1);
    arrive(&store, 2, 1, 0);
    let other = completions.next().await;
    assert_eq!(other.trace.root().unwrap().parent_id(), None);
    assert_eq!(start.elapsed().as_millis(), 500);
    let orphan = completions.next().await;
    assert!(orphan.trace.root().unwrap().parent_id().is_some());
    assert_eq!(start.elapsed().as_millis(), 5000);
}

/// Completions of which there has been one.
async fn after_the_first(store: &Store) -> Completions {
    let mut completions = store.completions();
    arrive(store, 9, 1, 0);
    completions.next().await;
    completions
}

#[tokio::test(start_paused = true)]
async fn the_first_trace_is_announced_as_soon_as_it_is_quiet_though_its_top_is_missing() {
    let store = store();
    let mut completions = store.completions();
    let start = Instant::now();
    arrive(&store, 1, 2, 1);
    assert_eq!(counts(&completions.next().await), (0, 1));
    assert_eq!(start.elapsed(), QUIET);
    arrive(&store, 1, 1, 0);
    assert_eq!(counts(&completions.next().await), (1, 2));

    let start = Instant::now();
    arrive(&store, 2, 2, 1);
    assert_eq!(counts(&completions.next().await), (0, 1));
    assert_eq!(start.elapsed(), QUIET * 10);
}

/// Spans of trace 1 with these ids, parents and further fields.
fn arrive_with(store: &Store, spans: &[(u8, u8, &str)]) {
    let id = |id: u8| format!("{id:02x}").repeat(8);
    let spans: Vec<_> = spans
        .iter()
        .map(|(own, parent, more)| {
            let (trace, own, parent) = (id(1) + &id(1), id(*own), id(*parent));
            format!(r#"{{"traceId":"{trace}","spanId":"{own}","parentSpanId":"{parent}"{more}}}"#)
        })
        .collect();
    let spans = spans.join(",");
    let text = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#);
    let export = Export::from_json_text(Signal::Traces, text.as_bytes()).unwrap();
    store.insert(export, None, 0);
}

#[tokio::test(start_paused = true)]
async fn a_trace_whose_parent_is_elsewhere_is_complete_when_it_was_quiet() {
    const REMOTE: &str = r#","flags":769"#;
    const LOCAL: &str = r#","flags":257"#;
    const SERVER: &str = r#","kind":2"#;
    const CLIENT: &str = r#","kind":3"#;
    let quick = QUIET.as_millis();
    for (spans, expected) in [
        (&[(2, 9, REMOTE), (3, 2, LOCAL)][..], quick),
        // Where flags do not tell, the kind does.
        (&[(2, 9, SERVER), (3, 2, CLIENT)], quick),
        (&[(2, 9, CLIENT)], 10 * quick),
        (&[(2, 9, LOCAL)], 10 * quick),
        (&[(2, 9, r#","kind":2,"flags":257"#)], 10 * quick),
        // One that was called from a process whose own root is still to come.
        (&[(3, 2, REMOTE), (2, 9, LOCAL)], 10 * quick),
    ] {
        let store = store();
        let mut completions = after_the_first(&store).await;
        let start = Instant::now();
        arrive_with(&store, spans);
        completions.next().await;
        assert_eq!(start.elapsed().as_millis(), expected, "{spans:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn traces_of_one_moment_are_announced_in_the_order_of_their_arrival() {
    let store = store();
    let ids = [7, 3, 9, 1, 5, 8, 2];
    let mut listening = store.completions();
    for id in ids {
        arrive(&store, id, 1, 0);
    }
    let mut late = store.completions();
    let mut later = store.completions();
    for id in ids {
        let trace = format!("{id:02x}").repeat(16);
        assert_eq!(listening.next().await.trace.id().to_string(), trace);
        assert_eq!(late.next().await.trace.id().to_string(), trace);
    }
    let rest: Vec<_> = later
        .rest()
        .iter()
        .map(|c| c.trace.spans()[0].proto().trace_id[0])
        .collect();
    assert_eq!(rest, ids);
}

#[test]
fn the_points_of_a_metric_share_the_weight_of_their_resource() {
    let store = store();
    let attribute = r#"{"key":"k","value":{"stringValue":"some resource"}}"#;
    let attributes = vec![attribute; 1000].join(",");
    let points: Vec<_> = (0..100)
        .map(|n| format!(r#"{{"attributes":[{{"key":"k","value":{{"intValue":{n}}}}}]}}"#))
        .collect();
    let text = format!(
        r#"{{"resourceMetrics":[{{"resource":{{"attributes":[{attributes}]}},"scopeMetrics":[
            {{"metrics":[{{"name":"m","gauge":{{"dataPoints":[{}]}}}}]}}]}}]}}"#,
        points.join(",")
    );
    let export = Export::from_json_text(Signal::Metrics, text.as_bytes()).unwrap();
    store.insert(export, None, 0);
    assert_eq!(store.metrics().len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_late_root_announces_the_trace_in_its_own_time() {
    let store = store();
    let mut completions = after_the_first(&store).await;
    let start = Instant::now();
    arrive(&store, 1, 2, 1);
    sleep(QUIET * 2).await;
    arrive(&store, 1, 1, 0);
    assert_eq!(counts(&completions.next().await), (0, 2));
    assert_eq!(start.elapsed().as_millis(), 1500);
    assert_eq!(completions.rest(), []);
}

#[tokio::test(start_paused = true)]
async fn the_rest_is_handed_over_without_waiting_and_once() {
    let store = store();
    let mut completions = store.completions();
    let mut second = store.completions();
    arrive(&store, 1, 2, 1);
    arrive(&store, 2, 2, 0);
    assert_eq!(completions.rest().len(), 2);
    assert_eq!(completions.rest().len(), 0);
    assert_eq!(second.rest().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_trace_that_came_before_the_listener_is_announced() {
    let store = store();
    arrive(&store, 1, 1, 0);
    sleep(QUIET * 2).await;
    arrive(&store, 2, 1, 0);
    let mut completions = store.completions();
    let start = Instant::now();
    assert_eq!(completions.next().await.trace, store.traces()[1]);
    assert_eq!(completions.next().await.trace, store.traces()[0]);
    assert_eq!(start.elapsed(), QUIET);
}
