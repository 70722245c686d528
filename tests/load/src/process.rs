//! Processes: this program in its other roles.

use std::{
    env, fs,
    net::SocketAddr,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

/// How long anything may take that should happen at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A process to be started. Its environment holds only what is set here.
#[derive(Debug)]
#[must_use = "it does nothing until it is started"]
pub(crate) struct Role {
    command: Command,
    full: bool,
}

impl Role {
    pub(crate) fn new<const N: usize>(arguments: [&str; N]) -> anyhow::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command
            .args(arguments)
            .env_clear()
            .env("API_ADDR", "127.0.0.1:0")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        Ok(Self {
            command,
            full: false,
        })
    }

    pub(crate) fn with(mut self, variable: &str, value: &str) -> Self {
        self.command.env(variable, value);
        self
    }

    /// Its standard output is a file on a disk that is full.
    pub(crate) fn on_full_disk(mut self) -> Self {
        self.full = true;
        self
    }

    pub(crate) fn start(mut self) -> anyhow::Result<Process> {
        let folder = tempfile::tempdir()?;
        let (stdout, stderr) = (folder.path().join("stdout"), folder.path().join("stderr"));
        let into = match self.full {
            true => fs::OpenOptions::new().write(true).open("/dev/full")?,
            false => fs::File::create(&stdout)?,
        };
        let child = self
            .command
            .stdout(into)
            .stderr(fs::File::create(&stderr)?)
            .spawn()?;
        Ok(Process {
            child,
            stdout,
            stderr,
            _folder: folder,
        })
    }
}

/// A process that runs. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
    _folder: TempDir,
}

/// What is left of one.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// Everything that it printed.
    pub(crate) output: String,
    /// From the signal to its end.
    pub(crate) took: Duration,
}

/// What a process has used so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    /// Resident now, and at most so far, in KiB.
    pub(crate) resident: u64,
    pub(crate) peak: u64,
}

impl Process {
    /// Waits for a line that contains `text`.
    ///
    /// # Errors
    /// It ends without it, or takes too long.
    pub(crate) async fn says(&mut self, text: &str) -> anyhow::Result<String> {
        let line = async {
            loop {
                let ended = self.child.try_wait()?;
                let output = self.output();
                if let Some(line) = output.lines().find(|line| line.contains(text)) {
                    return anyhow::Ok(line.to_owned());
                }
                anyhow::ensure!(ended.is_none(), "ended before {text:?}:\n{output}");
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, line)
            .await
            .with_context(|| format!("{text:?} was never said"))?
    }

    /// Waits until it serves, and returns where.
    pub(crate) async fn address(&mut self) -> anyhow::Result<SocketAddr> {
        let line = self.says("listening on ").await?;
        let (_, url) = line.split_once("listening on http://").context("a URL")?;
        let address = url.split(' ').next().unwrap_or(url);
        Ok(address.trim().parse()?)
    }

    pub(crate) fn output(&self) -> String {
        [&self.stdout, &self.stderr]
            .map(|file| fs::read(file).unwrap_or_default())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .concat()
    }

    /// What it has used so far. Linux only; elsewhere nothing.
    pub(crate) fn usage(&self) -> Usage {
        self.read_usage().unwrap_or_default()
    }

    fn read_usage(&self) -> Option<Usage> {
        /// Of `/proc`, the same on every Linux.
        const TICK: Duration = Duration::from_millis(10);
        let folder = PathBuf::from(format!("/proc/{}", self.child.id()?));
        let stat = fs::read_to_string(folder.join("stat")).ok()?;
        // The name, which may hold anything, ends with the last parenthesis.
        let (_, stat) = stat.rsplit_once(") ")?;
        let mut times = stat.split(' ').skip(11).map(str::parse::<u32>);
        let ticks = times.next()?.ok()? + times.next()?.ok()?;
        let status = fs::read_to_string(folder.join("status")).ok()?;
        let kib = |key| {
            let line = status.lines().find_map(|line| line.strip_prefix(key))?;
            line.trim().trim_end_matches(" kB").parse().ok()
        };
        Some(Usage {
            cpu: TICK * ticks,
            resident: kib("VmRSS:")?,
            peak: kib("VmHWM:")?,
        })
    }

    /// Kills it, as the system does that is out of memory.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Sends it a signal such as `TERM`, and waits for its end.
    pub(crate) async fn stop(mut self, signal: &str) -> anyhow::Result<Ended> {
        let id = self.child.id().context("it has ended by itself")?;
        let asked = Instant::now();
        let kill = Command::new("kill")
            .args([format!("-{signal}"), id.to_string()])
            .status();
        anyhow::ensure!(kill.await?.success(), "the signal cannot be sent");
        let status = timeout(PATIENCE, self.child.wait())
            .await
            .with_context(|| format!("it does not end:\n{}", self.output()))??;
        Ok(Ended {
            status,
            took: asked.elapsed(),
            output: self.output(),
        })
    }
}
