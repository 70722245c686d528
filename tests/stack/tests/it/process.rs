//! The roles of this package's program, and what is asked of any.

pub(crate) use programs::{Ended, Process, Program};

use programs::{PATIENCE, pause};
use tokio::time::timeout;

/// A role of this package's program. Its environment holds only what is set.
pub(crate) fn role(name: &str) -> Program {
    Program::new(env!("CARGO_BIN_EXE_stack"))
        .arg(name)
        .with("API_ADDR", "127.0.0.1:0")
        .with("OTEL_BSP_SCHEDULE_DELAY", "50")
        .with("OTEL_BLRP_SCHEDULE_DELAY", "50")
        .with("OTEL_METRIC_EXPORT_INTERVAL", "500")
}

/// Looks until something is found.
pub(crate) async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    patiently(look).await.expect(what)
}

/// Looks until something is found, or patience ends.
pub(crate) async fn patiently<T>(mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            pause().await;
        }
    };
    timeout(PATIENCE, looking).await.ok()
}

/// Answers a request with status and body.
pub(crate) async fn request(method: &str, url: &str) -> Option<(u16, String)> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let method = method.parse().unwrap();
    let response = client.request(method, url).send().await.ok()?;
    let status = response.status().as_u16();
    Some((status, response.text().await.ok()?))
}
