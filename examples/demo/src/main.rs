//! Shows a real service traced into a real collector.
//!
//! This process is the collector, the upstream that the service asks, and the
//! client that sends a handful of requests. The service, examples/api, is a
//! process of its own: this program, started again with another role.
//!
//! `--once` ends when everything expected has arrived: with 0, or with 1 and
//! what is missing after thirty seconds.

mod expect;
mod service;
mod traffic;
mod upstream;

use std::{
    env,
    io::{IsTerminal as _, Write as _},
    process::ExitCode,
    time::Duration,
};

use anyhow::bail;
use otelier_collector::{Collector, Running, Style};

/// How long everything may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

enum Mode {
    /// Until Ctrl-C.
    Stay,
    /// Until everything has arrived.
    Once,
    /// The service's process.
    Api,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    match mode()? {
        Mode::Api => api::run().await.map(|()| ExitCode::SUCCESS),
        Mode::Stay => demo(true).await,
        Mode::Once => demo(false).await,
    }
}

fn mode() -> anyhow::Result<Mode> {
    let mut args = env::args().skip(1);
    Ok(match args.next().as_deref() {
        None => Mode::Stay,
        Some("--once") => Mode::Once,
        Some(service::ROLE) => Mode::Api,
        Some(other) => bail!("unknown argument {other:?}; there is only --once"),
    })
}

async fn demo(stay: bool) -> anyhow::Result<ExitCode> {
    let collector = Collector::builder().start().await?;
    let upstream = upstream::start().await?;
    let mut service = service::start(&collector.grpc_endpoint(), &upstream).await?;
    say(&format!("the service listens on {}\n", service.url))?;

    traffic::send(&service.url).await?;
    let missing = expect::wait(collector.store(), PATIENCE).await;
    show(&collector)?;

    if !missing.is_empty() {
        say(&format!(
            "missing after {PATIENCE:?}: {}",
            missing.join(", ")
        ))?;
        service.stop().await?;
        return Ok(ExitCode::FAILURE);
    }
    if stay {
        say(&format!(
            "traces: {0}/api/traces   logs: {0}/api/logs   metrics: {0}/api/metrics\n\
             try: curl -X POST {1}/repos/7/index\n\
             Ctrl-C ends it.",
            collector.http_endpoint(),
            service.url
        ))?;
        tokio::signal::ctrl_c().await?;
    }
    service.stop().await?;
    collector.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// Prints every trace, oldest first.
fn show(collector: &Running) -> anyhow::Result<()> {
    let style = if std::io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none() {
        Style::Colour
    } else {
        Style::Plain
    };
    let traces = collector.store().traces();
    for trace in traces.iter().rev() {
        say(&trace.tree(style))?;
    }
    Ok(())
}

/// One line, or more, to the person who watches.
fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{}", text.trim_end_matches('\n'))?;
    Ok(())
}
