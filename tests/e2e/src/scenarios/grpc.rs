//! Calls of gRPC, of each side, and one that a server of HTTP answers.

use authors::{Authors, AuthorsClient, Commit};
use axum::{
    Router,
    body::Body,
    http::{HeaderName, Request, header::CONTENT_TYPE},
    routing::post,
};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::{net::TcpListener, task::JoinSet};
use tonic::{
    client::Grpc,
    transport::{
        Channel, Server, Uri,
        server::{TcpConnectInfo, TcpIncoming},
    },
};
use tonic_prost::ProstCodec;
use tower::Layer as _;

use crate::tell;

/// Goes once through everything.
pub(crate) async fn calls(tasks: &mut JoinSet<()>) -> anyhow::Result<()> {
    answered_over_http(tasks).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let uri: Uri = format!("http://{}", listener.local_addr()?).parse()?;
    let metadata = HeaderName::from_static("content-type");
    let layer = otelier::grpc::server_layer()
        .with_request_metadata(metadata.clone())
        .with_response_metadata(metadata)
        .with_peer(|extensions| extensions.get::<TcpConnectInfo>()?.remote_addr());
    let server = Server::builder()
        .layer(layer)
        .add_service(Authors)
        .serve_with_incoming(TcpIncoming::from(listener));
    tasks.spawn(async move {
        // It serves until the process ends.
        let _ = server.await;
    });
    let channel = Channel::builder(uri.clone()).connect_lazy();
    let channel = otelier::grpc::client_layer()
        .with_origin(uri)
        .layer(channel);
    let mut authors = AuthorsClient::new(channel.clone());
    for number in [0, 1, 2] {
        let _ = authors.find(Commit { repo: 7, number }).await;
    }
    let mut unknown = Grpc::new(channel);
    unknown.ready().await?;
    let path = axum::http::uri::PathAndQuery::from_static("/git.v1.Authors/Lose");
    let codec = ProstCodec::<Commit, Commit>::default();
    let request = tonic::Request::new(Commit::default());
    let _ = unknown.unary(request, path, codec).await;
    Ok(())
}

/// Asks the example, or another that answers as it does, and tells what came.
pub(crate) async fn asks(url: &str) -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    let mut authors = authors::client(url.parse()?);
    for number in [1, 2] {
        match authors.find(Commit { repo: 7, number }).await {
            Ok(author) => tell(format_args!("{number}: {}", author.name))?,
            Err(status) => tell(format_args!("{number}: {:?}", status.code()))?,
        }
    }
    let _ = telemetry.shutdown().await;
    Ok(())
}

/// A call that only a router of axum's knows of, while there is no other layer.
async fn answered_over_http(tasks: &mut JoinSet<()>) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let uri = format!("http://{}/git.v1.Authors/Find", listener.local_addr()?);
    let refuses = post(|| async { [("grpc-status", "14"), ("content-type", "application/grpc")] });
    let app = Router::new().route("/git.v1.Authors/Find", refuses);
    let app = otelier::axum::instrument(app);
    tasks.spawn(async move {
        let _ = axum::serve(listener, app).await;
    });
    let client = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http::<Body>();
    let request = Request::post(uri).header(CONTENT_TYPE, "application/grpc");
    client.request(request.body(Body::empty())?).await?;
    Ok(())
}
