//! Client spans and metrics for any HTTP client, one span per request.
//!
//! Clients that are [tower](tower_service) services of [`http::Request`], such as
//! hyper-util's, get a layer:
//!
//! ```
//! use axum::body::Body;
//! use hyper_util::{client::legacy::Client, rt::TokioExecutor};
//! use otelier_http::TraceLayer;
//! use tower::{Layer as _, Service as _};
//!
//! # async fn order() -> Result<(), hyper_util::client::legacy::Error> {
//! let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
//! let mut client = TraceLayer::new().layer(client);
//!
//! let request = http::Request::get("http://shop.example/orders/7");
//! # let Ok(request) = request.body(Body::empty()) else { return Ok(()) };
//! let response = client.call(request).await?;
//! # Ok(()) }
//! ```
//!
//! All others get a guard for the span, [`Call`], and a function that writes the
//! current context into headers, [`inject`]:
//!
//! ```
//! use otelier_http::Call;
//!
//! # async fn send(_: http::Request<()>) -> std::io::Result<http::Response<()>> {
//! #     Ok(http::Response::new(()))
//! # }
//! # async fn order(mut request: http::Request<()>) -> std::io::Result<()> {
//! let call = Call::begin("GET", "http://shop.example/orders/7");
//! call.inject(request.headers_mut());
//! match call.run(send(request)).await {
//!     Ok(response) => call.answered(response.status().as_u16()),
//!     Err(error) => call.failed(&error),
//! }
//! # Ok(()) }
//! ```
//!
//! # What is recorded
//! One span of kind `CLIENT` per request, below the current one, from the
//! request to the head of its response. It is current while the request is on
//! its way. Its name is `GET`, with an [`UrlTemplate`] among the request's
//! extensions `GET /orders/{id}`, or a [`SpanName`].
//!
//! | attribute | when |
//! |---|---|
//! | `http.request.method` | always; `_OTHER` if unknown |
//! | `http.request.method_original` | if the method is unknown |
//! | `server.address`, `server.port` | if the URI names a host, or [`Config::with_origin`] does |
//! | `url.full` | always; cut at 2 KiB; credentials and the values of secret keys are `REDACTED` |
//! | `url.template` | with a [`UrlTemplate`] |
//! | `http.response.status_code` | if there is a response |
//! | `network.protocol.version` | if there is a response, except with [`Call`] |
//! | `error.type` | see below |
//!
//! | ending | status | `error.type` |
//! |---|---|---|
//! | response, 1xx to 3xx | unset | |
//! | response, 4xx or 5xx | error | the code: `503` |
//! | the caller gives up: the future or the guard is dropped | unset | |
//! | no answer in time | error | `timeout` |
//! | the host's name is not found | error | `dns_error` |
//! | no connection | error | `connection_refused`, `unreachable`, `connect_error` |
//! | the TLS handshake fails | error | `tls_error` |
//! | the connection breaks | error | `connection_reset`, `connection_aborted`, `request_error` |
//! | any other error | error | `request_error` |
//! | a panic | error | `panic` |
//!
//! Metrics: `http.client.request.duration` in seconds (method, server address
//! and port, status code, `error.type`, protocol version; the same values as on
//! the span) and `http.client.active_requests` (method, server address and
//! port).
//!
//! The status of a span that failed by an error is described by the messages of
//! the error and its sources, without what can be told to be a secret, cut at 2
//! KiB.
//!
//! With `OTEL_SEMCONV_STABILITY_OPT_IN=http/dup` the attributes have their old
//! names, too, and the duration is also there as `http.client.duration`, in
//! milliseconds.
//!
//! The trace context and the baggage go with each request, in the place of those
//! that it has, to every host unless [`Hosts`] says otherwise, and not with a
//! request that has [`NoPropagation`] among its extensions.
//!
//! # What is not
//! Bodies, header values, and the requests of telemetry itself. A `Host` header
//! is not read: in a proxy it is a stranger's, and would become a label.
//!
//! # Features
//! - `otel` (default): Records spans and metrics, and sends the trace context
//!   along. Without it requests pass through.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod call;
mod config;
mod future;
mod inject;
mod layer;
#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
mod record;
mod service;

pub use otelier_core::edge::http_client::{Hosts, NoPropagation, SpanName, UrlTemplate};

pub use self::{
    call::Call, config::Config, future::ResponseFuture, inject::inject, layer::TraceLayer,
    service::Trace,
};
