//! A service whose pool is sqlx's own, as those of session stores, job queues and
//! ORMs are, instrumented with otelier.
//!
//! Of telemetry there are three lines in [`run`], and none where the database is
//! asked: its statements are spans by the feature `sql-log`.

use std::env;

use anyhow::Context as _;
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use sqlx::{SqlitePool, sqlite::SqlitePoolOptions};
use tokio::net::TcpListener;

/// Serves until SIGTERM or Ctrl-C.
///
/// `VISITS_ADDR` (default `127.0.0.1:8080`) is where it listens, `DATABASE_URL`
/// (default `sqlite::memory:`) where visits are kept.
///
/// # Errors
/// The address is in use, or the database cannot be opened.
pub async fn run() -> anyhow::Result<()> {
    let telemetry = otelier::init!();

    let url = env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite::memory:".to_owned());
    let pool = SqlitePoolOptions::new().max_connections(1).connect(&url);
    let pool = pool.await.context("cannot open DATABASE_URL")?;
    let sql = "CREATE TABLE IF NOT EXISTS visits (visitor TEXT PRIMARY KEY, count INTEGER)";
    sqlx::query(sql).execute(&pool).await?;

    let addr = env::var("VISITS_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(&addr).await;
    let listener = listener.with_context(|| format!("cannot listen on {addr}: set VISITS_ADDR"))?;
    let app = Router::new()
        .route("/visits/{visitor}", get(visit))
        .with_state(pool);
    let app = otelier::axum::instrument(app);
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let server = axum::serve(listener, app);
    server
        .with_graceful_shutdown(otelier::shutdown_signal())
        .await?;

    let _ = telemetry.shutdown().await;
    Ok(())
}

/// How often somebody was here.
async fn visit(
    State(pool): State<SqlitePool>,
    Path(visitor): Path<String>,
) -> Result<String, StatusCode> {
    let sql = "INSERT INTO visits (visitor, count) VALUES (?, 1) \
               ON CONFLICT (visitor) DO UPDATE SET count = count + 1 RETURNING count";
    let count = sqlx::query_scalar::<_, i64>(sql).bind(visitor);
    match count.fetch_one(&pool).await {
        Ok(count) => Ok(count.to_string()),
        Err(error) => {
            tracing::error!(%error, "the database failed");
            Err(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}
