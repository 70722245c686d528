//! A small service about repositories, instrumented with otelier.
//!
//! Everything that is about telemetry is in [`run`]: two lines at the start, one
//! at the end. The routes are plain axum.

mod error;
mod routes;
pub mod store;

use std::{env, net::SocketAddr, time::Duration};

use anyhow::Context as _;
use tokio::net::TcpListener;

pub use self::routes::{App, router};

/// For so long requests that are under way may go on after the signal.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until SIGTERM or Ctrl-C.
///
/// `API_ADDR` (default `127.0.0.1:8080`) is where it listens, `UPSTREAM_URL`
/// where it asks for commits, `DATABASE_URL` (default: in memory) where it keeps
/// repositories and jobs.
///
/// # Errors
/// The address cannot be parsed or is in use, or the database cannot be opened.
pub async fn run() -> anyhow::Result<()> {
    let telemetry = otelier::init!();

    let addr: SocketAddr = env::var("API_ADDR")
        .unwrap_or_else(|_| "127.0.0.1:8080".to_owned())
        .parse()
        .context("API_ADDR is not an address such as 127.0.0.1:8080")?;
    let listener = TcpListener::bind(addr)
        .await
        .with_context(|| format!("cannot listen on {addr}: set API_ADDR to another address"))?;

    let app = router(App::from_env().await?);
    let app = otelier::axum::instrument(app);
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, app).with_graceful_shutdown(otelier::shutdown_signal());
    // A stream that stays open does not keep the service from its end.
    otelier::drain(server, DRAIN).await.transpose()?;

    let _ = telemetry.shutdown().await;
    Ok(())
}
