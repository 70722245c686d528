//! Spans and metrics of calls to language models, by the GenAI conventions.
//!
//! What passes by as HTTP is read without touching the client: a middleware for
//! reqwest (feature `reqwest`) and a layer for tower services (feature `http`).
//!
//! ```
//! # #[cfg(feature = "reqwest")]
//! # fn wrap() {
//! use otelier_genai::GenAiMiddleware;
//! use reqwest_middleware::ClientBuilder;
//!
//! let client = ClientBuilder::new(reqwest::Client::new())
//!     .with(GenAiMiddleware::new())
//!     .build();
//! # drop(client);
//! # }
//! ```
//!
//! Any other client gets a guard, [`Inference`], [`Embeddings`] or [`Retrieval`], and so
//! do tools and agents, [`Tool`] and [`Agent`]:
//!
//! ```
//! use otelier_genai::{Inference, Provider, Usage};
//!
//! # async fn example() -> std::io::Result<String> {
//! Inference::new(Provider::AWS_BEDROCK, "chat", "claude-5")
//!     .run(async |call| {
//!         // .. the client's own call ..
//!         call.usage(Usage::new().with_input_tokens(812).with_output_tokens(96));
//!         Ok("twelve".to_owned())
//!     })
//!     .await
//! # }
//! ```
//!
//! # What is recorded
//! A span over all attempts of a call, to the end of its answer, and its duration,
//! tokens by modality, first chunk and time between chunks; `docs/signals.md` lists the
//! names. What was asked and answered is recorded only if
//! `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` or [`ContentCapture`] asks for it:
//! without secrets, cut, as an event or in attributes.
//!
//! | ending | status | `error.type` |
//! |---|---|---|
//! | complete | unset | |
//! | a refusal, 4xx or 5xx | error | the code: `429` |
//! | an error, before the answer or in it | error | `timeout`, or the error's type; of a box the type of what is inside where it is known, else `_OTHER` |
//! | an error that the provider tells in its answer | error | its word: `overloaded_error` |
//! | the caller gives up: future, stream or body is dropped | unset | |
//! | a panic | error | `panic` |
//!
//! # Features
//! - `otel` (default): Records spans and metrics. Without it calls, streams and bodies
//!   pass through.
//! - `anyhow`: The names of what is in an `anyhow::Error`.
//! - `http`: Reads requests and answers of tower services over HTTP as they pass by.
//! - `reqwest`: The same for clients of reqwest, as a middleware and as a layer.
//! - `rmcp`: Spans of the Model Context Protocol for rmcp, on both sides.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod call;
mod conversation;
#[cfg_attr(
    not(feature = "otel"),
    expect(dead_code, reason = "only what records reads it")
)]
mod describe;
#[cfg(feature = "rmcp")]
pub mod mcp;
mod message;
#[cfg(feature = "reqwest")]
mod middleware;
mod names;
mod operation;
#[cfg(feature = "http")]
mod passing;
mod price;
mod price_list;
mod provider;
#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
mod record;
mod stream;
mod usage;

#[cfg(feature = "reqwest")]
pub use self::middleware::{GenAiMiddleware, Peeking, PeekingLayer, ReqwestFuture};
#[cfg(feature = "http")]
pub use self::passing::{Config, GenAi, GenAiLayer, ReadBody, ResponseFuture};
pub use self::{
    call::Call,
    conversation::conversation,
    message::Message,
    operation::{Agent, Embeddings, Inference, Retrieval, Tool},
    price::{BadPrices, Prices},
    provider::Provider,
    stream::CallStream,
    usage::{Modality, Usage},
};
pub use otelier_core::ContentCapture;
