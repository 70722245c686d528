//! What happens when the collector goes and comes.

use crate::browser::{Browser, Window};
use otelier_collector::Collector;
use programs::unused_port;

#[tokio::test]
async fn a_collector_that_comes_back_is_found_again_and_the_page_says_so() {
    let Some(mut page) = Browser::start(Window::Wide).await else {
        return;
    };
    let port = unused_port();
    let first = Collector::builder().with_http_port(port);
    page.collector = first.start().await.unwrap();
    page.order(1).await;
    page.open("/").await;
    page.until("document.querySelector('.state').textContent === 'live'")
        .await;
    let fresh = Collector::builder().with_http_port(port);
    let old = std::mem::replace(
        &mut page.collector,
        Collector::builder().start().await.unwrap(),
    );
    old.shutdown().await;
    page.until_text("#banner", "does not answer").await;
    std::mem::replace(&mut page.collector, fresh.start().await.unwrap())
        .shutdown()
        .await;
    page.until_text("#banner", "Connected again").await;
    page.order(2).await;
    page.until_count("o-traces .row", 1).await;
    page.end().await;
}
