//! The example of a cache, with a real Redis.
//!
//! Where `redis-server` is not installed a line says so, and nothing is tested; with
//! `OTELIER_REQUIRE_DATABASES=1` that is a failure.

use std::{env, process::Stdio};

use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::timeout,
};

use crate::harness::{PATIENCE, collector, get, scenario, unused_port, wait};

/// A server that ends with the test, if there is one to start.
fn server(port: u16) -> Option<Child> {
    let server = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no"])
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    server.ok()
}

#[tokio::test]
async fn the_example_shows_what_it_asks_its_cache() {
    let port = unused_port();
    let Some(_server) = server(port) else {
        println!("left out: redis-server is not installed");
        let required = env::var("OTELIER_REQUIRE_DATABASES").is_ok_and(|value| value == "1");
        assert!(!required, "it is required");
        return;
    };
    let starts = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, starts).await.expect("it starts");
    let collector = collector().await;
    let mut cache = scenario(["cache"])
        .to(&collector)
        .with("CACHE_ADDR", "127.0.0.1:0")
        .with("REDIS_URL", format!("redis://127.0.0.1:{port}/2"))
        .start();
    let url = cache.url().await;
    for _ in 0..2 {
        assert_eq!(get(&format!("{url}/stock/17")).await, (200, "7".to_owned()));
    }
    cache.stop().await.well();
    let spans = wait(collector.store(), |store| {
        let mut requests = store.spans_named("GET /stock/{id}");
        requests.sort_by_key(|request| request.proto().start_time_unix_nano);
        let below = |at: usize| {
            let request = requests.get(at)?;
            let all = store.spans();
            let below = all
                .iter()
                .filter(|span| span.parent_id() == Some(request.id()));
            let mut below: Vec<_> = below
                .map(|span| (span.proto().start_time_unix_nano, span.name().to_owned()))
                .collect();
            below.sort();
            Some(below.into_iter().map(|(_, name)| name).collect::<Vec<_>>())
        };
        Some([below(0)?, below(1)?])
    })
    .await;
    assert_eq!(spans, [vec!["GET", "count", "SETEX"], vec!["GET"]]);
    let store = collector.store();
    let found = store.spans_named("GET").into_iter().map(|span| {
        let attribute = |key: &str| span.attributes().iter().find(|kv| kv.key == key).cloned();
        let text = attribute("db.query.text").unwrap();
        let hits = attribute("otelier.cache.hits").unwrap();
        format!("{:?} {:?}", text.value.unwrap(), hits.value.unwrap())
    });
    let mut found: Vec<_> = found.collect();
    found.sort();
    for (found, hits) in found.iter().zip(["IntValue(0)", "IntValue(1)"]) {
        assert!(found.contains("GET stock:{id}"), "{found}");
        assert!(found.contains(hits), "{found}");
    }
    assert_eq!(found.len(), 2);
}
