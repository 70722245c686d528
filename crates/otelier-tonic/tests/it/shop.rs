//! A service with the four kinds of methods, and a client of it, as tonic's
//! generator writes them.

use std::{
    convert::Infallible,
    future::{Future, pending},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{Stream, StreamExt as _, stream};
use http::{Request, Response, Uri, uri::PathAndQuery};
use otelier_tonic::{ClientService, ServerLayer, client_layer, server_layer};
use tokio::net::TcpListener;
use tonic::{
    Status, Streaming,
    body::Body,
    client::{Grpc, GrpcService},
    server::NamedService,
    transport::{
        Channel, Server,
        server::{TcpConnectInfo, TcpIncoming},
    },
};
use tonic_prost::ProstCodec;
use tower::{Layer as _, Service, service_fn};

/// An item, or a price.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Item {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(uint32, tag = "2")]
    pub(crate) count: u32,
}

pub(crate) fn item(name: &str, count: u32) -> Item {
    Item {
        name: name.to_owned(),
        count,
    }
}

type Answers = Pin<Box<dyn Stream<Item = Result<Item, Status>> + Send>>;
type Served = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

/// `Get` answers with the item, and with what its name asks for: `missing`,
/// `broken`, `hang`, `panic`. `Watch` sends it so often, and for ever if it is
/// called `hang`; `Sum` counts what comes; `Echo` sends back what comes.
#[derive(Clone)]
pub(crate) struct Prices;

impl NamedService for Prices {
    const NAME: &'static str = "shop.Prices";
}

async fn get(item: tonic::Request<Item>) -> Result<tonic::Response<Item>, Status> {
    match &*item.get_ref().name {
        "missing" => Err(Status::not_found("no such item: é")),
        "broken" => Err(Status::internal("out of paper, password=hunter2")),
        "hang" => pending().await,
        "panic" => panic!("burnt"),
        _ => Ok(tonic::Response::new(item.into_inner())),
    }
}

async fn watch(item: tonic::Request<Item>) -> Result<tonic::Response<Answers>, Status> {
    let item = item.into_inner();
    let last = item.name.clone();
    let count = item.count as usize;
    let items = stream::iter(std::iter::repeat_n(Ok(item), count));
    let answers: Answers = match &*last {
        "hang" => Box::pin(items.chain(stream::pending())),
        "broken" => Box::pin(items.chain(stream::iter([Err(Status::data_loss("torn"))]))),
        _ => Box::pin(items),
    };
    Ok(tonic::Response::new(answers))
}

async fn sum(items: tonic::Request<Streaming<Item>>) -> Result<tonic::Response<Item>, Status> {
    let mut items = items.into_inner();
    let mut count = 0;
    while let Some(item) = items.message().await? {
        count += item.count;
    }
    Ok(tonic::Response::new(item("sum", count)))
}

async fn echo(items: tonic::Request<Streaming<Item>>) -> Result<tonic::Response<Answers>, Status> {
    Ok(tonic::Response::new(Box::pin(items.into_inner())))
}

impl Service<Request<Body>> for Prices {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Served;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Served {
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(ProstCodec::<Item, Item>::default());
            Ok(match request.uri().path() {
                "/shop.Prices/Get" => grpc.unary(service_fn(get), request).await,
                "/shop.Prices/Watch" => grpc.server_streaming(service_fn(watch), request).await,
                "/shop.Prices/Sum" => grpc.client_streaming(service_fn(sum), request).await,
                "/shop.Prices/Echo" => grpc.streaming(service_fn(echo), request).await,
                _ => Status::unimplemented("").into_http(),
            })
        })
    }
}

/// Serves on a free port of the loopback until the runtime ends.
#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
pub(crate) async fn serve_with(layer: ServerLayer) -> Uri {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let layer = layer.with_peer(|extensions| extensions.get::<TcpConnectInfo>()?.remote_addr());
    let served = Server::builder()
        .layer(layer)
        .add_service(Prices)
        .serve_with_incoming(TcpIncoming::from(listener));
    tokio::spawn(served);
    uri(address)
}

pub(crate) fn uri(address: SocketAddr) -> Uri {
    format!("http://{address}").parse().unwrap()
}

pub(crate) async fn serve() -> Uri {
    serve_with(server_layer()).await
}

pub(crate) fn channel(uri: &Uri) -> Channel {
    Channel::builder(uri.clone()).connect_lazy()
}

/// A client of the service.
#[derive(Clone)]
pub(crate) struct Client<T>(Grpc<T>);

/// One whose calls are recorded.
pub(crate) fn traced(uri: &Uri) -> Client<ClientService<Channel>> {
    let layer = client_layer().with_origin(uri.clone());
    Client(Grpc::new(layer.layer(channel(uri))))
}

impl<T> Client<T>
where
    T: GrpcService<Body>,
    T::Error: Into<tonic::codegen::StdError>,
    T::ResponseBody: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    <T::ResponseBody as http_body::Body>::Error: Into<tonic::codegen::StdError> + Send,
{
    pub(crate) fn new(service: T) -> Self {
        Self(Grpc::new(service))
    }

    async fn ready(&mut self) -> Result<&mut Grpc<T>, Status> {
        let ready = self.0.ready().await;
        ready.map_err(|error| Status::unknown(error.into().to_string()))?;
        Ok(&mut self.0)
    }

    pub(crate) async fn call(
        &mut self,
        path: &'static str,
        request: impl tonic::IntoRequest<Item>,
    ) -> Result<tonic::Response<Item>, Status> {
        let path = PathAndQuery::from_static(path);
        let codec = ProstCodec::<Item, Item>::default();
        self.ready()
            .await?
            .unary(request.into_request(), path, codec)
            .await
    }

    pub(crate) async fn get(&mut self, name: &str) -> Result<Item, Status> {
        let answer = self.call("/shop.Prices/Get", item(name, 1)).await;
        answer.map(tonic::Response::into_inner)
    }

    pub(crate) async fn watch(
        &mut self,
        name: &str,
        count: u32,
    ) -> Result<Streaming<Item>, Status> {
        let path = PathAndQuery::from_static("/shop.Prices/Watch");
        let request = tonic::Request::new(item(name, count));
        let codec = ProstCodec::<Item, Item>::default();
        let answers = self.ready().await?.server_streaming(request, path, codec);
        answers.await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn sum(&mut self, counts: &'static [u32]) -> Result<u32, Status> {
        let path = PathAndQuery::from_static("/shop.Prices/Sum");
        let items = stream::iter(counts).map(|count| item("one", *count));
        let codec = ProstCodec::<Item, Item>::default();
        let request = tonic::Request::new(items);
        let answer = self.ready().await?.client_streaming(request, path, codec);
        answer.await.map(|answer| answer.into_inner().count)
    }

    pub(crate) async fn echo(&mut self, counts: &'static [u32]) -> Result<Vec<u32>, Status> {
        let path = PathAndQuery::from_static("/shop.Prices/Echo");
        let items = stream::iter(counts).map(|count| item("one", *count));
        let codec = ProstCodec::<Item, Item>::default();
        let request = tonic::Request::new(items);
        let answers = self.ready().await?.streaming(request, path, codec).await?;
        let answers = answers.into_inner().map(|item| item.map(|item| item.count));
        answers.collect::<Vec<_>>().await.into_iter().collect()
    }
}
