//! OTLP encoder and transports over gRPC and HTTP for the exporters of otelier.
//!
//! An [`Encoder`] turns the SDK's spans, log records and metrics into requests, in
//! protobuf or JSON, an [`Outbox`] keeps them until they are sent, and a
//! [`Transport`] sends them.
//!
//! A [`Transport`] takes encoded requests of one [`Signal`] and delivers them
//! to one endpoint, in any [`Protocol`]. Names, TCP, proxies, TLS, connections
//! and retries are the same for all of them, and are decided by [`Settings`]
//! alone: neither cargo features of other crates nor the environment change
//! them, but for `SSL_CERT_FILE` and `SSL_CERT_DIR`, which say where the
//! system's roots are.
//!
//! ```no_run
//! # async fn example(runtime: tokio::runtime::Handle, request: bytes::Bytes) -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//!
//! use otelier_otlp::{Compression, Protocol, Settings, Signal, Tls, Transport};
//!
//! let transport = Transport::new(
//!     Settings {
//!         signal: Signal::Traces,
//!         endpoint: "http://localhost:4317".parse()?,
//!         socket: None,
//!         protocol: Protocol::Grpc,
//!         otherwise: None,
//!         headers: Vec::new(),
//!         timeout: Duration::from_secs(10),
//!         compression: Compression::Gzip,
//!         tls: Tls::default(),
//!         proxy: None,
//!     },
//!     runtime,
//! )?;
//! let delivered = transport.send(request).await?;
//! assert_eq!(delivered.rejected, 0);
//! # Ok(())
//! # }
//! ```
//!
//! From spans to the receiver, which may be away for a while:
//!
//! ```no_run
//! # fn example(
//! #     transport: otelier_otlp::Transport,
//! #     books: impl otelier_otlp::Books,
//! #     policy: impl otelier_otlp::Policy,
//! #     batch: Vec<opentelemetry_sdk::trace::SpanData>,
//! # ) {
//! use std::num::NonZeroUsize;
//!
//! use otelier_otlp::{Encoder, Outbox};
//!
//! let outbox = Outbox::open(transport, 16 * 1024 * 1024, NonZeroUsize::MIN, books);
//! let mut packer = outbox.packer();
//! let mut encoder = Encoder::new(policy);
//! encoder.spans(&batch, |request| {
//!     let items = request.items();
//!     if let Ok(parcel) = packer.pack(request) {
//!         outbox.post(parcel, items);
//!     }
//! });
//! # }
//! ```
//!
//! # What is tried again
//! Failures of the network, HTTP 429, 502, 503 and 504, and gRPC `CANCELLED`,
//! `DEADLINE_EXCEEDED`, `ABORTED`, `OUT_OF_RANGE`, `UNAVAILABLE`, `DATA_LOSS`;
//! `RESOURCE_EXHAUSTED` only if the server says when. `Retry-After` and
//! `RetryInfo` are waited for, else a random time below a bound that doubles
//! from 100 ms to 5 s. A certificate or a protocol that is wrong is told
//! at once. What an [`Outbox`] holds is tried again after that, until the
//! receiver takes it or there is no more room for it.
//!
//! # Features
//! - `otlp-grpc` (default): speaks gRPC, and HTTP/2 for it.
//! - `tls` (default): speaks TLS, with receivers and with proxies.
//! - `zstd`: compresses by zstd, where that is asked for.
//!
//! [`Settings`] that ask for one that is not enabled are an [`Error`].
//!
//! # What is never shown
//! Values of headers and passwords of proxies: not in `Debug`, not in errors,
//! not where a server repeats them.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod cause;
mod classify;
mod client;
mod code;
mod compress;
mod connector;
mod delivery;
mod divide;
mod encode;
mod error;
mod feature;
mod frames;
mod grpc;
mod http;
#[cfg_attr(not(feature = "otlp-grpc"), path = "no_http2.rs")]
mod http2;
mod outbox;
mod packer;
mod parcel;
mod request;
mod resolve;
mod retry;
mod settings;
mod socket;
mod stream;
#[cfg_attr(not(feature = "tls"), path = "no_tls.rs")]
mod tls;
mod transport;
mod tunnel;
mod wire;

pub use self::{
    cause::{Asked, Cause},
    code::Code,
    delivery::{Delivered, Failure},
    encode::{Encoder, Exemplar, Exemplars, MAX_REQUEST, Policy, Request, Tally},
    error::Error,
    feature::Feature,
    outbox::{Books, Outbox},
    packer::Packer,
    parcel::Parcel,
    settings::{Compression, Protocol, Proxy, Settings, Signal, Tls},
    transport::Transport,
};
