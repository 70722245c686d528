//! Shows a real service traced into a real collector.
//!
//! This process is the collector, and the client that sends a handful of
//! requests. The service, examples/api, its worker, examples/worker, the
//! upstream that the service asks, and examples/authors, which that asks by gRPC,
//! are processes of their own: this program, started again in another role.
//! The language model that the worker asks is in this process, and needs no key.
//! Where there is a `redis-server`, the service of
//! examples/cache is one more, with a Redis of its own.
//!
//! `--once` ends when everything expected has arrived: with 0, or with 1 and
//! what is missing after thirty seconds.

mod expect;
mod model;
mod process;
mod redis;
mod traffic;
mod upstream;

use std::{
    env,
    io::{IsTerminal as _, Write as _, stderr, stdout},
    process::ExitCode,
    time::Duration,
};

use otelier_collector::{Collector, Running, Style};

use self::{model::Model, process::Process, redis::Redis};

/// How long everything may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

enum Mode {
    /// Until Ctrl-C.
    Stay,
    /// Until everything has arrived.
    Once,
    /// One of the processes that are shown.
    Api,
    Authors,
    Cache,
    Upstream,
    Worker,
}

const HELP: &str = "\
Usage: demo [--once]

Starts a collector and services that send to it, asks them, and shows each trace as it
arrives, here and on a page whose address is printed. Ctrl-C ends it.

  --once  ends when everything has arrived: with 0, or with 1 and what is missing
";

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let argument = env::args().nth(1);
    let Some(mode) = mode(argument.as_deref()) else {
        let is_asked = matches!(argument.as_deref(), Some("--help" | "-h"));
        return if is_asked {
            write!(stdout(), "{HELP}")?;
            Ok(ExitCode::SUCCESS)
        } else {
            let argument = argument.unwrap_or_default();
            write!(stderr(), "unknown argument {argument}\n\n{HELP}")?;
            Ok(ExitCode::from(2))
        };
    };
    let played = match mode {
        Mode::Stay => return demo(true).await,
        Mode::Once => return demo(false).await,
        Mode::Api => api::run().await,
        Mode::Authors => authors::run().await,
        Mode::Cache => cache::run().await,
        Mode::Upstream => upstream::run().await,
        Mode::Worker => worker::run().await,
    };
    played.map(|()| ExitCode::SUCCESS)
}

fn mode(argument: Option<&str>) -> Option<Mode> {
    Some(match argument {
        None => Mode::Stay,
        Some("--once") => Mode::Once,
        Some("--role=api") => Mode::Api,
        Some("--role=authors") => Mode::Authors,
        Some("--role=cache") => Mode::Cache,
        Some("--role=upstream") => Mode::Upstream,
        Some("--role=worker") => Mode::Worker,
        Some(_) => return None,
    })
}

async fn demo(stay: bool) -> anyhow::Result<ExitCode> {
    let collector = Collector::builder().start().await?;
    let folder = tempfile::tempdir()?;
    let database = format!(
        "sqlite://{}?mode=rwc",
        folder.path().join("demo.db").display()
    );

    let endpoint = collector.grpc_endpoint();
    let process = |role| Process::new(role, &endpoint);
    let mut authors = process("authors")
        .with("AUTHORS_ADDR", "127.0.0.1:0")
        .listening()
        .await?;
    let mut upstream = process("upstream")
        .with("AUTHORS_URL", &authors.url)
        .listening()
        .await?;
    let mut service = process("api")
        .with("API_ADDR", "127.0.0.1:0")
        .with("DATABASE_URL", &database)
        .with("UPSTREAM_URL", &upstream.url)
        .listening()
        .await?;
    let model = Model::start().await?;
    let mut worker = process("worker")
        .with("DATABASE_URL", &database)
        .with("MODEL_URL", &model.url)
        .started()?;
    let redis = Redis::start(folder.path()).await?;
    let mut cache = match &redis {
        Some(redis) => Some(
            process("cache")
                .with("CACHE_ADDR", "127.0.0.1:0")
                .with("REDIS_URL", &redis.url)
                .listening()
                .await?,
        ),
        None => None,
    };

    traffic::send(&service.url).await?;
    match &cache {
        Some(cache) => traffic::ask_twice(&cache.url).await?,
        None => say("  Redis is left out: there is no redis-server (apt install redis-server)")?,
    }
    let missing = expect::wait(collector.store(), cache.is_some(), PATIENCE).await;
    show(&collector)?;
    if !missing.is_empty() {
        say(&format!(
            "missing after {PATIENCE:?}: {}",
            missing.join(", ")
        ))?;
    } else if stay {
        say(&format!(
            "look at it: {0}/   the longest trace: {0}/t/{2}\n\
             try: curl -X POST {1}/repos/7/index\n\
             agents ask it at {0}/mcp\n\
             Ctrl-C ends it.",
            collector.http_endpoint(),
            service.url,
            longest(&collector),
        ))?;
        tokio::signal::ctrl_c().await?;
    }
    let all = [&mut service, &mut worker, &mut upstream, &mut authors];
    for process in all.into_iter().chain(&mut cache) {
        process.stop().await?;
    }
    if let Some(redis) = redis {
        redis.stop().await?;
    }
    collector.shutdown().await;
    Ok(if missing.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Prints every trace, oldest first.
fn show(collector: &Running) -> anyhow::Result<()> {
    let style = if stdout().is_terminal() && env::var_os("NO_COLOR").is_none() {
        Style::Colour
    } else {
        Style::Plain
    };
    say("")?;
    let traces = collector.store().traces();
    for trace in traces.iter().rev() {
        say(&trace.tree(style))?;
    }
    say("")
}

/// The id of the trace with the most spans.
fn longest(collector: &Running) -> String {
    let traces = collector.store().traces();
    let longest = traces.iter().max_by_key(|trace| trace.spans().len());
    longest.map_or_else(String::new, |trace| trace.id().to_string())
}

/// One line, or more, to the person who watches.
fn say(text: &str) -> anyhow::Result<()> {
    writeln!(stdout(), "{}", text.trim_end_matches('\n'))?;
    Ok(())
}
