//! The flags.

use clap::{Args, Parser, Subcommand, ValueEnum, builder::RangedU64ValueParser as Mib};
use otelier_collector::Detail;
use std::{path::PathBuf, time::Duration};

/// Receives OpenTelemetry traces, metrics and logs (OTLP over gRPC and HTTP), keeps them in
/// bounded memory, prints each trace as it completes, and serves all of it as JSON.
#[derive(Debug, Parser)]
#[command(name = "otelier-collector", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Address or name to listen on; there is no authentication, so think before you open it
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    pub(crate) host: String,
    /// Port of OTLP over gRPC; 0 for any that is free
    #[arg(long, value_name = "PORT", default_value_t = 4317)]
    pub(crate) grpc_port: u16,
    /// Port of OTLP over HTTP and of the JSON view; 0 for any that is free
    #[arg(long, value_name = "PORT", default_value_t = 4318)]
    pub(crate) http_port: u16,
    /// Let requests name this host, besides addresses and localhost; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,
    /// Let pages of this origin send and ask, such as http://localhost:5173; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<String>,
    /// Open the page in a browser
    #[arg(long)]
    pub(crate) open_browser: bool,
    /// Print the tree of each trace, not just one line
    #[arg(long)]
    pub(crate) tree: bool,
    /// Print the tree with all attributes of each span
    #[arg(long)]
    pub(crate) attributes: bool,
    /// Memory for what was received, in MiB; the oldest goes first
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = Mib::<usize>::new().range(1..=1 << 20))]
    pub(crate) store_mib: usize,
    /// Largest request after decompression, in MiB; twelve times this may be under way at once
    #[arg(long, value_name = "MIB", default_value_t = 16, value_parser = Mib::<usize>::new().range(1..=2048))]
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
    /// Begin a new file when this one has so many MiB
    #[arg(long, value_name = "MIB", default_value_t = 100, value_parser = Mib::<u64>::new().range(1..=1 << 20))]
    pub(crate) save_max_mib: u64,
    /// Older files to keep
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    pub(crate) save_backups: usize,
    /// Read such files, or all files of a folder, into the store at the start; also those of the
    /// OpenTelemetry Collector's file exporter, packed or not
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) open: Vec<PathBuf>,
}

/// What else it can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look for traces: exits with 0 if there are some, 1 if there are none, 2 if the query cannot
    /// be read, 3 if nobody answers, or nothing in the files can be read
    Query(Search),
    /// Compare two runs by the names of their spans: exits with 1 if one has become slower than
    /// it may, 3 if they cannot be read
    Diff(Comparison),
    /// Try whether what a program sends would arrive, with the variables that are set here, and
    /// name those that nothing heeds: exits with 1 if something is wrong
    Doctor(Doctor),
    /// Serve an agent on stdin and stdout by the Model Context Protocol, from a collector that
    /// runs; the same is at /mcp of its HTTP port
    Mcp(Agent),
}

/// Whom an agent is told of.
#[derive(Debug, Args)]
pub(crate) struct Agent {
    /// The collector that is asked
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4318")]
    pub(crate) endpoint: String,
}

/// What is looked at.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Where telemetry is sent to; without it, what OTEL_EXPORTER_OTLP_ENDPOINT says
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// A PEM file of authorities to trust instead of the system's
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// The lock file of a program, in which to look for two versions of OpenTelemetry
    #[arg(long, value_name = "Cargo.lock")]
    pub(crate) lock: Option<PathBuf>,
}

/// What is compared.
#[derive(Debug, Args)]
pub(crate) struct Comparison {
    /// A file, a folder, or the id of a trace
    pub(crate) before: String,
    /// The same, of the later run
    pub(crate) after: String,
    /// The collector that has the traces
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4318")]
    pub(crate) endpoint: String,
    /// Exit with 1 if the median of any path grew by more than this, such as 20%
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) max_slower: Option<f64>,
}

/// Per cent.
fn share(text: &str) -> Result<f64, String> {
    let digits = text.strip_suffix('%').unwrap_or(text);
    let number = digits.parse().ok().filter(|number: &f64| *number >= 0.0);
    number.ok_or_else(|| "a number and %, such as 20%".to_owned())
}

/// What is looked for, and where.
#[derive(Debug, Args)]
pub(crate) struct Search {
    /// Such as 'service:api status:error duration>200ms'
    #[arg(allow_hyphen_values = true)]
    pub(crate) query: String,
    /// The collector that is asked
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4318")]
    pub(crate) endpoint: String,
    /// Ask these files instead
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with = "endpoint")]
    pub(crate) open: Vec<PathBuf>,
    /// How traces are written
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: Format,
    /// Wait so long for a trace, such as 10s or 500ms
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = time)]
    pub(crate) wait: Duration,
    /// No more traces than this
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) limit: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Tree,
    Table,
    Json,
}

fn time(text: &str) -> Result<Duration, String> {
    let (digits, millis) = match text.strip_suffix("ms") {
        Some(digits) => (digits, 1),
        None => (text.strip_suffix('s').unwrap_or(text), 1000),
    };
    let number = digits.parse::<u32>();
    let number = number.map_err(|_| "a number and s or ms, such as 10s".to_owned())?;
    Ok(Duration::from_millis(u64::from(number) * millis))
}

impl Cli {
    /// How much of a trace is drawn; nothing for one line.
    pub(crate) fn detail(&self) -> Option<Detail> {
        match (self.attributes, self.tree) {
            (true, _) => Some(Detail::Attributes),
            (false, true) => Some(Detail::Lines),
            (false, false) => None,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  otelier-collector --tree                          draw each trace when it is complete
  otelier-collector --save run.jsonl                keep everything in files
  otelier-collector --open run.jsonl                look at it again
  otelier-collector query 'status:error duration>200ms' --wait 10s
                                                    ask the one that runs
  otelier-collector --forward http://host:4318      pass everything on
  otelier-collector --allow-origin http://localhost:5173
                                                    take telemetry from a page

  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317 my-service
  curl 'http://127.0.0.1:4318/api/traces?q=checkout&limit=10'";
