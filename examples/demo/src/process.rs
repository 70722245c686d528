//! The processes that are shown: this program in its other roles.

use std::{env, process::Stdio, time::Duration};

use anyhow::Context as _;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    task::JoinHandle,
    time::timeout,
};

/// A process to be started.
pub(crate) struct Process {
    role: &'static str,
    command: Command,
}

/// A process that runs.
pub(crate) struct Started {
    /// Where it listens; empty if it does not.
    pub(crate) url: String,
    child: Child,
    lines: JoinHandle<()>,
}

impl Process {
    /// A role of this program, exporting to `endpoint`.
    pub(crate) fn new(role: &'static str, endpoint: &str) -> Self {
        let mut command = Command::new(env::current_exe().unwrap_or_else(|_| "demo".into()));
        command
            .arg(format!("--role={role}"))
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            // Batches leave sooner than by default, since somebody is watching.
            .env("OTEL_BSP_SCHEDULE_DELAY", "200")
            .env("OTEL_BLRP_SCHEDULE_DELAY", "200")
            .env("OTEL_METRIC_EXPORT_INTERVAL", "1000")
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        Self { role, command }
    }

    pub(crate) fn with(mut self, variable: &str, value: &str) -> Self {
        self.command.env(variable, value);
        self
    }

    /// Starts it.
    pub(crate) fn started(self) -> anyhow::Result<Started> {
        let role = self.role;
        let (child, lines) = self.spawn()?;
        Ok(Started {
            url: String::new(),
            child,
            lines: watch(lines, role),
        })
    }

    /// Starts it and waits until it tells where it listens.
    pub(crate) async fn listening(self) -> anyhow::Result<Started> {
        let role = self.role;
        let (child, mut lines) = self.spawn()?;
        let url = address(&mut lines, role)
            .await
            .with_context(|| format!("{role} ended before it listened"))?;
        Ok(Started {
            url,
            child,
            lines: watch(lines, role),
        })
    }

    fn spawn(mut self) -> anyhow::Result<(Child, Lines<BufReader<ChildStdout>>)> {
        let cannot = || format!("{} cannot be started", self.role);
        let mut child = self.command.spawn().with_context(cannot)?;
        let stdout = child.stdout.take().with_context(cannot)?;
        Ok((child, BufReader::new(stdout).lines()))
    }
}

impl Started {
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
async fn address(lines: &mut Lines<BufReader<ChildStdout>>, role: &str) -> Option<String> {
    while let Ok(Some(line)) = lines.next_line().await {
        crate::say(&format!("  {role:8} {line}")).ok()?;
        if let Some((_, url)) = line.split_once("listening on ") {
            return Some(url.split(' ').next().unwrap_or(url).to_owned());
        }
    }
    None
}

/// Shows what it prints, until it ends.
#[expect(clippy::disallowed_methods, reason = "a program owns its runtime")]
fn watch(mut lines: Lines<BufReader<ChildStdout>>, role: &'static str) -> JoinHandle<()> {
    tokio::task::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            if crate::say(&format!("  {role:8} {line}")).is_err() {
                return;
            }
        }
    })
}
