//! Runs scenarios as processes, and holds a collector against them.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use otelier_collector::{Collector, Received, Running, Signal, Store};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader},
    net::TcpListener,
    process::{Child, ChildStdin, Command},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};

/// How long anything may take that should happen at once. Only a failing test
/// waits that long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const PROTOCOLS: [&str; 3] = ["grpc", "http/protobuf", "http/json"];

/// A collector on free ports.
pub(crate) async fn collector() -> Running {
    Collector::builder().start().await.unwrap()
}

/// A port that nobody listens on, outside of the range from which the system
/// gives ports to others.
pub(crate) async fn unused_port() -> u16 {
    let start = 20_000 + std::process::id() % 10_000;
    let from = u16::try_from(start).unwrap();
    for port in from..=u16::MAX {
        if TAKEN.lock().unwrap().insert(port)
            && TcpListener::bind(("127.0.0.1", port)).await.is_ok()
        {
            return port;
        }
    }
    panic!("no port is free");
}

static TAKEN: std::sync::Mutex<std::collections::BTreeSet<u16>> =
    std::sync::Mutex::new(std::collections::BTreeSet::new());

/// A program that is not started yet. Its environment holds only what is set
/// here.
#[must_use = "it does nothing until it is started"]
pub(crate) struct Scenario {
    arguments: Vec<String>,
    variables: BTreeMap<String, OsString>,
}

/// A program that sends soon after it has recorded.
pub(crate) fn scenario<const N: usize>(arguments: [&str; N]) -> Scenario {
    patient(arguments)
        .with("OTEL_BSP_SCHEDULE_DELAY", "50")
        .with("OTEL_BLRP_SCHEDULE_DELAY", "50")
        .with("OTEL_METRIC_EXPORT_INTERVAL", "200")
}

/// A program that sends when the defaults say so.
pub(crate) fn patient<const N: usize>(arguments: [&str; N]) -> Scenario {
    Scenario {
        arguments: arguments.map(str::to_owned).to_vec(),
        variables: BTreeMap::new(),
    }
}

impl Scenario {
    pub(crate) fn with(mut self, variable: &str, value: impl AsRef<OsStr>) -> Self {
        let value = value.as_ref().to_owned();
        self.variables.insert(variable.to_owned(), value);
        self
    }

    /// Exports over gRPC to this collector.
    pub(crate) fn to(self, collector: &Running) -> Self {
        self.by("grpc", collector)
    }

    pub(crate) fn by(self, protocol: &str, collector: &Running) -> Self {
        let endpoint = match protocol {
            "grpc" => collector.grpc_endpoint(),
            _ => collector.http_endpoint(),
        };
        self.with("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            .with("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
    }

    /// Exports nothing but this signal.
    pub(crate) fn only(self, signal: Signal) -> Self {
        [Signal::Traces, Signal::Metrics, Signal::Logs]
            .into_iter()
            .filter(|other| *other != signal)
            .fold(self, |scenario, other| {
                let name = other.as_str().to_uppercase();
                scenario.with(&format!("OTEL_{name}_EXPORTER"), "none")
            })
    }

    pub(crate) fn start(self) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_scenario"))
            .args(&self.arguments)
            .env_clear()
            .env("API_ADDR", "127.0.0.1:0")
            .envs(&self.variables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let stdout = Output::read(child.stdout.take().unwrap());
        let stderr = Output::read(child.stderr.take().unwrap());
        Process {
            child,
            stdin,
            stdout,
            stderr,
            answered: 0,
        }
    }

    /// Runs it to its end.
    pub(crate) async fn run(self) -> Ended {
        self.start().end().await
    }
}

/// The lines that a program has printed so far on one of its outputs.
struct Output {
    lines: watch::Receiver<Vec<String>>,
    reading: JoinHandle<()>,
}

impl Output {
    fn read(from: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let (sender, lines) = watch::channel(Vec::new());
        let reading = tokio::task::spawn(async move {
            let mut from = BufReader::new(from).lines();
            while let Ok(Some(line)) = from.next_line().await {
                sender.send_modify(|lines| lines.push(line));
            }
        });
        Self { lines, reading }
    }

    async fn line(&mut self, look: impl Fn(&[String]) -> Option<String>) -> Option<String> {
        let search = self.lines.wait_for(|lines| look(lines).is_some());
        let found = timeout(PATIENCE, search).await.ok()?.ok()?;
        look(&found)
    }

    async fn text(self) -> String {
        // Reading was stopped, if it did not end by itself.
        let _ = timeout(PATIENCE, self.reading).await.unwrap();
        let lines = self.lines.borrow();
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// A running program. It is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Output,
    stderr: Output,
    answered: usize,
}

/// What is left of a program.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Process {
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Waits for a line on standard output that contains `text`.
    pub(crate) async fn says(&mut self, text: &str) -> String {
        let found = self.stdout.line(|lines| {
            let line = lines.iter().find(|line| line.contains(text));
            line.cloned()
        });
        match found.await {
            Some(line) => line,
            None => panic!("never said {text:?} but {:#?}", self.stdout.lines.borrow()),
        }
    }

    /// Waits until it serves, and returns its URL.
    pub(crate) async fn url(&mut self) -> String {
        let line = self.says("listening on ").await;
        let (_, url) = line.split_once("listening on ").unwrap();
        url.split(' ').next().unwrap().to_owned()
    }

    /// Has `obey` do something, and returns its answer.
    pub(crate) async fn ask(&mut self, command: &str) -> String {
        // The first answer is that it is ready.
        self.answer(0).await;
        self.answered += 1;
        let stdin = self.stdin.as_mut().unwrap();
        let line = format!("{command}\n");
        stdin.write_all(line.as_bytes()).await.unwrap();
        self.answer(self.answered).await
    }

    async fn answer(&mut self, at: usize) -> String {
        let answer = self.stdout.line(|lines| {
            let mut answers = lines.iter().filter_map(|line| line.strip_prefix("> "));
            answers.nth(at).map(str::to_owned)
        });
        answer.await.expect("it answers")
    }

    /// Asks for the status until it contains `text`.
    pub(crate) async fn reaches(&mut self, text: &str) -> String {
        let asking = async {
            loop {
                let status = self.ask("status").await;
                if status.contains(text) {
                    return status;
                }
                // It is asked over a pipe: without a pause it would do nothing else.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, asking).await.expect(text)
    }

    /// Sends it a signal by name, such as `TERM`.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let mut kill = Command::new("kill");
        let sent = kill.args([&format!("-{name}"), &id]).status().await;
        assert!(sent.unwrap().success());
    }

    /// Closes the other ends of its outputs.
    pub(crate) fn deafen(&mut self) {
        self.close_stdout();
        self.stderr.reading.abort();
    }

    /// Closes the other end of its standard output.
    pub(crate) fn close_stdout(&mut self) {
        self.stdout.reading.abort();
    }

    /// Closes its input and waits for its end.
    pub(crate) async fn end(mut self) -> Ended {
        drop(self.stdin.take());
        let status = timeout(PATIENCE, self.child.wait()).await;
        Ended {
            status: status.expect("it ends").unwrap(),
            stdout: self.stdout.text().await,
            stderr: self.stderr.text().await,
        }
    }

    /// Asks it to stop, as a supervisor would.
    pub(crate) async fn stop(self) -> Ended {
        self.signal("TERM").await;
        self.end().await
    }
}

impl Ended {
    /// The same, if it ended well.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        let (stdout, stderr) = (&self.stdout, &self.stderr);
        assert!(self.status.success(), "{stdout}\n{stderr}");
        self
    }

    /// Everything that was printed.
    pub(crate) fn output(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// The lines, of either output, that contain `text`.
    pub(crate) fn lines_with(&self, text: &str) -> Vec<String> {
        let output = self.output();
        let lines = output.lines().filter(|line| line.contains(text));
        lines.map(str::to_owned).collect()
    }

    /// The one line that contains `text`.
    #[track_caller]
    pub(crate) fn one_line_with(&self, text: &str) -> String {
        let mut lines = self.lines_with(text);
        assert_eq!(lines.len(), 1, "{text:?} in {}", self.output());
        lines.remove(0)
    }

    /// What the program told after this label.
    #[track_caller]
    pub(crate) fn told(&self, label: &str) -> &str {
        let label = format!("> {label}: ");
        let mut told = self.stdout.lines().filter_map(|l| l.strip_prefix(&label));
        told.next().unwrap_or_else(|| panic!("{}", self.output()))
    }
}

/// Answers a GET with status and body.
pub(crate) async fn get(url: &str) -> (u16, String) {
    request(reqwest::Method::GET, url).await
}

pub(crate) async fn post(url: &str) -> (u16, String) {
    request(reqwest::Method::POST, url).await
}

async fn request(method: reqwest::Method, url: &str) -> (u16, String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client.request(method, url).send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.text().await.unwrap())
}

/// Waits until the store holds what is looked for.
pub(crate) async fn wait<T>(store: &Store, look: impl FnMut(&Store) -> Option<T>) -> T {
    let found = store.wait_for(PATIENCE, look).await;
    found.unwrap_or_else(|| panic!("never arrived; there are {}", contents(store)))
}

/// Waits for a span of this name.
pub(crate) async fn span(store: &Store, name: &str) -> std::sync::Arc<otelier_collector::Span> {
    wait(store, |store| store.spans_named(name).pop()).await
}

/// What is there, for messages of tests that fail.
pub(crate) fn contents(store: &Store) -> String {
    let spans: Vec<_> = store.spans().iter().map(|s| s.name().to_owned()).collect();
    let logs = store.logs();
    let logs: Vec<_> = logs.iter().map(|log| log.body().into_owned()).collect();
    let metrics = store.metrics();
    let metrics: Vec<_> = metrics.iter().map(|m| m.name().to_owned()).collect();
    let text = format!("spans {spans:?}, logs {logs:?}, metrics {metrics:?}");
    text.chars().take(2000).collect()
}

/// The requests of one signal.
pub(crate) fn requests_of(store: &Store, signal: Signal) -> Vec<Received> {
    let mut requests = store.requests();
    requests.retain(|request| request.signal == signal);
    requests
}

/// The bodies of all log records.
pub(crate) fn bodies(store: &Store) -> Vec<String> {
    let logs = store.logs();
    logs.iter().map(|log| log.body().into_owned()).collect()
}
