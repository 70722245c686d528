//! The binary as a process of its own.

use std::{
    net::SocketAddr,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    sync::watch,
};

const WITHIN: Duration = Duration::from_secs(60);

pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otelier-collector"));
    command.kill_on_drop(true);
    command
}

/// A collector that runs, on free ports.
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) http: SocketAddr,
    pub(crate) grpc: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
    told: watch::Receiver<usize>,
}

impl Process {
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        let mut command = binary();
        command.args(["--grpc-port=0", "--http-port=0"]);
        command.args(arguments).stdout(Stdio::piped());
        Self::of(command).await
    }

    pub(crate) async fn of(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (tell, told) = watch::channel(0);
        let heard = Arc::clone(&lines);
        tokio::spawn(async move {
            while let Ok(Some(line)) = stderr.next_line().await {
                heard.lock().unwrap().push(line);
                tell.send_modify(|count| *count += 1);
            }
        });
        let mut process = Self {
            child,
            http: ([127, 0, 0, 1], 0).into(),
            grpc: ([127, 0, 0, 1], 0).into(),
            lines,
            told,
        };
        let greeting = process.line("OTLP over gRPC on http://").await;
        let address = |after: &str| {
            let rest = greeting.split(after).nth(1).unwrap();
            rest.split([',', ';']).next().unwrap().parse().unwrap()
        };
        process.grpc = address("gRPC on http://");
        process.http = address("HTTP on http://");
        process
    }

    /// The first line on stderr with these words.
    pub(crate) async fn line(&mut self, words: &str) -> String {
        let lines = Arc::clone(&self.lines);
        let find = || {
            let lines = lines.lock().unwrap();
            lines.iter().find(|line| line.contains(words)).cloned()
        };
        let waiting = tokio::time::timeout(WITHIN, async {
            loop {
                if let Some(line) = find() {
                    return line;
                }
                if self.told.changed().await.is_err() {
                    return find().unwrap_or_default();
                }
            }
        });
        let line = waiting.await.unwrap_or_default();
        assert!(!line.is_empty(), "no {words:?} in {:#?}", self.lines());
        line
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    pub(crate) async fn kill(&mut self, signal: &str) {
        let id = self.child.id().unwrap().to_string();
        let killed = Command::new("kill").args([signal, &id]).status().await;
        assert!(killed.unwrap().success());
    }

    /// Waits for the end.
    pub(crate) async fn end(&mut self) -> ExitStatus {
        let end = tokio::time::timeout(WITHIN, self.child.wait()).await;
        end.unwrap().unwrap()
    }

    /// Memory in MiB, by its name in `/proc`.
    pub(crate) fn memory(&self, name: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id().unwrap());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib.div_ceil(1024)
    }

    /// Lets the high-water mark begin again.
    pub(crate) fn forget_peak(&self) {
        let path = format!("/proc/{}/clear_refs", self.child.id().unwrap());
        std::fs::write(path, "5").unwrap();
    }
}
