//! The example of a feed: readiness, admission and streams of a real process.

use otelier_collector::Store;
use tokio::task::JoinSet;

use crate::harness::{collector, get, scenario, wait};

/// How many streams ended like this, as far as is known.
fn ended(store: &Store, ending: &str) -> u64 {
    let lasted = store.metrics_named("otelier.http.server.stream.duration");
    let like_this = lasted
        .iter()
        .filter(|series| series.attribute_text("otelier.stream.ending").as_deref() == Some(ending));
    like_this.map(|series| series.count().unwrap_or(0)).sum()
}

async fn put(url: &str) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    assert_eq!(client.put(url).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_example_says_whether_it_is_ready_and_how_its_streams_ended() {
    let collector = collector().await;
    let mut feed = scenario(["feed"])
        .to(&collector)
        .with("FEED_ADDR", "127.0.0.1:0")
        .with("FEED_GRACE_MS", "3000")
        .start();
    let url = feed.url().await;
    let ready = format!("{url}/ready");
    let says = async |status, text: &str| {
        while get(&ready).await != (status, format!("{text}\n")) {
            tokio::task::yield_now().await;
        }
    };
    let store = collector.store();
    says(200, "ready").await;
    put(&format!("{url}/archive/away")).await;
    says(503, "degraded: archive").await;
    put(&format!("{url}/archive/back")).await;
    says(200, "ready").await;

    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let open = async || {
        let mut stream = client.get(format!("{url}/feed")).send().await.unwrap();
        assert!(stream.chunk().await.unwrap().is_some());
        stream
    };
    drop(open().await);
    // Read to its last byte so far, a stream is closed in order.
    wait(store, |store| {
        let left = ended(store, "client_cancel") + ended(store, "network_error");
        (left == 1).then_some(())
    })
    .await;

    // Two are inside and two wait, so that the others are refused at once.
    let mut searches = JoinSet::new();
    for _ in 0..6 {
        let search = client.get(format!("{url}/search")).send();
        searches.spawn(async { search.await.map(|answer| answer.status().as_u16()).ok() });
    }
    let mut refused = 0;
    while refused < 4 {
        let answer = searches.join_next().await.unwrap().unwrap();
        assert_eq!(answer, Some(503));
        refused += 1;
    }
    drop(searches);

    let stays = open().await;
    feed.signal("TERM").await;
    says(503, "draining").await;
    feed.end().await.well();
    drop(stays);
    assert_eq!(ended(store, "shutdown"), 1);
    let refusals = store.metrics_named("otelier.http.server.admission.refused");
    let reasons = refusals
        .iter()
        .filter_map(|series| series.attribute_text("otelier.admission.reason"));
    let mut reasons = Vec::from_iter(reasons);
    reasons.sort();
    assert_eq!(reasons, ["full", "timeout"]);
    // Counted with the `metrics` facade.
    let news = store.metrics_named("feed_news_total");
    assert!(news[0].value() >= Some(2.0));
    let status = store.metrics_named("otelier.readiness.status");
    assert_eq!(status.len(), 6);
}
