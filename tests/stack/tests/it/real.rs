//! The real Collector, as a process.

use std::{
    collections::BTreeMap,
    env, fs,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use otelier_collector::{Collector, Running};
use programs::unused_port;
use tempfile::TempDir;

use crate::process::{Ended, Process, Program, request, until};

/// The repository's folder of this path.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// Where the Collector is, if it was built.
pub(crate) fn program() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(|| tool("collector")).as_deref()
}

/// Where a program of tests/stack/tools is, if it was built.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let build = repository("tests/stack/tools/build");
    let told = Command::new(build).args(["--path", name]).output().ok()?;
    let path = PathBuf::from(String::from_utf8(told.stdout).ok()?.trim_end());
    (told.status.success() && path.is_file()).then_some(path)
}

/// Where the programs of tests/stack/tools/python are, if they were installed.
pub(crate) fn python() -> Option<PathBuf> {
    let make = repository("tests/stack/tools/python");
    let told = Command::new(make).arg("--path").output().ok()?;
    let path = PathBuf::from(String::from_utf8(told.stdout).ok()?.trim_end()).join("bin");
    path.join("ddapm-test-agent").is_file().then_some(path)
}

/// What every backend's file needs to be told, by variables that its head names.
pub(crate) const VARIABLES: [(&str, &str); 17] = [
    ("CLICKHOUSE_ENDPOINT", "tcp://127.0.0.1:9"),
    ("CLICKHOUSE_PASSWORD", "hush-clickhouse"),
    ("DD_API_KEY", "hush-datadog"),
    ("GATEWAY_ENDPOINT", "127.0.0.1:9"),
    ("GATEWAY_INSECURE", "true"),
    ("GATEWAY_RESOLVER", "{static: {hostnames: [127.0.0.1:9]}}"),
    ("HONEYCOMB_API_KEY", "hush-honeycomb"),
    ("HONEYCOMB_ENDPOINT", "127.0.0.1:9"),
    ("JAEGER_ENDPOINT", "127.0.0.1:9"),
    ("JAEGER_INSECURE", "true"),
    ("LOKI_ENDPOINT", "http://127.0.0.1:9"),
    ("PROMETHEUS_ENDPOINT", "http://127.0.0.1:9"),
    ("SIGNOZ_ENDPOINT", "127.0.0.1:9"),
    ("SIGNOZ_INGESTION_KEY", "hush-signoz"),
    ("TEMPO_ENDPOINT", "127.0.0.1:9"),
    ("TEMPO_INSECURE", "true"),
    ("VICTORIALOGS_ENDPOINT", "http://127.0.0.1:9"),
];

/// A Collector that is not started yet: a mode's common part, a backend, overlays.
#[derive(Clone)]
#[must_use = "it does nothing until it is started"]
pub(crate) struct Launch {
    files: Vec<PathBuf>,
    variables: BTreeMap<String, String>,
    folder: PathBuf,
    ports: Ports,
}

/// The ports of one Collector.
#[derive(Clone, Copy, Debug)]
struct Ports {
    grpc: u16,
    http: u16,
    health: u16,
    metrics: u16,
    pprof: u16,
    zpages: u16,
}

impl Launch {
    /// Of these files, which keeps its own ones in `folder`.
    pub(crate) fn new(mode: &str, backend: &str, folder: &Path) -> Self {
        let file = |name: &str| repository(&format!("deploy/collector/{mode}/{name}.yaml"));
        let ports = [(); 6].map(|()| unused_port());
        let [grpc, http, health, metrics, pprof, zpages] = ports;
        let launch = Self {
            files: vec![file("common"), file(backend)],
            variables: BTreeMap::new(),
            folder: folder.to_owned(),
            ports: Ports {
                grpc,
                http,
                health,
                metrics,
                pprof,
                zpages,
            },
        };
        launch.with("OTELCOL_DATA", folder.to_str().unwrap())
    }

    pub(crate) fn overlay(mut self, name: &str) -> Self {
        let file = format!("deploy/collector/overlays/{name}.yaml");
        self.files.push(repository(&file));
        self
    }

    /// Changes settings, as text of YAML.
    pub(crate) fn but(mut self, settings: &str) -> Self {
        let file = self.folder.join(format!("but-{}.yaml", self.files.len()));
        fs::write(&file, settings).unwrap();
        self.files.push(file);
        self
    }

    pub(crate) fn with(mut self, variable: &str, value: &str) -> Self {
        self.variables.insert(variable.to_owned(), value.to_owned());
        self
    }

    /// Everything that any backend needs.
    pub(crate) fn with_all(self) -> Self {
        VARIABLES
            .iter()
            .fold(self, |launch, (name, value)| launch.with(name, value))
    }

    /// Stands this collector in for every backend.
    pub(crate) fn to(self, backend: &Running) -> Self {
        let grpc = backend.grpc_addr().to_string();
        let resolver = format!("{{static: {{hostnames: ['{grpc}']}}}}");
        let http = backend.http_endpoint();
        let variables = ["GATEWAY", "HONEYCOMB", "JAEGER", "SIGNOZ", "TEMPO"];
        let launch = variables.iter().fold(self, |launch, name| {
            let launch = launch.with(&format!("{name}_ENDPOINT"), &grpc);
            launch.with(&format!("{name}_INSECURE"), "true")
        });
        launch
            .with("GATEWAY_RESOLVER", &resolver)
            .with("LOKI_ENDPOINT", &http)
            .with("PROMETHEUS_ENDPOINT", &http)
            .with("VICTORIALOGS_ENDPOINT", &http)
    }

    fn command(&self, validate: bool) -> Program {
        let mut command = Program::new(program().unwrap());
        if validate {
            command = command.arg("validate");
        }
        for file in &self.files {
            command = command.arg("--config").arg(file);
        }
        for (variable, value) in &self.variables {
            command = command.with(variable, value);
        }
        command
    }

    /// Has the Collector read the files, as they are, without starting anything.
    pub(crate) async fn validate(&self) -> Ended {
        self.command(true).run().await
    }

    /// Runs it where it is expected not to start.
    pub(crate) async fn run_until_it_ends(&self) -> Ended {
        let file = self.ports_file();
        self.command(false).arg("--config").arg(file).run().await
    }

    /// The same by deploy/collector/run, which is told what to choose.
    pub(crate) fn by_run(&self, arguments: &[&str]) -> Program {
        let mut run = Program::new(repository("deploy/collector/run"));
        for argument in arguments {
            run = run.arg(argument);
        }
        let run = run.arg("--").arg("--config").arg(self.ports_file());
        let run = run.with("OTELCOL_BIN", program().unwrap());
        let run = run.with("PATH", env::var_os("PATH").unwrap());
        self.variables
            .iter()
            .fold(run, |run, (variable, value)| run.with(variable, value))
    }

    /// A file that moves everything that listens to ports of this launch.
    pub(crate) fn ports_file(&self) -> PathBuf {
        let Ports {
            grpc,
            http,
            health,
            metrics,
            pprof,
            zpages,
        } = self.ports;
        let has_debug = self.files[0].ends_with("development/common.yaml");
        let debug = format!(
            "  pprof: {{endpoint: '127.0.0.1:{pprof}'}}\n  zpages: {{endpoint: '127.0.0.1:{zpages}'}}\n"
        );
        let debug = if has_debug { &*debug } else { "" };
        let is_socket = self.files.iter().any(|file| file.ends_with("unix.yaml"));
        let grpc = match is_socket {
            true => String::new(),
            false => format!("      grpc: {{endpoint: '127.0.0.1:{grpc}'}}\n"),
        };
        let ports = format!(
            "extensions:\n  health_check: {{endpoint: '127.0.0.1:{health}'}}\n{debug}\
             receivers:\n  otlp:\n    protocols:\n{grpc}      http: {{endpoint: '127.0.0.1:{http}'}}\n\
             service:\n  telemetry:\n    metrics:\n      readers:\n        - pull:\n            \
             exporter:\n              prometheus: {{host: 127.0.0.1, port: {metrics}}}\n"
        );
        let file = self.folder.join("ports.yaml");
        fs::write(&file, ports).unwrap();
        file
    }

    /// Starts it, on ports of its own, and waits until it is ready.
    pub(crate) async fn start(self) -> Real {
        let file = self.ports_file();
        let process = self.command(false).arg("--config").arg(file).start();
        self.started(process).await
    }

    /// Waits until a process that listens on these ports is ready.
    pub(crate) async fn started(self, mut process: Process) -> Real {
        let url = format!("http://127.0.0.1:{}/", self.ports.health);
        until("the Collector is ready", async || {
            assert!(!process.has_ended(), "{}", process.output());
            let (status, _) = request("GET", &url).await?;
            (status == 200).then_some(())
        })
        .await;
        Real {
            process,
            launch: self,
        }
    }
}

/// A Collector that runs.
pub(crate) struct Real {
    pub(crate) process: Process,
    launch: Launch,
}

impl Real {
    pub(crate) fn grpc(&self) -> String {
        format!("http://127.0.0.1:{}", self.launch.ports.grpc)
    }

    pub(crate) fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.launch.ports.http)
    }

    /// A number among its own metrics, all series of that name together.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let url = format!("http://127.0.0.1:{}/metrics", self.launch.ports.metrics);
        let (_, text) = request("GET", &url).await.unwrap();
        text.lines()
            .filter(|line| {
                line.strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with(['{', ' ']))
            })
            .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
            .sum()
    }

    /// Where it takes gRPC, as host and port.
    pub(crate) fn grpc_address(&self) -> String {
        format!("127.0.0.1:{}", self.launch.ports.grpc)
    }

    /// Kills it; what starts it again is returned.
    pub(crate) async fn kill(self) -> Launch {
        self.process.kill().await;
        self.launch
    }

    /// Stops it, as a supervisor would, whatever it has said; what starts it again is returned.
    pub(crate) async fn stop_anyhow(self) -> Launch {
        stopped(self.process).await;
        self.launch
    }

    /// Stops it, as a supervisor would; it must have had nothing to complain about.
    pub(crate) async fn stop(self) -> Ended {
        let before = self.process.output();
        let told: Vec<_> = complaints(&before).collect();
        assert!(told.is_empty(), "{told:#?}");
        let ended = stopped(self.process).await;
        // At its end zpages says so whatever is set.
        let told = complaints(&ended.stderr)
            .filter(|line| !line.contains("zPages span processor registration is not available"));
        let told: Vec<_> = told.collect();
        assert!(told.is_empty(), "{told:#?}");
        ended
    }
}

async fn stopped(process: Process) -> Ended {
    let ended = process.stop().await;
    // It answers before it hears signals: one that comes at once ends it at once.
    assert!(
        ended.status.success() || ended.status.signal() == Some(15),
        "{}",
        ended.stderr
    );
    ended
}

/// The lines that are warnings, errors, or no log lines at all.
pub(crate) fn complaints(stderr: &str) -> impl Iterator<Item = &str> {
    let is_complaint = |line: &&str| {
        let mut words = line.split('\t');
        !matches!(
            (words.next(), words.next()),
            (Some(_), Some("info" | "debug"))
        )
    };
    // What `run` says of its choice comes before.
    let lines = stderr.lines().filter(|line| !line.starts_with("run: "));
    lines.filter(is_complaint)
}

/// What a Collector wrote into its file, as the local collector opens it.
pub(crate) async fn open(folder: &Path) -> Running {
    let file = folder.join("telemetry.jsonl");
    let opened = Collector::builder()
        .with_store_bytes(1 << 30)
        .with_open(&file)
        .start()
        .await
        .unwrap();
    let bad = &opened.opened().bad_lines;
    assert!(bad.is_empty(), "{bad:?}");
    opened
}

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}
