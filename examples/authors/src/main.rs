//! Runs the example of a gRPC service.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    authors::run().await
}
