//! The service, in a process of its own.

use std::{env, process::Stdio, time::Duration};

use anyhow::Context as _;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    task::JoinHandle,
    time::timeout,
};

/// The argument that makes this program the service.
pub(crate) const ROLE: &str = "--role=api";

/// The running service.
pub(crate) struct Service {
    pub(crate) url: String,
    child: Child,
    lines: JoinHandle<()>,
}

/// Starts the service on a free port, exporting to `endpoint`.
pub(crate) async fn start(endpoint: &str, upstream: &str) -> anyhow::Result<Service> {
    let mut child = Command::new(env::current_exe()?)
        .arg(ROLE)
        .env("API_ADDR", "127.0.0.1:0")
        .env("UPSTREAM_URL", upstream)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        // Batches leave sooner than by default, since somebody is watching.
        .env("OTEL_BSP_SCHEDULE_DELAY", "200")
        .env("OTEL_BLRP_SCHEDULE_DELAY", "200")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "1000")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("the service cannot be started")?;
    let stdout = child.stdout.take().context("the service has no output")?;
    let mut lines = BufReader::new(stdout).lines();
    let url = address(&mut lines)
        .await
        .context("the service ended before it listened")?;
    Ok(Service {
        url,
        child,
        lines: tokio::task::spawn(forward(lines)),
    })
}

impl Service {
    /// Asks it to stop, as a supervisor would, so that it flushes.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        if let Some(pid) = self.child.id() {
            let pid = pid.to_string();
            Command::new("kill").args(["-TERM", &pid]).status().await?;
        }
        if timeout(Duration::from_secs(10), self.child.wait())
            .await
            .is_err()
        {
            self.child.kill().await?;
        }
        (&mut self.lines).await?;
        Ok(())
    }
}

/// Reads until the line that tells where it listens.
async fn address(lines: &mut Lines<BufReader<ChildStdout>>) -> Option<String> {
    while let Ok(Some(line)) = lines.next_line().await {
        let said = crate::say(&format!("  {line}"));
        if let (Some((_, url)), Ok(())) = (line.split_once("listening on "), said) {
            return Some(url.split(' ').next().unwrap_or(url).to_owned());
        }
    }
    None
}

/// Shows what the service prints.
async fn forward(mut lines: Lines<BufReader<ChildStdout>>) {
    while let Ok(Some(line)) = lines.next_line().await {
        if crate::say(&format!("  {line}")).is_err() {
            return;
        }
    }
}
