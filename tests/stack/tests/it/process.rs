//! Processes of any program, and what they print.

use std::{
    ffi::OsStr,
    future::Future,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdin, Command},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};

/// How long anything may take that should happen at once. Only a failing test waits that long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A role of this package's program. Its environment holds only what is set.
pub(crate) fn role(name: &str) -> Program {
    Program::new(env!("CARGO_BIN_EXE_stack"))
        .arg(name)
        .with("API_ADDR", "127.0.0.1:0")
        .with("OTEL_BSP_SCHEDULE_DELAY", "50")
        .with("OTEL_BLRP_SCHEDULE_DELAY", "50")
        .with("OTEL_METRIC_EXPORT_INTERVAL", "500")
}

/// A program that is not started yet.
#[must_use = "it does nothing until it is started"]
pub(crate) struct Program(Command);

impl Program {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.env_clear().kill_on_drop(true);
        Self(command)
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.0.arg(argument);
        self
    }

    pub(crate) fn with(mut self, variable: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(variable, value);
        self
    }

    pub(crate) fn start(mut self) -> Process {
        let mut child = self
            .0
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Process {
            stdin: child.stdin.take(),
            stdout: Output::read(child.stdout.take().unwrap()),
            stderr: Output::read(child.stderr.take().unwrap()),
            child,
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

    fn text(&self) -> String {
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

    /// Waits until it serves, and returns its URL.
    pub(crate) async fn url(&mut self) -> String {
        let listening = |lines: &[String]| {
            let line = lines.iter().find(|line| line.contains("listening on "));
            line.cloned()
        };
        let line = self.stdout.line(listening).await.expect("it listens");
        // As text, or within a line of JSON.
        let (_, url) = line.split_once("listening on ").unwrap();
        url.split([' ', '"']).next().unwrap().to_owned()
    }

    /// Has `numbered` do something, and returns its answer.
    pub(crate) async fn ask(&mut self, command: &str) -> String {
        self.tell(command).await;
        self.answer().await
    }

    /// The same, without waiting for the answer.
    pub(crate) async fn tell(&mut self, command: &str) {
        if self.answered == 0 {
            // The first answer is that it is ready.
            self.answer().await;
        }
        let line = format!("{command}\n");
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(line.as_bytes()).await.unwrap();
    }

    pub(crate) async fn answer(&mut self) -> String {
        let at = self.answered;
        self.answered += 1;
        let answer = self.stdout.line(|lines| {
            let mut answers = lines.iter().filter_map(|line| line.strip_prefix("> "));
            answers.nth(at).map(str::to_owned)
        });
        match answer.await {
            Some(answer) => answer,
            None => panic!("no answer {at}: {}", self.output()),
        }
    }

    /// Asks for the status until it has `text`.
    pub(crate) async fn reaches(&mut self, text: &str) -> String {
        let asking = async {
            loop {
                let status = self.ask("status").await;
                if status.contains(text) {
                    return status;
                }
                pause().await;
            }
        };
        timeout(PATIENCE, asking).await.expect(text)
    }

    /// Sends it a signal by name, such as `TERM`.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &id])
            .status();
        assert!(sent.await.unwrap().success());
    }

    /// Kills it, as a system does that is out of memory.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// What it has printed so far.
    pub(crate) fn output(&self) -> String {
        format!("{}{}", self.stdout.text(), self.stderr.text())
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Closes its input and waits for its end.
    pub(crate) async fn end(mut self) -> Ended {
        drop(self.stdin.take());
        let Ok(status) = timeout(PATIENCE, self.child.wait()).await else {
            panic!("it does not end: {}", self.output());
        };
        for output in [&mut self.stdout, &mut self.stderr] {
            let _ = timeout(PATIENCE, &mut output.reading).await.unwrap();
        }
        Ended {
            status: status.unwrap(),
            stdout: self.stdout.text(),
            stderr: self.stderr.text(),
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
        assert!(self.status.success(), "{}\n{}", self.stdout, self.stderr);
        self
    }
}

/// Between two looks at something that cannot be waited for.
pub(crate) fn pause() -> impl Future<Output = ()> {
    tokio::time::sleep(Duration::from_millis(20))
}

/// Looks until something is found.
pub(crate) async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    patiently(look).await.expect(what)
}

/// Looks until something is found, or patience ends.
pub(crate) async fn patiently<T>(mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            pause().await;
        }
    };
    timeout(PATIENCE, looking).await.ok()
}

/// Answers a request with status and body.
pub(crate) async fn request(method: &str, url: &str) -> Option<(u16, String)> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let method = method.parse().unwrap();
    let response = client.request(method, url).send().await.ok()?;
    let status = response.status().as_u16();
    Some((status, response.text().await.ok()?))
}
