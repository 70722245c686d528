//! A service that keeps what is slow to find in Redis, instrumented with otelier.
//!
//! Of telemetry there are three lines in [`run`], and one where the connection is
//! wrapped. Each request shows what it asked the cache, and whether it was there.

use std::{env, time::Duration};

use anyhow::Context as _;
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use otelier::redis::{Config, Connection};
use redis::{AsyncCommands as _, Client, RedisResult, aio::ConnectionManager};
use tokio::{net::TcpListener, time::sleep};

/// For so many seconds a number is good enough.
const FRESH: u64 = 60;

type Cache = Connection<ConnectionManager>;

/// Serves until SIGTERM or Ctrl-C.
///
/// `CACHE_ADDR` (default `127.0.0.1:8080`) is where it listens, `REDIS_URL`
/// (default `redis://127.0.0.1/`) where the cache is.
///
/// # Errors
/// The address is in use, or Redis does not answer.
pub async fn run() -> anyhow::Result<()> {
    let telemetry = otelier::init!();

    let url = env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1/".to_owned());
    let client = Client::open(url).context("REDIS_URL is not redis://host:port/database")?;
    let connection = client.get_connection_manager().await;
    let connection = connection.context("Redis does not answer: set REDIS_URL")?;
    let config = Config::new()
        .with_server(client.get_connection_info())
        .with_key_shape("stock:{id}");
    let cache = Connection::with_config(connection, config);

    let addr = env::var("CACHE_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(&addr).await;
    let listener = listener.with_context(|| format!("cannot listen on {addr}: set CACHE_ADDR"))?;
    let app = Router::new()
        .route("/stock/{id}", get(stock))
        .with_state(cache);
    let app = otelier::axum::instrument(app);
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let server = axum::serve(listener, app);
    server
        .with_graceful_shutdown(otelier::shutdown_signal())
        .await?;

    let _ = telemetry.shutdown().await;
    Ok(())
}

/// How many there are of something.
async fn stock(State(cache): State<Cache>, Path(id): Path<u32>) -> Result<String, StatusCode> {
    let stock = cached(cache, id).await;
    stock.map(|stock| stock.to_string()).map_err(|error| {
        tracing::error!(%error, "the cache failed");
        StatusCode::SERVICE_UNAVAILABLE
    })
}

async fn cached(mut cache: Cache, id: u32) -> RedisResult<u32> {
    let key = format!("stock:{id}");
    if let Some(stock) = cache.get(&key).await? {
        return Ok(stock);
    }
    let stock = counted(id).await;
    let () = cache.set_ex(&key, stock, FRESH).await?;
    Ok(stock)
}

#[tracing::instrument(name = "count", skip_all)]
async fn counted(id: u32) -> u32 {
    // Somebody walks through the store.
    sleep(Duration::from_millis(20)).await;
    id % 10
}
