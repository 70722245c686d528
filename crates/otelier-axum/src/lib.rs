//! Server spans and metrics for [axum], one span per request.
//!
//! ```
//! use axum::{Router, routing::get};
//!
//! let app: Router = Router::new()
//!     .route("/orders/{id}", get(|| async { "an order" }))
//!     .route("/health", get(|| async { "ok" }));
//! // Last: routes that are added afterwards are not covered.
//! let app = otelier_axum::instrument(app);
//! # let _ = app;
//! ```
//!
//! [`instrument_with`] takes a [`TraceLayer`] of one's own, and [`serve`] tells who ended
//! a connection:
//!
//! ```no_run
//! # async fn run(app: axum::Router) -> std::io::Result<()> {
//! let layer = otelier_axum::layer().with_excluded(["/internal/*"]);
//! let app = otelier_axum::instrument_with(app, layer);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! otelier_axum::serve(listener, app).await
//! # }
//! ```
//!
//! # What is recorded
//! One span of kind `SERVER` per request, from its head to the end of the
//! response's body. Its parent is what the caller sent (W3C Trace Context, or
//! whatever is configured). Its name is `GET /orders/{id}`, or `GET` where no
//! route matched; the path never is a part of it.
//!
//! | attribute | when |
//! |---|---|
//! | `http.request.method` | always; `_OTHER` if unknown |
//! | `http.request.method_original` | if the method is unknown |
//! | `url.scheme`, `url.path` | always; the path is cut at 2 KiB |
//! | `url.query` | if there is one; values of secret keys are `REDACTED` |
//! | `http.route` | if a route matched, prefix of the nest included |
//! | `server.address`, `server.port` | if the request names its host |
//! | `client.address` | with `ConnectInfo`, or from a trusted proxy |
//! | `network.peer.address`, `network.peer.port` | with `ConnectInfo` |
//! | `network.protocol.version` | always: `1.1`, `2` |
//! | `user_agent.original` | if sent |
//! | `http.response.status_code` | if a response was made |
//! | `rpc.status_code` | of a call of gRPC that no layer of its own records |
//! | `error.type` | see below |
//!
//! | ending | status | `error.type` |
//! |---|---|---|
//! | response complete, 1xx to 4xx | unset | |
//! | response complete, 5xx | error | the code: `500` |
//! | response complete, of gRPC with a code that is a server's error | error | the code: `INTERNAL` |
//! | the handler or its body panics | error | `panic` |
//! | the body fails | error | `body_error` |
//! | the inner service fails | error | `service_error` |
//! | the client goes away, or a layer outside gives up, before the end | error | `cancelled` |
//! | a client leaves a stream | unset | |
//!
//! A status code of 5xx is the `error.type` whatever happens after it. The error
//! of a body that fails describes the status of the span, without what can be told
//! to be a secret, cut at 2 KiB. Streams
//! and Server-Sent Events last until their last byte; an upgrade ends with its
//! head.
//!
//! A client that leaves a stream whose head was 2xx has ended it, and is no error:
//! Server-Sent Events are streams, and responses with [`TimeToHeaders`]. How it
//! ended is told by `otelier.stream.ending`; [`serve`] knows more of it.
//!
//! Metrics: `http.server.request.duration` in seconds (method, scheme, route,
//! status code, `error.type`, protocol version; the same values as on the
//! span), of a stream the time to its head; `http.server.active_requests` (method,
//! scheme); `otelier.http.server.streams` and
//! `otelier.http.server.stream.duration` (kind, route, ending).
//!
//! `Forwarded`, `X-Forwarded-Proto`, `X-Forwarded-Host` and `X-Forwarded-For`
//! are believed only where `ConnectInfo` tells that the peer is on a loopback
//! or private address; [`TraceLayer::with_proxy_trust`] says otherwise. Behind a
//! proxy and without `ConnectInfo` none of them is: there is no client address,
//! and scheme and host are those of the proxy's own request. One warning says so.
//!
//! A request that is not sampled leaves no span, but has a span id of its own:
//! its callees and log records are told that one.
//!
//! Calls of gRPC are left to otelier-tonic as long as the process has a layer of its
//! for servers; they run in their caller's context then.
//!
//! While telemetry is disabled (`OTEL_SDK_DISABLED`), or all its exporters are
//! `none`, and an endpoint or `OTEL_PROPAGATORS` is set, requests run in their
//! caller's context and nothing is recorded.
//!
//! # What is recorded if asked for
//! | what | how |
//! |---|---|
//! | who asks: user, organisation, project | [`context::set`] in a handler, [`TraceLayer::with_context_header`], [`TraceLayer::with_context_parameter`] |
//! | such an entry as a label of metrics | [`TraceLayer::with_context_label`] |
//! | headers | [`TraceLayer::with_request_header`], [`TraceLayer::with_response_header`] |
//! | top-level fields of JSON request bodies | [`TraceLayer::with_request_body_field`] |
//! | `http.server.request.body.size`, `http.server.response.body.size` | [`TraceLayer::with_body_sizes`] |
//! | a line of log for each request that is over, in its trace | [`TraceLayer::with_access_log`], `OTELIER_ACCESS_LOG=true` |
//! | the trace id, for clients | [`trace_id`], [`TraceLayer::with_trace_response`] |
//! | a stream that is none of events | [`TimeToHeaders`] |
//! | whether the service may be sent requests | [`ready`] |
//! | at most so many requests at a time | [`admission`] |
//! | what follows an upgrade, such as a WebSocket | [`upgraded`] |
//! | the names before the conventions were stable | `OTEL_SEMCONV_STABILITY_OPT_IN=http/dup` |
//!
//! A request's context has at most 32 entries of 256 bytes each. It goes with
//! the OpenTelemetry context, so that everything below the request gets it; a
//! task that the handler spawns gets what was set before the handler's last
//! `await`, or anything if the layer takes an entry from headers or path.
//!
//! # What is not
//! Bodies, header values other than those above, and requests for `/health`,
//! `/healthz`, `/ready`, `/readyz`, `/live`, `/livez` and `/metrics`; these
//! still run in their caller's context. [`TraceLayer::with_excluded`] and the
//! variable `OTELIER_HTTP_EXCLUDED_URLS` replace that list,
//! [`TraceLayer::with_excluded_if`] adds to it. [`TraceLayer::with_included`] and
//! `OTELIER_HTTP_INCLUDED_URLS` name the only paths that are recorded.
//!
//! Values of keys that name a secret are recorded as `[REDACTED]`, headers that
//! are marked as sensitive never.
//!
//! # Features
//! - `otel` (default): Records spans and metrics. Without it the layer is no
//!   layer at all.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod admission;
mod config;
pub mod context;
mod future;
mod here;
mod layer;
mod machine;
mod paths;
mod places;
pub mod ready;
#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
mod record;
mod serve;
mod service;
mod stream;
mod upgrade;

pub use self::{
    config::ProxyTrust,
    future::ResponseFuture,
    here::{TimeToHeaders, trace_id},
    layer::{TraceLayer, instrument, instrument_with, layer},
    serve::{Answer, Connected, Connecting, Listening, Watched, serve},
    service::Trace,
    upgrade::{Upgraded, upgraded},
};
