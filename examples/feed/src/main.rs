//! Runs the example of a feed.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    feed::run().await
}
