//! The binary: flags, a collector, and traces on the terminal until Ctrl-C.

mod cli;
mod compare;
mod doctor;
mod lines;
mod search;
mod signals;
mod terminal;

use self::{
    cli::{Cli, Command},
    lines::Lines,
    signals::Signals,
    terminal::Printer,
};
use clap::Parser as _;
use otelier_collector::{Collector, Error, Opened, Rotation, Running, Transport, serve_mcp};
use std::{
    error::Error as _,
    io,
    net::IpAddr,
    process::{self, ExitCode},
    time::Duration,
};

/// How long what was said may take to be written when the collector ends.
const FAREWELL: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let errors = Lines::to(io::stderr());
    let code = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => {
            let code = runtime.block_on(run(cli, &errors));
            // What is stuck in a system call would hold it for ever.
            runtime.shutdown_background();
            code
        }
        Err(error) => {
            say(&errors, &format!("cannot start: {error}"));
            ExitCode::FAILURE
        }
    };
    errors.finish(FAREWELL);
    code
}

/// Says a line on stderr; nobody hears if that cannot be written.
fn say(errors: &Lines, line: &str) {
    errors.write(format!("otelier-collector: {line}\n"));
}

async fn run(mut cli: Cli, errors: &Lines) -> ExitCode {
    match cli.command.take() {
        Some(Command::Query(search)) => return search::run(search).await,
        Some(Command::Diff(comparison)) => return compare::run(comparison).await,
        Some(Command::Doctor(doctor)) => return doctor::run(doctor).await,
        Some(Command::Mcp(agent)) => return serve_agent(&agent.endpoint, errors).await,
        None => {}
    }
    let mut printer = Printer::new(cli.detail());
    let open_browser = cli.open_browser;
    let mut signals = Signals::new();
    let collector = tokio::select! {
        started = start(cli, errors.clone()) => match started {
            Ok(collector) => collector,
            Err(reason) => {
                say(errors, &reason);
                return ExitCode::FAILURE;
            }
        },
        () = signals.next() => return ExitCode::SUCCESS,
    };
    greet(&collector, errors);
    if cfg!(feature = "page") {
        printer.link_to(collector.http_endpoint());
    }
    if open_browser && let Err(error) = browse(&collector.http_endpoint()) {
        say(errors, &format!("cannot open a browser: {error}"));
    }
    let mut completions = collector.store().completions();
    tokio::select! {
        () = printer.run(&mut completions) => {}
        () = signals.next() => {}
    }
    for completed in completions.rest() {
        printer.print(&completed);
    }
    printer.finish(FAREWELL);
    tokio::select! {
        () = collector.shutdown() => {}
        // Who asks twice does not want to wait.
        () = signals.next() => {}
    }
    ExitCode::SUCCESS
}

async fn serve_agent(endpoint: &str, errors: &Lines) -> ExitCode {
    match serve_mcp(endpoint).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(errors, &format!("cannot serve an agent: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn start(cli: Cli, errors: Lines) -> Result<Running, String> {
    let host = resolve(&cli.host).await?;
    let mut collector = Collector::builder()
        .with_host(host)
        .with_grpc_port(cli.grpc_port)
        .with_http_port(cli.http_port)
        .with_store_bytes(cli.store_mib << 20)
        .with_max_request_bytes(cli.max_request_mib << 20)
        .with_quiet(Duration::from_millis(cli.quiet_ms.max(1)))
        .with_save_rotation(Rotation {
            max_bytes: cli.save_max_mib << 20,
            backups: cli.save_backups,
        })
        .with_notices(move |line| say(&errors, line));
    for host in cli.allow_host {
        collector = collector.with_allowed_host(host);
    }
    for origin in cli.allow_origin {
        collector = collector.with_allowed_origin(origin);
    }
    if let Some(url) = cli.forward {
        collector = collector.with_forward(url);
    }
    if let Some(file) = cli.save {
        collector = collector.with_save(file);
    }
    if let Some(folder) = std::env::var_os("OTELIER_ASSETS") {
        collector = collector.with_assets(folder);
    }
    for path in cli.open {
        collector = collector.with_open(path);
    }
    collector.start().await.map_err(|error| explain(&error))
}

/// The address to listen on: of a name with several, one of IPv4 rather than one of IPv6.
async fn resolve(host: &str) -> Result<IpAddr, String> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse() {
        return Ok(address);
    }
    let found = tokio::net::lookup_host((host, 0)).await;
    let found =
        found.map_err(|error| format!("cannot find the host {host:?}: {error} (--host)"))?;
    let mut addresses: Vec<_> = found.map(|address| address.ip()).collect();
    addresses.sort_by_key(IpAddr::is_ipv6);
    let first = addresses.into_iter().next();
    first.ok_or_else(|| format!("the host {host:?} has no address (--host)"))
}

fn greet(collector: &Running, errors: &Lines) {
    let opened = collector.opened();
    tell_skipped(opened, |line| say(errors, line));
    if opened.files > 0 {
        let (requests, skipped) = (opened.requests, opened.skipped);
        let files = match opened.files {
            1 => "1 file".into(),
            files => format!("{files} files"),
        };
        say(
            errors,
            &format!("read {requests} requests from {files}, skipped {skipped} lines"),
        );
    }
    say(
        errors,
        &format!(
            "OTLP over gRPC on {}, over HTTP on {}; look at {}/",
            collector.grpc_endpoint(),
            collector.http_endpoint(),
            collector.http_endpoint(),
        ),
    );
}

/// Tells of lines of files that could not be read.
fn tell_skipped(opened: &Opened, mut tell: impl FnMut(&str)) {
    for skipped in &opened.bad_lines {
        let file = skipped.file.display();
        let line = format!("{file}, line {}, skipped: {}", skipped.line, skipped.reason);
        tell(&line.replace(char::is_control, " "));
    }
}

/// Opens a page in the browser of the system.
fn browse(url: &str) -> io::Result<()> {
    let mut command = if cfg!(target_os = "macos") {
        process::Command::new("open")
    } else if cfg!(windows) {
        process::Command::new("explorer")
    } else {
        process::Command::new("xdg-open")
    };
    let null = process::Stdio::null;
    command.arg(url).stdin(null()).stdout(null()).stderr(null());
    command.spawn().map(drop)
}

/// The error in one line, with the flag that helps.
fn explain(error: &Error) -> String {
    let hint = match error {
        Error::PortInUse { transport, .. } => match transport {
            Transport::Grpc => ": choose another with --grpc-port",
            Transport::Http => ": choose another with --http-port",
        },
        Error::Listen { .. } => " (--host, --grpc-port, --http-port)",
        Error::Allow { .. } => " (--allow-host, --allow-origin)",
        Error::ForwardUrl { .. } => " (--forward http://host:port)",
        _ => "",
    };
    match error.source() {
        Some(source) => format!("{error}: {source}{hint}"),
        None => format!("{error}{hint}"),
    }
}
