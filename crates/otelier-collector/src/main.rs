//! The binary: flags, a collector, and traces on the terminal until Ctrl-C.

mod cli;
mod terminal;

use self::{cli::Cli, terminal::say};
use clap::Parser as _;
use otelier_collector::{Collector, Error, Running, Transport};
use std::{error::Error as _, process::ExitCode, time::Duration};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            say(&format!("cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(run(cli))
}

async fn run(cli: Cli) -> ExitCode {
    let mut printer = terminal::Printer::new(cli.tree);
    let collector = match start(cli).await {
        Ok(collector) => collector,
        Err(error) => {
            say(&explain(&error));
            return ExitCode::FAILURE;
        }
    };
    greet(&collector);
    let mut completions = collector.store().completions();
    tokio::select! {
        () = printer.run(&mut completions) => {}
        () = stopped() => {}
    }
    for completed in completions.rest() {
        if printer.print(&completed).is_err() {
            break;
        }
    }
    // A closed stdout is the reader's choice.
    let _ = printer.say_left_out();
    collector.shutdown().await;
    ExitCode::SUCCESS
}

async fn start(cli: Cli) -> Result<Running, Error> {
    let mut collector = Collector::builder()
        .with_host(cli.host)
        .with_grpc_port(cli.grpc_port)
        .with_http_port(cli.http_port)
        .with_store_bytes(cli.store_mib.saturating_mul(1 << 20))
        .with_max_request_bytes(cli.max_request_mib.clamp(1, 2048) << 20)
        .with_quiet(Duration::from_millis(cli.quiet_ms.max(1)))
        .with_notices(say);
    if let Some(url) = cli.forward {
        collector = collector.with_forward(url);
    }
    if let Some(file) = cli.save {
        collector = collector.with_save(file);
    }
    if let Some(file) = cli.open {
        collector = collector.with_open(file);
    }
    collector.start().await
}

fn greet(collector: &Running) {
    let opened = collector.opened();
    for (line, reason) in &opened.bad_lines {
        say(&format!("line {line} skipped: {reason}"));
    }
    if opened.requests + opened.skipped > 0 {
        say(&format!(
            "read {} requests, skipped {} lines",
            opened.requests, opened.skipped
        ));
    }
    say(&format!(
        "OTLP over gRPC on {}, over HTTP on {}; look at {}/api/traces",
        collector.grpc_endpoint(),
        collector.http_endpoint(),
        collector.http_endpoint(),
    ));
}

/// The error in one line, with the flag that helps.
fn explain(error: &Error) -> String {
    let hint = match error {
        Error::PortInUse { transport, .. } => match transport {
            Transport::Grpc => ": choose another with --grpc-port",
            Transport::Http => ": choose another with --http-port",
        },
        Error::Listen { .. } => " (--host, --grpc-port, --http-port)",
        Error::ForwardUrl { .. } => " (--forward http://host:port)",
        _ => "",
    };
    match error.source() {
        Some(source) => format!("{error}: {source}{hint}"),
        None => format!("{error}{hint}"),
    }
}

/// Resolves on Ctrl-C or SIGTERM.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
