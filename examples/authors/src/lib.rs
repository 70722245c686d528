//! A gRPC service that knows who wrote what, instrumented with otelier, and a
//! client of it.
//!
//! Of telemetry there are two lines in [`run`] and one layer on the server, and one
//! around the client's channel in [`client`]. Messages, service and client are
//! written here by hand; `tonic-prost-build` makes the same of a `.proto` file.

mod service;

use std::{env, net::SocketAddr};

use anyhow::Context as _;
use otelier::grpc::ClientService;
use tokio::net::TcpListener;
use tonic::transport::{
    Channel, Server, Uri,
    server::{TcpConnectInfo, TcpIncoming},
};
use tower::Layer as _;

pub use self::service::{Author, Authors, AuthorsClient, Commit};

/// Serves until SIGTERM or Ctrl-C.
///
/// `AUTHORS_ADDR` (default `127.0.0.1:50051`) is where it listens.
///
/// # Errors
/// The address cannot be parsed or is in use.
pub async fn run() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    serve().await?;
    let _ = telemetry.shutdown().await;
    Ok(())
}

/// The service without the start and the end of telemetry.
///
/// # Errors
/// The address cannot be parsed or is in use.
pub async fn serve() -> anyhow::Result<()> {
    let addr: SocketAddr = env::var("AUTHORS_ADDR")
        .unwrap_or_else(|_| "127.0.0.1:50051".to_owned())
        .parse()
        .context("AUTHORS_ADDR is not an address such as 127.0.0.1:50051")?;
    let listener = TcpListener::bind(addr).await;
    let listener =
        listener.with_context(|| format!("cannot listen on {addr}: set AUTHORS_ADDR"))?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let layer = otelier::grpc::server_layer()
        .with_peer(|extensions| extensions.get::<TcpConnectInfo>()?.remote_addr());
    Server::builder()
        .layer(layer)
        .add_service(Authors)
        .serve_with_incoming_shutdown(TcpIncoming::from(listener), otelier::shutdown_signal())
        .await?;
    Ok(())
}

/// A client whose calls are spans.
pub type Client = AuthorsClient<ClientService<Channel>>;

/// A client of the service at an address, which connects when it is first used.
#[must_use]
pub fn client(uri: Uri) -> Client {
    let channel = Channel::builder(uri.clone()).connect_lazy();
    let layer = otelier::grpc::client_layer().with_origin(uri);
    AuthorsClient::new(layer.layer(channel))
}
