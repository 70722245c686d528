//! The four kinds of methods.

use otelier_testing::capture;

use crate::{shop, spans};

#[tokio::test]
async fn each_of_the_four_kinds_is_one_span_on_either_side() {
    let telemetry = capture();
    let uri = shop::serve().await;
    let mut client = shop::traced(&uri);
    assert_eq!(client.get("paper").await.unwrap().count, 1);
    let mut watched = client.watch("paper", 3).await.unwrap();
    let mut seen = 0;
    while let Some(item) = watched.message().await.unwrap() {
        seen += item.count;
    }
    assert_eq!(seen, 9);
    assert_eq!(client.sum(&[1, 2, 3]).await.unwrap(), 6);
    assert_eq!(client.echo(&[4, 5]).await.unwrap(), [4, 5]);

    spans(&telemetry, 8).await;
    let tree = telemetry.tree().with_attributes(&["rpc.status_code"]);
    assert_eq!(
        tree.to_string(),
        "\
shop.Prices/Get [client] rpc.status_code=OK
  shop.Prices/Get [server] rpc.status_code=OK
shop.Prices/Watch [client] rpc.status_code=OK
  shop.Prices/Watch [server] rpc.status_code=OK
shop.Prices/Sum [client] rpc.status_code=OK
  shop.Prices/Sum [server] rpc.status_code=OK
shop.Prices/Echo [client] rpc.status_code=OK
  shop.Prices/Echo [server] rpc.status_code=OK
"
    );
    let served = telemetry.metric("rpc.server.call.duration");
    assert_eq!((served.count(), served.points.len()), (4, 4));
}

#[tokio::test]
async fn a_span_lasts_as_long_as_its_stream() {
    let telemetry = capture();
    let uri = shop::serve().await;
    let mut watched = shop::traced(&uri).watch("paper", 1).await.unwrap();
    assert!(watched.message().await.unwrap().is_some());
    let so_far = telemetry.metrics_summary().to_string();
    assert!(!so_far.contains("rpc.client"), "{so_far}");
    assert!(watched.message().await.unwrap().is_none());
    spans(&telemetry, 2).await;
}

#[tokio::test]
async fn a_stream_that_fails_on_its_way_ends_with_its_status() {
    let telemetry = capture();
    let uri = shop::serve().await;
    let mut watched = shop::traced(&uri).watch("broken", 1).await.unwrap();
    assert!(watched.message().await.unwrap().is_some());
    assert!(watched.message().await.is_err());
    spans(&telemetry, 2).await;
    let tree = telemetry.tree().with_attributes(&["rpc.status_code"]);
    assert_eq!(
        tree.to_string(),
        "\
shop.Prices/Watch [client] ERROR: torn DATA_LOSS rpc.status_code=DATA_LOSS
  shop.Prices/Watch [server] ERROR: torn DATA_LOSS rpc.status_code=DATA_LOSS
"
    );
}

#[tokio::test]
async fn a_stream_that_the_client_leaves_is_cancelled_on_both_sides() {
    let telemetry = capture();
    let uri = shop::serve().await;
    let mut watched = shop::traced(&uri).watch("hang", 1).await.unwrap();
    assert!(watched.message().await.unwrap().is_some());
    drop(watched);
    spans(&telemetry, 2).await;
    let tree = telemetry.tree().with_attributes(&["rpc.status_code"]);
    assert_eq!(
        tree.to_string(),
        "\
shop.Prices/Watch [client] ERROR CANCELLED rpc.status_code=CANCELLED
  shop.Prices/Watch [server] rpc.status_code=CANCELLED
"
    );
}
