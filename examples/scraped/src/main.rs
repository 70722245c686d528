//! Runs the example of a service that is scraped.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    scraped::run().await
}
