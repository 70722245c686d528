//! The flags.

use clap::Parser;
use std::{net::IpAddr, path::PathBuf};

/// Receives OpenTelemetry traces, metrics and logs (OTLP over gRPC and HTTP), keeps them in
/// bounded memory, prints each trace as it completes, and serves all of it as JSON.
#[derive(Debug, Parser)]
#[command(name = "otelier-collector", version)]
pub(crate) struct Cli {
    /// Address to listen on; there is no authentication, so think before you open it
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,
    /// Port of OTLP over gRPC; 0 for any that is free
    #[arg(long, default_value_t = 4317)]
    pub(crate) grpc_port: u16,
    /// Port of OTLP over HTTP and of the JSON view; 0 for any that is free
    #[arg(long, default_value_t = 4318)]
    pub(crate) http_port: u16,
    /// Print the tree of each trace, not just one line
    #[arg(long)]
    pub(crate) tree: bool,
    /// Memory for what was received, in MiB; the oldest goes first
    #[arg(long, value_name = "MIB", default_value_t = 64)]
    pub(crate) store_mib: usize,
    /// Largest request after decompression, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 16)]
    pub(crate) max_request_mib: usize,
    /// A trace is complete when nothing of it came for so many milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1500)]
    pub(crate) quiet_ms: u64,
    /// Pass every accepted request on to this OTLP endpoint (http://host:port, protobuf)
    #[arg(long, value_name = "URL")]
    pub(crate) forward: Option<String>,
    /// Append every accepted request to this file, as lines of OTLP JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Option<PathBuf>,
    /// Read such a file into the store at the start
    #[arg(long, value_name = "FILE")]
    pub(crate) open: Option<PathBuf>,
}
