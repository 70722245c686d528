//! Server and client spans and metrics for gRPC with [tonic], one span per call.
//!
//! A server gets a layer before its services:
//!
//! ```no_run
//! # async fn serve<S>(prices: S) -> Result<(), tonic::transport::Error>
//! # where
//! #     S: tower::Service<http::Request<tonic::body::Body>, Error = std::convert::Infallible>
//! #         + tonic::server::NamedService + Clone + Send + Sync + 'static,
//! #     S::Response: axum::response::IntoResponse,
//! #     S::Future: Send + 'static,
//! # {
//! use tonic::transport::Server;
//!
//! let mut server = Server::builder().layer(otelier_tonic::server_layer());
//! server.add_service(prices).serve(([127, 0, 0, 1], 50051).into()).await
//! # }
//! ```
//!
//! A client gets one around its channel, which is told where the channel goes:
//!
//! ```no_run
//! use tonic::transport::Channel;
//! use tower::Layer as _;
//!
//! # fn client(uri: http::Uri) {
//! let channel = Channel::builder(uri.clone()).connect_lazy();
//! let channel = otelier_tonic::client_layer().with_origin(uri).layer(channel);
//! // let prices = PricesClient::new(channel);
//! # drop(channel);
//! # }
//! ```
//!
//! [tonic]: https://docs.rs/tonic
//!
//! # What is recorded
//! One span per call, of kind `SERVER` or `CLIENT`, from its request to the
//! trailers of its response: streams of either side included. A server's is below
//! what the caller sent in its metadata, and current in the handler and its
//! stream; a client's is below the current span, and goes along in the metadata.
//! Its name is the method, `shop.Prices/Get`, or `grpc` where that is not known.
//!
//! | attribute | when |
//! |---|---|
//! | `rpc.system.name` | always: `grpc` |
//! | `rpc.method` | always; `_OTHER` if the server does not know it |
//! | `rpc.method_original` | if the method is `_OTHER` |
//! | `rpc.status_code` | always, by name: `OK`, `NOT_FOUND` |
//! | `server.address`, `server.port` | of a client if [`ClientLayer::with_origin`] or the URI says it, of a server if the caller does |
//! | `network.peer.address`, `network.peer.port` | of a server if [`ServerLayer::with_peer`] finds them |
//! | `error.type` | see below |
//! | `rpc.request.metadata.<name>`, `rpc.response.metadata.<name>` | only if asked for in code |
//!
//! | ending | `rpc.status_code` | error of a server | error of a client |
//! |---|---|---|---|
//! | `OK` | `OK` | | |
//! | `UNKNOWN`, `DEADLINE_EXCEEDED`, `UNIMPLEMENTED`, `INTERNAL`, `UNAVAILABLE`, `DATA_LOSS` | the same | the code | the code |
//! | any other code | the same | | the code |
//! | no code, but a status of HTTP | what gRPC makes of it; `UNKNOWN` for 200 | as above | as above |
//! | dropped before the end | `CANCELLED` | | `CANCELLED` |
//! | dropped after the deadline that the request named | `DEADLINE_EXCEEDED` | the code | the code |
//! | a panic | `UNKNOWN` | `panic` | `panic` |
//! | the body of the response fails | `UNKNOWN` | `body_error` | as below |
//! | the inner service fails | `UNKNOWN` | `service_error` | as below |
//! | no answer in time | `DEADLINE_EXCEEDED` | | `timeout` |
//! | no connection, or one that breaks | `UNAVAILABLE` | | `dns_error`, `connection_refused`, `unreachable`, `connection_reset`, `connection_aborted` |
//! | a stream that the server resets | `CANCELLED`, `UNAVAILABLE`, `RESOURCE_EXHAUSTED`, `INTERNAL` | | `stream_reset` |
//! | any other error | `UNKNOWN` | | `request_error` |
//!
//! The status of a span that is an error is described by the message of the call's
//! status, or by what the error says, without what can be told to be a secret, cut
//! at 2 KiB.
//!
//! Metrics: `rpc.server.call.duration` and `rpc.client.call.duration` in seconds
//! (system, method, status code, `error.type`; of a client address and port).
//!
//! A server knows a method that it has once answered with anything but
//! `UNIMPLEMENTED`, up to 256 of them; [`ServerLayer::with_known`] says which there
//! are. A span of a method that turns out not to be known is renamed at its end.
//!
//! With `OTEL_SEMCONV_STABILITY_OPT_IN=rpc/dup` there are the old names, too:
//! `rpc.system`, `rpc.service`, `rpc.grpc.status_code`, and the metrics
//! `rpc.server.duration` and `rpc.client.duration` in milliseconds, whose
//! `rpc.method` has no service.
//!
//! # One router for HTTP and gRPC
//! A server of HTTP that otelier records leaves calls of gRPC to this layer, as
//! long as the process has one, wherever it stands: on `Routes` that are merged
//! into a router of axum's, or around all of it. Calls that pass no such layer
//! leave nothing then; in a process without one the HTTP span has their status.
//!
//! # What is not
//! Messages, metadata that was not asked for, `grpc.health.v1.Health` and
//! `grpc.reflection`, and requests of gRPC-Web, whose status is in the body: put
//! the layer inside of the one that translates them.
//!
//! # Features
//! - `otel` (default): Records spans and metrics, and has the trace context travel.
//!   Without it calls pass through.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod config;
mod future;
mod layer;
#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
mod record;
mod service;
mod side;

pub use self::{
    body::TracedBody,
    future::ResponseFuture,
    layer::{ClientLayer, ClientService, ServerLayer, TraceLayer, client_layer, server_layer},
    service::Trace,
    side::{Client, Server},
};
