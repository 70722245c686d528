//! OpenTelemetry for Rust web services, switched on by one variable.
//!
//! A service names the features it wants and wraps its router. Nothing else in
//! it changes, and nothing happens until `OTEL_EXPORTER_OTLP_ENDPOINT` is set:
//!
//! ```toml
//! [features]
//! otel = ["otelier/otel"]
//! [dependencies]
#![doc = concat!("otelier = { version = \"", env!("CARGO_PKG_VERSION"), "\", features = [\"axum\", \"console\", \"logs\"] }")]
//! ```
//! ```no_run
//! # #[cfg(feature = "axum")]
//! #[tokio::main]
//! async fn main() -> std::io::Result<()> {
//!     let telemetry = otelier::init!();
//!     let app = axum::Router::new().route("/", axum::routing::get(|| async { "hello" }));
//!     let app = otelier::axum::instrument(app);
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//!     axum::serve(listener, app)
//!         .with_graceful_shutdown(otelier::shutdown_signal())
//!         .await?;
//!     let _ = telemetry.shutdown().await;
//!     Ok(())
//! }
//! # #[cfg(not(feature = "axum"))]
//! # fn main() {}
//! ```
//!
//! `init!` comes first; `instrument` comes last, after all routes.
//! To look at the result: `cargo install otelier-collector && otelier-collector --tree`.
//!
//! Read on: [getting started], [configuration], [signals], [backends],
//! [migration], [security], [troubleshooting].
//!
//! [getting started]: https://github.com/otelier/otelier/blob/main/docs/getting-started.md
//! [configuration]: https://github.com/otelier/otelier/blob/main/docs/configuration.md
//! [signals]: https://github.com/otelier/otelier/blob/main/docs/signals.md
//! [backends]: https://github.com/otelier/otelier/blob/main/docs/backends.md
//! [migration]: https://github.com/otelier/otelier/blob/main/docs/migration.md
//! [security]: https://github.com/otelier/otelier/blob/main/docs/security.md
//! [troubleshooting]: https://github.com/otelier/otelier/blob/main/docs/troubleshooting.md
//!
//! # Versions
//! axum 0.8, reqwest 0.13, tonic 0.14, sqlx 0.9, redis 1, tokio 1, OpenTelemetry 0.33, Rust 1.94.
//!
//! # Three states
//! | state | when | what happens |
//! |---|---|---|
//! | compiled out | feature `otel` is off | no OpenTelemetry crate in the tree; if the variable is set all the same, one warning says so |
//! | off | no endpoint is set | no provider, no thread, no socket, no allocation per request |
//! | on | an endpoint is set | traces, metrics and logs are exported; one line at start says what goes where |
//!
//! # A program with a subscriber of its own
//! [`init!`] installs a `tracing` subscriber where none is set. A program that
//! builds its own says [`Setup::without_subscriber`] and adds
//! `Telemetry::layer` (feature `layer`) to it.
//!
//! # Features
//! - `otel`: records and exports. Without it every call compiles to nothing.
//! - `otel-http`, the least of `otel`: exports over HTTP alone, without TLS. `otlp-grpc`
//!   adds gRPC to it and `tls` TLS, and both are what `otel` is.
//! - `zstd`: compresses by zstd, where that is asked for.
//! - `stock`: has opentelemetry-otlp encode where `OTELIER_EXPORTER=stock` asks for
//!   it: for comparison, and as a way out. It brings prost into the tree.
//! - `axum`: a layer for axum servers.
//! - `reqwest`: a middleware and a layer for reqwest clients.
//! - `http-client`: a layer, a guard and a function for any other HTTP client.
//! - `grpc`: layers for servers and clients of gRPC with tonic.
//! - `sqlx`: a traced pool, connection and transaction for sqlx, with `postgres`,
//!   `mysql`, `sqlite` and `migrate`.
//! - `sql-log`: spans of the statements that sqlx 0.7, 0.8 and 0.9 log, whoever owns
//!   the pool: of session stores, queues, migrations, sea-orm.
//! - `redis`: traced connections of redis-rs 1.x, with `deadpool` and `bb8` for pools.
//! - `genai`: guards for calls to language models, their tokens, first chunks, tools and
//!   costs; with `reqwest` or `http-client` a middleware and layers that read them as they
//!   pass by, with `mcp` the Model Context Protocol over rmcp 3.x.
//! - `macros`: `#[otelier::trace]`, a span for each call of a function, with the parameters
//!   that are named, its error, and its end if it is dropped.
//! - `metrics`: records what libraries count with the `metrics` facade.
//! - `prometheus`: metrics for Prometheus to scrape, also where nothing is exported;
//!   with `axum` a route.
//! - `jobs`: one span per background job; `apalis` for its workers.
//! - `anyhow`: the names of what is in an `anyhow::Error` that a job, a traced function
//!   or a call of a model ends with, and a job's stack, where one was captured.
//! - `nats`: headers of NATS for `jobs`, which sends messages and makes jobs of those that
//!   come.
//! - `runtime`: metrics of tokio's runtime and of the process, and a watchdog for
//!   the runtime.
//! - `logs`: ships events of `tracing` and records of `log` as OpenTelemetry logs.
//! - `console`: prints events on the console, with trace ids where there are any.
//!   `RUST_LOG` says which, `OTELIER_CONSOLE` (`text`, `json`, `off`) how.
//! - `env-filter`: directives of spans and fields in `RUST_LOG`, as
//!   `[request{id=7}]=debug`; it brings regular expressions into the tree.
//! - `file`: prints to a file, too, that is rotated by size and age;
//!   `OTELIER_LOG_FILE` says which.
//! - `layer`: `Telemetry::layer`, for programs that build their own subscriber, and
//!   `Setup::with_layer`, for those that add to ours.
//!
//! Where a variable asks for `otlp-grpc`, `tls`, `zstd`, `stock` or `env-filter` and the
//! feature is not enabled, one line says so, by the variable and the feature.
//!
//! # One example for each
//! `reqwest`, and `sqlx` with `sqlite`: what is wrapped once is used as before.
//! ```no_run
//! # #[cfg(all(feature = "reqwest", feature = "sqlite"))]
//! # async fn wrap(url: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let http = otelier::reqwest::client(reqwest::Client::new());
//! let db = otelier::sqlx::SqlitePool::connect(url).await?;
//! # drop((http, db));
//! # Ok(())
//! # }
//! ```
//! `http-client`: any other client, here one that is a tower service.
//! ```
//! # #[cfg(feature = "http-client")]
//! # fn wrap<C>(client: C) {
//! use tower::Layer as _;
//!
//! let client = otelier::http_client::TraceLayer::new().layer(client);
//! # drop(client);
//! # }
//! ```
//! `grpc`: a layer on the server, and one around a client's channel.
//! ```
//! # #[cfg(feature = "grpc")]
//! # fn wrap<C, R>(channel: C, routes: R) {
//! use tower::Layer as _;
//!
//! let channel = otelier::grpc::client_layer().layer(channel);
//! // With tonic's own server: `Server::builder().layer(..)`.
//! let routes = otelier::grpc::server_layer().layer(routes);
//! # drop((channel, routes));
//! # }
//! ```
//! `sql-log` needs no line; one says which database it is, which sqlx does not log.
//! ```no_run
//! # #[cfg(feature = "sql-log")]
//! # fn start() {
//! let config = otelier::sql_log::Config::new().with_system("postgresql");
//! let telemetry = otelier::setup!().with_sql_log(config).init();
//! # drop(telemetry);
//! # }
//! ```
//! `redis`: a connection is wrapped once, a pool with `deadpool` or `bb8`.
//! ```no_run
//! # #[cfg(feature = "redis")]
//! # fn wrap<C>(connection: C) {
//! let redis = otelier::redis::wrap(connection);
//! # drop(redis);
//! # }
//! ```
//! `jobs`: the context travels in a column, and the job is a span.
//! ```
//! # #[cfg(feature = "jobs")]
//! # async fn both() -> std::io::Result<()> {
//! use otelier::jobs::{Context, Job};
//!
//! let column: String = Context::current().to_string();
//! let context: Context = column.as_str().into();
//! Job::new("embed").with_context(&context).run(async { Ok(()) }).await
//! # }
//! ```
//! `genai`, with `reqwest`: whatever calls a model through this client is a span with its
//! tokens.
//! ```
//! # #[cfg(all(feature = "genai", feature = "reqwest"))]
//! # fn wrap() {
//! use reqwest_middleware::ClientBuilder;
//!
//! let client = ClientBuilder::new(reqwest::Client::new())
//!     .with(otelier::genai::GenAiMiddleware::new())
//!     .with(otelier::reqwest::TraceMiddleware::new())
//!     .build();
//! # drop(client);
//! # }
//! ```
//! `prometheus`, with `axum`: where Prometheus asks, once
//! `OTEL_METRICS_EXPORTER=prometheus` or `Setup::with_prometheus` says so.
//! ```
//! # #[cfg(all(feature = "axum", feature = "prometheus"))]
//! # fn mount() {
//! let internal: axum::Router = axum::Router::new().route("/metrics", otelier::prometheus::route());
//! # drop(internal);
//! # }
//! ```
//! `macros`: a function whose calls are spans.
//! ```
//! # #[cfg(feature = "macros")]
//! # mod orders {
//! #[otelier::trace(record(id))]
//! async fn ship(id: u64, label: &str) -> std::io::Result<usize> {
//!     Ok(label.len())
//! }
//! # pub async fn all() { let _ = ship(7, "Riga").await; }
//! # }
//! ```
//! `runtime`: a runtime beside the one that `init!` is called in.
//! ```
//! # #[cfg(feature = "runtime")]
//! # fn main() -> std::io::Result<()> {
//! let crunchers = tokio::runtime::Builder::new_multi_thread().build()?;
//! let watch = otelier::runtime::watch("crunchers", crunchers.handle());
//! # drop(watch);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "runtime"))]
//! # fn main() {}
//! ```
//! `layer`: into a subscriber of the program's own.
//! ```no_run
//! # #[cfg(feature = "layer")]
//! # fn main() {
//! use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};
//!
//! let telemetry = otelier::setup!().without_subscriber().init();
//! tracing_subscriber::registry()
//!     .with(telemetry.layer())
//!     .with(tracing_subscriber::fmt::layer())
//!     .init();
//! # }
//! # #[cfg(not(feature = "layer"))]
//! # fn main() {}
//! ```
//! `metrics`, `logs`, `console` and `file` need no line: `OTELIER_CONSOLE=json` prints JSON,
//! `OTELIER_LOG_FILE=/var/log/shop.log` writes it to a file.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "console")]
mod console;
#[cfg(feature = "layer")]
mod layer;
#[cfg_attr(feature = "otel-http", path = "layers/on.rs")]
#[cfg_attr(not(feature = "otel-http"), path = "layers/off.rs")]
#[cfg(any(feature = "console", feature = "layer", feature = "otel-http"))]
mod layers;
#[cfg_attr(
    any(feature = "console", all(feature = "logs", feature = "otel-http")),
    path = "lines/some.rs"
)]
#[cfg_attr(
    not(any(feature = "console", all(feature = "logs", feature = "otel-http"))),
    path = "lines/none.rs"
)]
mod lines;
#[cfg_attr(feature = "otel-http", path = "log_filter/on.rs")]
#[cfg_attr(not(feature = "otel-http"), path = "log_filter/off.rs")]
#[cfg(feature = "logs")]
mod log_filter;
#[cfg(feature = "layer")]
mod own_layers;
#[cfg(feature = "otel-http")]
pub mod sdk;
mod setup;
mod start;
#[cfg_attr(
    any(feature = "console", feature = "layer", feature = "otel-http"),
    path = "subscriber/some.rs"
)]
#[cfg_attr(
    not(any(feature = "console", feature = "layer", feature = "otel-http")),
    path = "subscriber/none.rs"
)]
mod subscriber;
mod telemetry;

#[cfg(feature = "otel-http")]
pub use opentelemetry as otel;
#[cfg(feature = "axum")]
pub use otelier_axum::{self as axum, context};
#[cfg(feature = "macros")]
pub use otelier_functions::{self as functions, trace};
#[cfg(feature = "genai")]
pub use otelier_genai as genai;
#[cfg(feature = "http-client")]
pub use otelier_http::{self as http_client, inject};
#[cfg(feature = "jobs")]
pub use otelier_jobs as jobs;
#[cfg(any(feature = "console", feature = "logs"))]
pub use otelier_logs::BadDirectives;
#[cfg(feature = "file")]
pub use otelier_logs::LogFile;
#[cfg(feature = "logs")]
pub use otelier_logs::name_error;
#[cfg(feature = "console")]
pub use otelier_logs::{Color, Datadog, Format};
#[cfg(feature = "metrics")]
pub use otelier_metrics as metrics;
#[cfg(feature = "prometheus")]
pub use otelier_prometheus as prometheus;
#[cfg(feature = "redis")]
pub use otelier_redis as redis;
#[cfg(feature = "reqwest")]
pub use otelier_reqwest as reqwest;
#[cfg(feature = "runtime")]
pub use otelier_runtime as runtime;
pub use otelier_sdk::{Off, Report, SignalStatus, State, Status, drain, shutdown_signal};
#[cfg(feature = "sql-log")]
pub use otelier_sql as sql_log;
#[cfg(feature = "sqlx")]
pub use otelier_sqlx as sqlx;
#[cfg(feature = "grpc")]
pub use otelier_tonic as grpc;

#[cfg(feature = "console")]
pub use self::console::ConsoleFilter;
#[cfg(feature = "logs")]
pub use self::log_filter::LogFilter;
pub use self::setup::Setup;
pub use self::telemetry::Telemetry;

/// The code blocks of the documentation, compiled with the tests.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../../README.md")]
    struct Readme;
    #[doc = include_str!("../../../docs/getting-started.md")]
    struct GettingStarted;
    #[doc = include_str!("../../../docs/clients.md")]
    #[cfg(feature = "http-client")]
    struct Clients;
    #[doc = include_str!("../../../docs/grpc.md")]
    #[cfg(feature = "grpc")]
    struct Grpc;
    #[doc = include_str!("../../../docs/queues.md")]
    struct Queues;
    #[doc = include_str!("../../../docs/genai.md")]
    struct LanguageModels;
    #[doc = include_str!("../../../docs/configuration.md")]
    struct Configuration;
    #[doc = include_str!("../../../docs/migration.md")]
    struct Migration;
    #[doc = include_str!("../../../docs/prometheus.md")]
    struct Prometheus;
    #[doc = include_str!("../../../docs/readiness.md")]
    struct Readiness;
    #[doc = include_str!("../../../docs/security.md")]
    struct Security;
    #[doc = include_str!("../../../docs/sql.md")]
    #[cfg(all(feature = "layer", feature = "sql-log"))]
    struct Sql;
}
