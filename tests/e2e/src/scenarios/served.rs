//! A service that knows who asks, and functions that fail.

use std::{
    io::{Error, ErrorKind},
    time::Duration,
};

use axum::{
    Router,
    extract::Path,
    http::{HeaderName, StatusCode},
    routing::get,
};
use tokio::net::TcpListener;

/// Serves orders until it is asked to end.
pub(crate) async fn orders() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    let layer = otelier::axum::layer().with_context_header(
        HeaderName::from_static("x-organisation"),
        "shop.organisation",
    );
    let orders = Router::new().route("/orders/{id}", get(order));
    let orders = otelier::axum::instrument_with(orders, layer);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, orders)
        .with_graceful_shutdown(otelier::shutdown_signal())
        .await?;
    let _ = telemetry.shutdown().await;
    Ok(())
}

/// Serves the example, and gives what is open at the signal so many
/// milliseconds.
pub(crate) async fn drained(bound: &str) -> anyhow::Result<()> {
    let bound = Duration::from_millis(bound.parse()?);
    let telemetry = otelier::init!();
    let app = api::router(api::App::from_env().await?);
    let app = otelier::axum::instrument(app);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let server = axum::serve(listener, app).with_graceful_shutdown(otelier::shutdown_signal());
    let ended = otelier::drain(server, bound).await.transpose()?;
    crate::tell(format_args!("drained: {}", ended.is_some()))?;
    let _ = telemetry.shutdown().await;
    Ok(())
}

async fn order(Path(id): Path<u64>) -> Result<String, StatusCode> {
    otelier::context::set("shop.user", "ann");
    tracing::info!(id, "asked for");
    find(id).await.map_err(|_| StatusCode::NOT_FOUND)
}

#[tracing::instrument(err)]
async fn find(id: u64) -> Result<String, Error> {
    tracing::error!("an error that is survived");
    let price = price(id).unwrap_or_default();
    if id == 0 {
        return Err(Error::new(ErrorKind::NotFound, "there is no such order"));
    }
    tracing::info!("found");
    Ok(format!("order {id} for {price}"))
}

/// Its span is not exported, so that no span is to have its status.
#[tracing::instrument(level = "debug", err)]
fn price(id: u64) -> Result<u64, Error> {
    if id == 1 {
        return Err(Error::other("it has no price"));
    }
    discount(id).ok();
    Ok(id)
}

#[tracing::instrument(err(level = "warn"))]
fn discount(id: u64) -> Result<(), Error> {
    Err(Error::other("none"))
}
