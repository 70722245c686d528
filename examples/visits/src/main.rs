//! Runs the example of a pool that nobody wraps.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    visits::run().await
}
