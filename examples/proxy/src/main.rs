//! A reverse proxy, instrumented with otelier: what it sends on is one trace with what came.
//!
//! Of telemetry there are two lines at the start, one around the client, one around the router,
//! and one at the end. Bodies are streamed through it, in both directions.

use std::env;

use anyhow::Context as _;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{StatusCode, Uri, header::HOST, uri::Authority},
    response::{IntoResponse as _, Response},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use otelier::http_client::TraceLayer;
use tokio::net::TcpListener;
use tower::{Layer as _, Service, ServiceExt as _};

/// Serves until SIGTERM or Ctrl-C.
///
/// `PROXY_ADDR` (default `127.0.0.1:8080`) is where it listens, `UPSTREAM` (default
/// `127.0.0.1:3000`) the host and port that requests are sent on to.
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let telemetry = otelier::init!();

    let upstream = env::var("UPSTREAM").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let upstream: Authority = upstream.parse().context("UPSTREAM is not host:port")?;
    let client: Client<HttpConnector, Body> =
        Client::builder(TokioExecutor::new()).build(HttpConnector::new());
    let client = TraceLayer::new().layer(client);

    let addr = env::var("PROXY_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(&addr).await;
    let listener = listener.with_context(|| format!("cannot listen on {addr}: set PROXY_ADDR"))?;
    let app = Router::new()
        .fallback(forward)
        .with_state((client, upstream));
    let app = otelier::axum::instrument(app);
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let server = axum::serve(listener, app);
    server
        .with_graceful_shutdown(otelier::shutdown_signal())
        .await?;

    let _ = telemetry.shutdown().await;
    Ok(())
}

/// Sends a request on as it came, with another authority. Its `traceparent` is replaced by that
/// of the client's span.
async fn forward<S, B>(
    State((client, upstream)): State<(S, Authority)>,
    mut request: Request,
) -> Result<Response, StatusCode>
where
    S: Service<Request, Response = axum::http::Response<B>>,
    S::Error: std::fmt::Display,
    axum::http::Response<B>: axum::response::IntoResponse,
{
    let path = request.uri().path_and_query().cloned();
    let uri = Uri::builder().scheme("http").authority(upstream);
    let uri = uri.path_and_query(path.map_or_else(|| "/".to_owned(), |path| path.to_string()));
    *request.uri_mut() = uri.build().map_err(|_| StatusCode::BAD_REQUEST)?;
    // The client writes that of the upstream.
    request.headers_mut().remove(HOST);
    let answer = client.oneshot(request).await.map_err(|error| {
        tracing::error!(%error, "the upstream does not answer");
        StatusCode::BAD_GATEWAY
    })?;
    Ok(answer.into_response())
}
