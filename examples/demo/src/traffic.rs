//! The requests that the demo sends.

use anyhow::Context as _;
use reqwest::Method;

/// Method, path, expected status.
const REQUESTS: [(Method, &str, u16); 8] = [
    (Method::GET, "/health", 200),
    (Method::GET, "/repos/7", 200),
    (Method::GET, "/repos/8", 404),
    (Method::POST, "/repos/7/index", 202),
    (Method::GET, "/repos/7/commits", 200),
    (Method::GET, "/boom", 500),
    (Method::GET, "/slow?ms=120", 200),
    (Method::GET, "/stream?chunks=3&ms=20", 200),
];

/// Asks the cache for the same twice: it is there the second time.
pub(crate) async fn ask_twice(url: &str) -> anyhow::Result<()> {
    for _ in 0..2 {
        let response = reqwest::get(format!("{url}/stock/17")).await?;
        let status = response.status();
        anyhow::ensure!(status.is_success(), "the cache answered {status}");
    }
    Ok(())
}

/// Sends them one after the other and reads each answer to its end.
pub(crate) async fn send(url: &str) -> anyhow::Result<()> {
    let client = reqwest::Client::builder().build()?;
    for (method, path, expected) in REQUESTS {
        let request = client.request(method.clone(), format!("{url}{path}"));
        let response = request
            .send()
            .await
            .context("the service does not answer")?;
        let status = response.status().as_u16();
        anyhow::ensure!(status == expected, "{method} {path} answered {status}");
        response.bytes().await?;
    }
    Ok(())
}
