//! Load and faults: real processes over loopback sockets, and what became of
//! every request that was sent to them.
//!
//! `soak` measures what telemetry costs a service under load, `faults` what a
//! service notices of receivers that misbehave. Both start this program again in
//! its other roles: the service and the worker of examples/, and receivers.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a measurement owns its runtime, and may fail"
)]

mod faults;
mod generator;
mod ids;
mod process;
mod receiver;
mod service;
mod soak;

use std::{io::Write as _, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};

#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Measures throughput and latency with telemetry on and off, in turns.
    Soak(soak::Options),
    /// Runs a service against every fault, and a twin without it beside it.
    Faults(faults::Options),
    /// The service of examples/api, or one that ends differently.
    #[command(hide = true)]
    Service { end: service::End },
    /// The worker of examples/worker.
    #[command(hide = true)]
    Worker,
    /// A collector that takes the books of a soak.
    #[command(hide = true)]
    Receiver { run: u64 },
    /// Passes connections on, until it is killed.
    #[command(hide = true)]
    Relay { port: u16, to: SocketAddr },
}

fn main() -> anyhow::Result<ExitCode> {
    let done = match Arguments::parse().what {
        // One thread: the rest of the machine is for those that are measured.
        What::Soak(options) => return current_thread()?.block_on(soak::run(options)),
        What::Faults(options) => return multi_thread()?.block_on(faults::run(options)),
        What::Service { end } => service::run(end),
        What::Worker => multi_thread()?.block_on(worker::run()),
        What::Receiver { run } => multi_thread()?.block_on(receiver::run(run)),
        What::Relay { port, to } => current_thread()?.block_on(faults::relay(port, to)),
    };
    done.map(|()| ExitCode::SUCCESS)
}

fn current_thread() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

fn multi_thread() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build()
}

/// A line to whoever watches.
fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}

/// Prints a report, and writes it where it is asked for.
fn publish(report: &str, file: Option<&PathBuf>) -> anyhow::Result<()> {
    say(report)?;
    if let Some(file) = file {
        std::fs::write(file, report)?;
    }
    Ok(())
}
