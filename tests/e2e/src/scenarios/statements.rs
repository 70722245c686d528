//! Statements of a pool that is sqlx's own, which tells of them by its log alone.

use sqlx::{SqlitePool, sqlite::SqlitePoolOptions};
use tracing::Instrument as _;

/// Pays for an order.
pub(crate) async fn logged(how: &str) -> anyhow::Result<()> {
    let setup = otelier::setup!();
    let setup = match how {
        "off" => setup.without_sql_log(),
        _ => setup,
    };
    let telemetry = setup.init();
    let pool = open().await?;
    pays(&pool)
        .instrument(tracing::info_span!("checkout"))
        .await?;
    // Its thread keeps the span until then, and has said all it had to say.
    pool.close().await;
    let _ = telemetry.shutdown().await;
    Ok(())
}

/// The same outside of any span.
pub(crate) async fn alone() -> sqlx::Result<()> {
    let pool = open().await?;
    pays(&pool).await?;
    pool.close().await;
    Ok(())
}

async fn open() -> sqlx::Result<SqlitePool> {
    let one = SqlitePoolOptions::new().max_connections(1);
    one.connect("sqlite::memory:").await
}

async fn pays(pool: &SqlitePool) -> sqlx::Result<()> {
    let made = sqlx::raw_sql("CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (7)");
    made.execute(pool).await?;
    let found = sqlx::query("SELECT id FROM orders WHERE id = ? AND 's3cr3t' <> ''").bind(7);
    found.fetch_one(pool).await?;
    tracing::info!("paid");
    Ok(())
}
