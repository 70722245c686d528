use super::{Completed, Store};
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

#[tokio::test(start_paused = true)]
async fn a_late_root_announces_the_trace_in_its_own_time() {
    let store = store();
    let mut completions = store.completions();
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
