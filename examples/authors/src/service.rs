//! Messages, service and client, without telemetry.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response, uri::PathAndQuery};
use tonic::{
    Status,
    body::Body,
    client::{Grpc, GrpcService},
    codegen::{Bytes, StdError},
    server::NamedService,
};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};

const FIND: &str = "/git.v1.Authors/Find";

/// Which commit is asked about.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Commit {
    /// Of which repository.
    #[prost(int64, tag = "1")]
    pub repo: i64,
    /// The number of the commit in it.
    #[prost(uint32, tag = "2")]
    pub number: u32,
}

/// Who wrote it.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Author {
    /// The name.
    #[prost(string, tag = "1")]
    pub name: String,
}

/// The service `git.v1.Authors`.
#[derive(Clone, Debug)]
pub struct Authors;

impl NamedService for Authors {
    const NAME: &'static str = "git.v1.Authors";
}

async fn find(commit: tonic::Request<Commit>) -> Result<tonic::Response<Author>, Status> {
    let Commit { repo, number } = commit.into_inner();
    tracing::info!(repo.id = repo, "looking for an author");
    match number {
        0 => Err(Status::invalid_argument("commits are counted from 1")),
        1 => Ok(tonic::Response::new(Author {
            name: "Ann".to_owned(),
        })),
        _ => Err(Status::not_found("nobody wrote that")),
    }
}

impl Service<Request<Body>> for Authors {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(async move {
            if request.uri().path() != FIND {
                return Ok(Status::unimplemented("").into_http());
            }
            let mut grpc = tonic::server::Grpc::new(ProstCodec::<Author, Commit>::default());
            Ok(grpc.unary(service_fn(find), request).await)
        })
    }
}

/// A client of [`Authors`].
#[derive(Clone, Debug)]
pub struct AuthorsClient<T>(Grpc<T>);

impl<T> AuthorsClient<T>
where
    T: GrpcService<Body, Error: Into<StdError>>,
    T::ResponseBody: http_body::Body<Data = Bytes, Error: Into<StdError> + Send> + Send + 'static,
{
    /// Calls by a channel.
    pub fn new(channel: T) -> Self {
        Self(Grpc::new(channel))
    }

    /// Asks who wrote a commit.
    ///
    /// # Errors
    /// The service does not answer, or does not know.
    pub async fn find(&mut self, commit: Commit) -> Result<Author, Status> {
        let ready = self.0.ready().await;
        ready.map_err(|error| Status::unavailable(error.into().to_string()))?;
        let codec = ProstCodec::<Commit, Author>::default();
        let path = PathAndQuery::from_static(FIND);
        let answer = self
            .0
            .unary(tonic::Request::new(commit), path, codec)
            .await?;
        Ok(answer.into_inner())
    }
}
