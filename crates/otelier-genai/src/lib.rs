//! Spans and metrics of calls to language models, by the GenAI conventions.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod call;
#[cfg_attr(
    not(feature = "otel"),
    expect(dead_code, reason = "only what records reads it")
)]
mod describe;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "rmcp")]
pub mod mcp;
mod names;
mod operation;
mod price;
mod provider;
#[cfg_attr(feature = "otel", path = "record/mod.rs")]
#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
mod record;
#[cfg(feature = "reqwest")]
mod reqwest;
mod stream;
mod usage;

#[cfg(feature = "http")]
pub use self::http::{Config, GenAi, GenAiLayer, ReadBody, ResponseFuture};
#[cfg(feature = "reqwest")]
pub use self::reqwest::{GenAiMiddleware, Peeking, PeekingLayer, ReqwestFuture};
pub use self::{
    call::Call,
    operation::{Agent, Embeddings, Inference, Retrieval, Tool},
    price::{BadPrices, Prices},
    provider::Provider,
    stream::CallStream,
    usage::{Modality, Usage},
};
