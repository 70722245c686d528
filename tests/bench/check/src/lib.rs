//! What benches share that need nothing: how one tells `bench-check` what it counted, and
//! a receiver in a process of its own.

use std::{
    env,
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// Adds what a variant adds to a bare one to the file that `BENCH_RECORD` names,
/// for `bench-check`.
pub fn record(variant: &str, instructions: i64, allocations: f64) {
    let Some(path) = env::var_os("BENCH_RECORD") else {
        return;
    };
    let file = File::options().append(true).create(true).open(path);
    writeln!(
        file.expect("BENCH_RECORD"),
        "{variant}\t{instructions}\t{allocations:.2}"
    )
    .expect("BENCH_RECORD");
}

/// This program.
#[must_use]
pub fn program() -> PathBuf {
    env::current_exe().expect("own path")
}

/// This program as a receiver, which goes with its owner.
#[derive(Debug)]
pub struct Receiver {
    child: Child,
    /// The line that it began with: its addresses.
    pub addresses: String,
}

impl Receiver {
    /// Starts this program with the argument `sink`.
    #[must_use]
    pub fn start() -> Self {
        let mut child = Command::new(program())
            .arg("sink")
            .stdout(Stdio::piped())
            .spawn()
            .expect("a sink");
        let out = child.stdout.take().expect("its output");
        let mut addresses = String::new();
        BufReader::new(out)
            .read_line(&mut addresses)
            .expect("a line");
        Self { child, addresses }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
