//! Client spans and metrics for [reqwest], one span per attempt.
//!
//! ```
//! # async fn order(server: &str) -> reqwest_middleware::Result<String> {
//! let http = otelier_reqwest::client(reqwest::Client::new());
//!
//! let order = http.get(format!("{server}/orders/7")).send().await?.text().await?;
//! # Ok(order) }
//! ```
//!
//! The client is a [`ClientWithMiddleware`], with the methods of
//! [`reqwest::Client`]; `query`, `form` and `multipart` need the feature of that
//! name of reqwest-middleware.
//!
//! Clients with middleware of their own put [`TraceMiddleware`] last, so that it
//! stands inside of retries; services over [tower](tower_layer) without
//! reqwest-middleware put on [`TraceLayer`]:
//!
//! ```
//! use otelier_reqwest::{
//!     CallMiddleware, ClientBuilder, Config, Hosts, TraceMiddleware, UrlTemplate,
//! };
//!
//! # async fn order(server: &str) -> reqwest_middleware::Result<()> {
//! let config = Config::new().with_propagation_to(Hosts::only([".shop.example", "localhost"]));
//! let http = ClientBuilder::new(reqwest::Client::new())
//!     .with(CallMiddleware::new()) // If the call as a whole is to have a span, too.
//!     // .with(RetryTransientMiddleware::new_with_policy(..))
//!     .with(TraceMiddleware::with_config(config))
//!     .build();
//! let request = http.get(format!("{server}/orders/7"));
//! request.with_extension(UrlTemplate::new("/orders/{id}")).send().await?;
//! # Ok(()) }
//! ```
//!
//! # What is recorded
//! One span of kind `CLIENT` per attempt, below the current one, from the
//! request to the head of its response, or to the end of the body with
//! [`SpanEnd::Body`]. It is current while the request is on its way. Its name
//! is `GET`, with an [`UrlTemplate`] `GET /orders/{id}`, or a [`SpanName`].
//!
//! | attribute | when |
//! |---|---|
//! | `http.request.method` | always; `_OTHER` if unknown |
//! | `http.request.method_original` | if the method is unknown |
//! | `server.address`, `server.port` | always |
//! | `url.full` | always; cut at 2 KiB; credentials and the values of secret keys are `REDACTED` |
//! | `url.template` | with a [`UrlTemplate`] |
//! | `http.request.resend_count` | from the second attempt on, see below |
//! | `http.response.status_code`, `network.protocol.version` | if there is a response |
//! | `network.peer.address`, `network.peer.port` | if there is a response; a proxy's, where one is used |
//! | `error.type` | see below |
//!
//! | ending | status | `error.type` |
//! |---|---|---|
//! | response, 1xx to 3xx | unset | |
//! | response, 4xx or 5xx | error | the code: `503` |
//! | the caller gives up: the future or the body is dropped | unset | |
//! | no answer in time, or no connection in time | error | `timeout`, `connect_timeout` |
//! | the host's name is not found | error | `dns_error` |
//! | no connection | error | `connection_refused`, `unreachable`, `connect_error` |
//! | the TLS handshake fails | error | `tls_error` |
//! | the connection breaks | error | `connection_reset`, `connection_aborted`, `request_error` |
//! | the body breaks off | error | `body_error`, `decode_error` |
//! | too many redirects | error | `redirect_error` |
//! | the request cannot be sent | error | `invalid_request` |
//! | other middleware fails | error | `middleware_error` |
//! | a panic | error | `panic` |
//!
//! Attempts are counted as far as they share the request's extensions, as those
//! of reqwest-retry do, and each follows one that did not succeed.
//!
//! Each of ours that a request passes makes a span and counts it, so that a
//! client has one of them, innermost.
//!
//! Metrics: `http.client.request.duration` in seconds (method, server address
//! and port, status code, `error.type`, protocol version; the same values as on
//! the span) and `http.client.active_requests` (method, server address and
//! port).
//!
//! The status of a span that failed by an error is described by the messages of the
//! error and its sources, without the URL and what can be told to be a secret, cut
//! at 2 KiB.
//!
//! With `OTEL_SEMCONV_STABILITY_OPT_IN=http/dup` the attributes have their old
//! names, too (`http.method`, `http.url`, `net.peer.name`, ..), and the duration
//! is also there as `http.client.duration`, in milliseconds.
//!
//! The trace context and the baggage go with each request, to every host unless
//! [`Hosts`] says otherwise, and not with a request that has [`NoPropagation`].
//!
//! # What is not
//! Bodies, header values, the requests of telemetry itself, and those of `reqwest::blocking`.
//!
//! Redirects: reqwest follows them inside of the request, so that one span
//! covers all hops, and copies the headers of the first hop, trace context
//! included, to each of the others, whichever host that is. A client with
//! [`redirect::Policy::none()`](reqwest::redirect::Policy::none), or one that
//! stops at other hosts, gives the redirect back as the response: a request to
//! its `location` has a span of its own, and [`Hosts`] is asked about it. Resends
//! inside of reqwest (`ClientBuilder::retry`) are not seen either.
//!
//! # Features
//! - `otel` (default): Records spans and metrics, and sends the trace context
//!   along. Without it requests pass through.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod call;
mod config;
mod future;
mod layer;
mod middleware;
#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
mod record;
mod service;

pub use self::{
    call::CallMiddleware,
    config::{Config, SpanEnd},
    future::ResponseFuture,
    layer::TraceLayer,
    middleware::{TraceMiddleware, client, client_with},
    service::Trace,
};
pub use otelier_core::edge::http_client::{Hosts, NoPropagation, SpanName, UrlTemplate};
pub use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, RequestBuilder};
