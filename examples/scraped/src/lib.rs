//! A service whose metrics Prometheus scrapes, from a port that the world does not
//! see: `OTEL_METRICS_EXPORTER=prometheus cargo run -p scraped`.

use std::env;

use anyhow::Context as _;
use axum::{Router, extract::Path, routing::get};
use tokio::net::TcpListener;

/// Serves until SIGTERM or Ctrl-C.
///
/// `SCRAPED_ADDR` (default `127.0.0.1:8080`) is where it listens, and
/// `SCRAPED_METRICS_ADDR` (default `127.0.0.1:9464`) where it is scraped.
///
/// # Errors
/// An address is in use.
pub async fn run() -> anyhow::Result<()> {
    let telemetry = otelier::init!();

    let listener = bind("SCRAPED_ADDR", "127.0.0.1:8080").await?;
    let metrics = bind("SCRAPED_METRICS_ADDR", "127.0.0.1:9464").await?;
    tracing::info!("scraped at http://{}/metrics", metrics.local_addr()?);
    tracing::info!("listening on http://{}", listener.local_addr()?);

    let app = otelier::axum::instrument(router());
    let internal: Router = Router::new().route("/metrics", otelier::prometheus::route());
    let (served, scraped) = tokio::join!(
        axum::serve(listener, app).with_graceful_shutdown(otelier::shutdown_signal()),
        axum::serve(metrics, internal).with_graceful_shutdown(otelier::shutdown_signal()),
    );
    served.and(scraped)?;

    let _ = telemetry.shutdown().await;
    Ok(())
}

async fn bind(variable: &str, default: &str) -> anyhow::Result<TcpListener> {
    let addr = env::var(variable).unwrap_or_else(|_| default.to_owned());
    let listener = TcpListener::bind(&addr).await;
    listener.with_context(|| format!("cannot listen on {addr}: set {variable}"))
}

/// The service without telemetry, which counts its cakes all the same.
pub fn router() -> Router {
    metrics::describe_counter!("cakes", metrics::Unit::Count, "Cakes that were sold.");
    Router::new().route("/cakes/{kind}", get(buy))
}

async fn buy(Path(kind): Path<String>) -> &'static str {
    // A label of a closed set, whatever the path says.
    let kind = if kind == "apple" { "apple" } else { "other" };
    metrics::counter!("cakes", "cake" => kind).increment(1);
    "here you are\n"
}
