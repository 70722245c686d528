//! Builds examples/api from nothing, with and without the feature `otel`, and
//! prints its size, the time that took, and the time from its start to the
//! first answer.
//!
//! Takes some minutes; everything else on the machine should be quiet.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Starts of which the median is taken.
const STARTS: usize = 21;

fn main() {
    println!(
        "| build of examples/api | stripped, KiB | clean release build, s | crates | start to first answer, ms |"
    );
    println!("|---|---:|---:|---:|---:|");
    let target = env::temp_dir().join(format!("bench-build.{}", std::process::id()));
    let without = Built::new(&target.join("without"), &["--no-default-features"]);
    without.row("compiled out", None);
    let with = Built::new(&target.join("with"), &[]);
    with.row("`otel`, off", None);
    // Nobody listens on the discard port: export fails, starting must not.
    with.row("`otel`, on, its collector away", Some("http://127.0.0.1:9"));
    fs::remove_dir_all(&target).expect("to remove");
}

struct Built {
    program: PathBuf,
    kibibytes: u64,
    seconds: f64,
    crates: usize,
}

impl Built {
    fn new(target: &Path, flags: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let cargo = |command: &str| {
            let mut cargo = Command::new("cargo");
            cargo.arg(command).args(["-p", "api"]).args(flags);
            cargo.current_dir(&root).env("CARGO_TARGET_DIR", target);
            cargo
        };
        let tree = cargo("tree")
            .args(["-e", "normal", "--prefix", "none", "--no-dedupe"])
            .output()
            .expect("cargo tree");
        let mut crates: Vec<_> = tree.stdout.split(|byte| *byte == b'\n').collect();
        crates.sort_unstable();
        crates.dedup();

        let started = Instant::now();
        let status = cargo("build")
            .args([
                "--release",
                "--quiet",
                "--config",
                "profile.release.strip=true",
            ])
            .status()
            .expect("cargo build");
        assert!(status.success(), "{status}");
        let program = target.join("release/api");
        Self {
            kibibytes: fs::metadata(&program).expect("the program").len() / 1024,
            seconds: started.elapsed().as_secs_f64(),
            crates: crates.iter().filter(|line| !line.is_empty()).count(),
            program,
        }
    }

    fn row(&self, name: &str, endpoint: Option<&str>) {
        let mut starts: Vec<_> = (0..STARTS).map(|_| self.start(endpoint)).collect();
        starts.sort_unstable();
        println!(
            "| {name} | {} | {:.0} | {} | {:.1} |",
            self.kibibytes,
            self.seconds,
            self.crates,
            starts[STARTS / 2].as_secs_f64() * 1000.0
        );
    }

    /// From the start of the process to its first answer.
    fn start(&self, endpoint: Option<&str>) -> Duration {
        let mut command = Command::new(&self.program);
        command
            .env("API_ADDR", "127.0.0.1:0")
            .stdout(Stdio::piped());
        command.env_remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        command.envs(endpoint.map(|endpoint| ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)));
        command.env("OTELIER_CONSOLE", "text").stderr(Stdio::null());
        let started = Instant::now();
        let mut child = Running(command.spawn().expect("the service"));
        let lines = BufReader::new(child.0.stdout.take().expect("its output")).lines();
        let address = lines.map_while(Result::ok).find_map(|line| {
            Some(
                line.split_once("listening on http://127.0.0.1:")?
                    .1
                    .to_owned(),
            )
        });
        let port = address.expect("the line that says where it listens");
        let port = port.trim().parse().expect("a port");
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("to connect");
        stream
            .write_all(b"GET /repos/7 HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .expect("to ask");
        stream.read_exact(&mut [0; 12]).expect("an answer");
        started.elapsed()
    }
}

/// A process that ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
