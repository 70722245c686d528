//! What a span, a log record and a collection of metrics cost between the queue,
//! or the reader, and the socket.
//!
//! `bench-export` prints the tables, `bench-export only NAME..` some rows. Each
//! figure is a difference of two runs, of all threads but the one that records;
//! a process of its own is the receiver, which only answers OK. Of some rounds
//! the least counts: threads that wait for a busy machine wake up more often.
//! Bytes are what the receiver read from its sockets, heads and frames of HTTP
//! among them.
//! `bench-export flood` prints what is dropped at a steady rate.

mod flood;
mod sink;
mod work;

use std::{
    collections::BTreeMap,
    env, io,
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
};

use bench_check::{Receiver, program};

/// Batches of the two runs.
const FEW: u64 = 8;
const MANY: u64 = 16;
const ROUNDS: usize = 3;
/// Records in a batch.
pub(crate) const BATCH: u64 = 512;

/// Ours and stock's, and what it costs to throw away what the queue holds.
const KINDS: [&str; 25] = [
    "spans null",
    "spans stock http",
    "spans own http",
    "spans stock grpc",
    "spans own grpc",
    "spans stock http gzip",
    "spans own http gzip",
    "spans stock grpc gzip",
    "spans own grpc gzip",
    "spans own grpc zstd",
    "spans own json",
    "logs null",
    "logs stock http",
    "logs own http",
    "logs stock grpc",
    "logs own grpc",
    "logs stock http gzip",
    "logs own http gzip",
    "logs stock grpc gzip",
    "logs own grpc gzip",
    "logs own grpc zstd",
    "metrics null",
    "metrics own http",
    "metrics own grpc",
    "metrics own json",
];

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => table(&KINDS),
        ["only", ref kinds @ ..] => table(kinds),
        ["flood"] => flood::table(),
        ["pour", kind] => flood::pour(kind),
        ["sink"] => sink::run(),
        ["work", kind, batches] => work::run(kind, batches.parse().expect("a number")),
        _ => panic!("unknown: {words:?}"),
    }
}

fn table(kinds: &[&str]) {
    println!("| records, exporter | instructions | added | allocations | bytes |");
    println!("|---|---:|---:|---:|---:|");
    let mut nulls = BTreeMap::new();
    for kind in kinds {
        let cost = Cost::of(kind);
        let null = match kind.split(' ').next() {
            Some("spans") => "spans null",
            Some("logs") => "logs null",
            _ => "metrics null",
        };
        let null = *nulls.entry(null).or_insert_with(|| Cost::of(null));
        let added = cost.instructions as i64 - null.instructions as i64;
        bench_check::record(kind, added, cost.allocations - null.allocations);
        println!(
            "| {kind} | {} | {added:+} | {:.2} | {:.0} |",
            cost.instructions, cost.allocations, cost.bytes
        );
    }
}

/// What one record costs.
#[derive(Clone, Copy)]
struct Cost {
    instructions: u64,
    allocations: f64,
    bytes: f64,
}

impl Cost {
    fn of(kind: &str) -> Self {
        // Of metrics, each batch is one collection.
        let size = if kind.starts_with("metrics") {
            1
        } else {
            BATCH
        };
        let records = (MANY - FEW) * size;
        let sink = Sink::start();
        let [few, many] = [FEW, MANY].map(|batches| {
            let rounds = (0..ROUNDS).map(|_| sink.instructions(kind, batches));
            rounds.min().expect("a round")
        });
        let [less, more] = [FEW, MANY].map(|batches| {
            let before = sink.received();
            let allocations = sink.allocations(kind, batches);
            (allocations, sink.received() - before)
        });
        let each = |less: u64, more: u64| (more - less) as f64 / records as f64;
        Self {
            instructions: (many - few) / records,
            allocations: each(less.0, more.0),
            bytes: each(less.1, more.1),
        }
    }
}

struct Sink {
    _receiver: Receiver,
    http: String,
    grpc: String,
    /// Tells how many bytes came in.
    bytes: String,
}

impl Sink {
    fn start() -> Self {
        let receiver = Receiver::start();
        let addresses: Vec<_> = receiver
            .addresses
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let [http, grpc, bytes] = addresses.try_into().expect("three addresses");
        Self {
            _receiver: receiver,
            http,
            grpc,
            bytes,
        }
    }

    fn received(&self) -> u64 {
        let stream = TcpStream::connect(&self.bytes).expect("a sink");
        let text = io::read_to_string(stream).expect("a number");
        text.parse().expect("a number")
    }

    fn work(&self, command: &mut Command, kind: &str, batches: u64) -> String {
        let grpc = kind.contains("grpc");
        let compression = ["gzip", "zstd"]
            .into_iter()
            .find(|name| kind.contains(name));
        let output = command
            .args(["work", kind, &batches.to_string()])
            .env(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                if grpc { &self.grpc } else { &self.http },
            )
            .env(
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                match () {
                    () if grpc => "grpc",
                    () if kind.contains("json") => "http/json",
                    () => "http/protobuf",
                },
            )
            .env(
                "OTEL_EXPORTER_OTLP_COMPRESSION",
                compression.unwrap_or("none"),
            )
            .env(
                "OTEL_METRICS_EXPORTER",
                if kind.starts_with("metrics") {
                    "otlp"
                } else {
                    "none"
                },
            )
            .env("OTEL_METRIC_EXPORT_INTERVAL", "600000")
            .env("OTEL_METRIC_EXPORT_TIMEOUT", "60000")
            .env("OTEL_EXPORTER_OTLP_TIMEOUT", "60000")
            .env("OTEL_BSP_EXPORT_TIMEOUT", "60000")
            .env("OTEL_BLRP_EXPORT_TIMEOUT", "60000")
            .env("OTEL_BSP_SCHEDULE_DELAY", "600000")
            .env("OTEL_BLRP_SCHEDULE_DELAY", "600000")
            .output()
            .expect("to run");
        assert!(output.status.success(), "{kind}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    fn allocations(&self, kind: &str, batches: u64) -> u64 {
        let text = self.work(&mut Command::new(program()), kind, batches);
        text.trim().parse().expect("a number")
    }

    fn instructions(&self, kind: &str, batches: u64) -> u64 {
        let out = env::temp_dir().join(format!("bench-export.{}", std::process::id()));
        let mut command = Command::new("valgrind");
        command
            .args(["--tool=callgrind", "--separate-threads=yes"])
            .arg(format!("--callgrind-out-file={}", out.display()))
            .arg(program());
        self.work(&mut command, kind, batches);
        let threads = threads(&out);
        let keep = env::var_os("BENCH_KEEP").is_some();
        let workers = threads.iter().filter(|(number, _, _)| *number > 1);
        let sum = workers.map(|(_, instructions, _)| instructions).sum();
        for (_, _, path) in threads.iter().filter(|_| !keep) {
            std::fs::remove_file(path).expect("to remove");
        }
        sum
    }
}

/// Number, instructions and file of each thread.
fn threads(out: &Path) -> Vec<(u32, u64, PathBuf)> {
    let directory = out.parent().expect("a directory");
    let prefix = format!("{}-", out.file_name().expect("a name").to_string_lossy());
    let entries = std::fs::read_dir(directory).expect("to read");
    entries
        .filter_map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name()?.to_string_lossy().into_owned();
            let number = name.strip_prefix(&prefix)?.parse().ok()?;
            let text = std::fs::read_to_string(&path).expect("to read");
            let total = text
                .lines()
                .rev()
                .find_map(|line| line.strip_prefix("totals: "));
            Some((number, total?.trim().parse().expect("a number"), path))
        })
        .collect()
}
