//! Metrics agree with spans, and are what the conventions say.

use futures_util::FutureExt as _;
use otelier_core::semconv;
use otelier_reqwest::client;
use otelier_testing::{MetricKind, capture};
use tokio::task::JoinSet;

use crate::{app, assert_agreed, client_for, serve};

#[tokio::test]
async fn each_request_is_observed_once() {
    let telemetry = capture();
    let server = serve(app()).await;
    let client = client(client_for(server));
    let port = server.port();
    for url in ["a", "b", "status/404", "status/500"] {
        let url = format!("http://shop.example:{port}/{url}");
        client.get(url).send().await.unwrap();
    }
    client
        .post(format!("http://other.example:{port}/"))
        .send()
        .await
        .unwrap();
    let summary = telemetry
        .metrics_summary()
        .to_string()
        .replace(&port.to_string(), "PORT");
    insta::assert_snapshot!(summary, @r"
    http.client.active_requests{http.request.method=GET server.address=shop.example server.port=PORT} 0
    http.client.active_requests{http.request.method=POST server.address=other.example server.port=PORT} 0
    http.client.request.duration{error.type=404 http.request.method=GET http.response.status_code=404 network.protocol.version=1.1 server.address=shop.example server.port=PORT} count=1
    http.client.request.duration{error.type=500 http.request.method=GET http.response.status_code=500 network.protocol.version=1.1 server.address=shop.example server.port=PORT} count=1
    http.client.request.duration{http.request.method=GET http.response.status_code=200 network.protocol.version=1.1 server.address=shop.example server.port=PORT} count=2
    http.client.request.duration{http.request.method=POST http.response.status_code=200 network.protocol.version=1.1 server.address=other.example server.port=PORT} count=1
    ");

    let duration = telemetry.metric("http.client.request.duration");
    assert_eq!(
        (duration.unit.as_str(), duration.kind),
        ("s", MetricKind::Histogram)
    );
    assert_eq!(duration.points[0].bounds, semconv::HTTP_DURATION_BOUNDS);
    let active = telemetry.metric("http.client.active_requests");
    assert_eq!(
        (active.unit.as_str(), active.kind),
        ("{request}", MetricKind::UpDownCounter)
    );
    assert_agreed(&telemetry);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_in_flight_after_many_endings_at_once() {
    const ROUNDS: usize = 100;
    let telemetry = capture();
    let server = serve(app()).await;
    let client = client(client_for(server));
    let refused = "http://127.0.0.1:1/".to_owned();
    let mut tasks = JoinSet::new();
    for _ in 0..ROUNDS {
        for path in ["ok", "status/404", "status/500"] {
            let request = client.get(format!("http://{server}/{path}"));
            tasks.spawn(telemetry.scope(request.send().map(drop)));
        }
        tasks.spawn(telemetry.scope(client.get(&refused).send().map(drop)));
        let hang = client.get(format!("http://{server}/hang")).send();
        tasks.spawn(telemetry.scope(async { assert!(hang.now_or_never().is_none()) }));
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    assert_eq!(telemetry.spans().len(), 5 * ROUNDS);
    assert_agreed(&telemetry);
}

#[tokio::test]
async fn many_hosts_are_observed_as_well() {
    let telemetry = capture();
    let client = client(client_for(([127, 0, 0, 1], 1).into()));
    for round in 0..2 {
        for n in 0..100 {
            let url = format!("http://127.0.{round}.{n}:1/");
            assert!(client.get(url).send().now_or_never().is_none());
        }
    }
    assert_eq!(telemetry.spans().len(), 200);
    assert_agreed(&telemetry);
}
