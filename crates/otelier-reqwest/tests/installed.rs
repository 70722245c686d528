//! A client that was made before telemetry was set up records from then on.
#![cfg(test)]

use otelier_testing::capture;

/// The name of each span.
fn names(telemetry: &otelier_testing::Telemetry) -> Vec<String> {
    let spans = telemetry.spans();
    spans.iter().map(|span| span.name.to_string()).collect()
}

#[tokio::test]
async fn a_client_made_before_telemetry_is_set_up_records_afterwards() {
    let bare = reqwest::Client::builder().no_proxy().build().unwrap();
    let client = otelier_reqwest::client(bare);
    let url = format!("http://127.0.0.1:{}/", programs::unused_port());

    client.get(&url).send().await.unwrap_err();
    let telemetry = capture();
    client.get(&url).send().await.unwrap_err();
    assert_eq!(names(&telemetry), [""; 0]);
    otelier_core::install(telemetry.providers().clone()).unwrap();
    client.get(&url).send().await.unwrap_err();
    assert_eq!(names(&telemetry), ["GET"]);
}
