//! What the example's edge records, and that the document shows it.
#![cfg(test)]

use std::{panic::AssertUnwindSafe, task};

use cache_edge::{Cache, cache::Client};
use futures_util::FutureExt as _;
use otelier_testing::{Telemetry, capture};

fn client(connections: usize) -> Client {
    Client::new(connections, str::to_owned)
}

/// The tree, and as many observations as spans.
#[track_caller]
fn assert_recorded(telemetry: &Telemetry, tree: &str) {
    assert_eq!(telemetry.tree().to_string(), format!("{tree}\n"));
    let duration = telemetry.metric("db.client.operation.duration");
    assert_eq!(duration.count(), telemetry.spans().len() as u64);
}

/// How many connections are idle and used, if anything is told.
fn connections(telemetry: &Telemetry) -> Vec<f64> {
    let all = telemetry.metrics();
    let mut all = all.iter();
    let gauge = all.find(|metric| metric.name == "db.client.connection.count");
    let points = gauge.map_or(&[][..], |gauge| &gauge.points);
    points.iter().map(|point| point.value).collect()
}

#[tokio::test]
async fn a_command_that_is_done_has_a_span_and_its_duration() {
    let telemetry = capture();
    let cache = Cache::new(client(1));
    cache.set("cake", "baked").await.unwrap();
    assert_eq!(cache.get("cake").await.unwrap().unwrap(), "baked");
    assert_recorded(&telemetry, "SET [client]\nGET [client]");
}

#[tokio::test]
async fn an_error_is_named_and_described() {
    let telemetry = capture();
    let cache = Cache::new(client(1));
    cache.get(&"x".repeat(251)).await.unwrap_err();
    let error = "cache_edge::cache::Error";
    let line = format!("GET [client] ERROR: the key is too long {error}");
    assert_recorded(&telemetry, &line);
    let duration = telemetry.metric("db.client.operation.duration");
    let label = duration.points[0].attributes.get("error.type");
    assert_eq!(label, Some(error.into()));
}

#[tokio::test]
async fn a_command_that_is_dropped_is_no_error() {
    let telemetry = capture();
    let cache = Cache::new(client(0));
    let mut waits = Box::pin(cache.get("cake"));
    let mut cx = task::Context::from_waker(task::Waker::noop());
    assert!(waits.as_mut().poll(&mut cx).is_pending());
    drop(waits);
    assert_recorded(&telemetry, "GET [client]");
}

#[tokio::test]
async fn a_panic_is_one() {
    let telemetry = capture();
    let cache = Cache::new(Client::new(1, |_| panic!("burnt")));
    cache.set("cake", "baked").await.unwrap();
    let command = AssertUnwindSafe(cache.get("cake"));
    command.catch_unwind().await.unwrap_err();
    assert_recorded(&telemetry, "SET [client]\nGET [client] ERROR panic");
}

#[tokio::test]
async fn a_command_that_is_never_polled_is_none() {
    let telemetry = capture();
    let cache = Cache::new(client(1));
    drop(cache.get("cake"));
    assert_eq!(telemetry.tree().to_string(), "");
}

#[tokio::test]
async fn the_pool_is_told_of_as_long_as_it_lives() {
    let telemetry = capture();
    let cache = Cache::new(client(3));
    cache.get("cake").await.unwrap();
    assert_eq!(connections(&telemetry), [3.0, 0.0]);
    drop(cache);
    assert_eq!(connections(&telemetry), [0.0; 0]);
}

#[test]
fn the_document_shows_every_line() {
    let document = include_str!("../../../../docs/edges.md");
    let mut count = 0;
    for file in [
        include_str!("../../src/lib.rs"),
        include_str!("../../src/client.rs"),
        include_str!("../../src/record.rs"),
        include_str!("../../src/silent.rs"),
    ] {
        let block = format!("```rust,ignore\n{file}```\n");
        assert!(document.contains(&block), "{file}");
        let code = |line: &&str| !line.is_empty() && !line.trim_start().starts_with("//");
        count += file.lines().filter(code).count();
    }
    assert!(count <= 150, "{count}");
}
