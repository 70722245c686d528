//! Runs the example service.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    api::run().await
}
