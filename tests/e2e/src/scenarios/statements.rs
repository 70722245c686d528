//! Statements of a pool that is sqlx's own, which tells of them by its log alone.

use sqlx::sqlite::SqlitePoolOptions;
use tracing::Instrument as _;

/// Pays for an order.
pub(crate) async fn logged(how: &str) -> anyhow::Result<()> {
    let setup = otelier::setup!();
    let setup = match how {
        "off" => setup.without_sql_log(),
        _ => setup,
    };
    let telemetry = setup.init();
    pays().instrument(tracing::info_span!("checkout")).await?;
    let _ = telemetry.shutdown().await;
    Ok(())
}

/// Runs one statement of each kind.
pub(crate) async fn pays() -> sqlx::Result<()> {
    let one = SqlitePoolOptions::new().max_connections(1);
    let pool = one.connect("sqlite::memory:").await?;
    let made = sqlx::raw_sql("CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (7)");
    made.execute(&pool).await?;
    let found = sqlx::query("SELECT id FROM orders WHERE id = ? AND 's3cr3t' <> ''").bind(7);
    found.fetch_one(&pool).await?;
    tracing::info!("paid");
    // Its thread has said all it had to say when it is gone.
    pool.close().await;
    Ok(())
}
