//! What must hold of whatever the network, the environment or a queue sends.
//!
//! Each function takes any bytes and panics where something does not hold. The
//! fuzz targets beside this package call one each; its test replays the bytes
//! that they found worth keeping.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check fails by panicking"
)]

mod encoder;
mod entropy;
mod environment;
mod headers;
mod jobs;
mod models;
mod otlp;
mod sql;
mod text;

pub use self::{
    encoder::encoder,
    environment::environment,
    headers::{baggage, proxy_headers, trace_headers},
    jobs::{carriers, job_context},
    models::model_answers,
    otlp::{otlp_grpc, otlp_http, otlp_json, search},
    sql::{sql_literals, sql_soup},
    text::{free_text, query},
};

/// A check of any bytes.
pub type Check = fn(&[u8]);

/// The checks by their names.
pub const TARGETS: [(&str, Check); 16] = [
    ("baggage", baggage),
    ("carriers", carriers),
    ("encoder", encoder),
    ("environment", environment),
    ("free_text", free_text),
    ("job_context", job_context),
    ("model_answers", model_answers),
    ("otlp_grpc", otlp_grpc),
    ("otlp_http", otlp_http),
    ("otlp_json", otlp_json),
    ("proxy_headers", proxy_headers),
    ("query", query),
    ("search", search),
    ("sql_literals", sql_literals),
    ("sql_soup", sql_soup),
    ("trace_headers", trace_headers),
];

/// Stands for a secret. Nothing that is put around it may hold a part of it.
const SECRET: &str = "s3cr3t-v4lue";
