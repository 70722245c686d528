//! Finds server programs and starts servers that nobody else sees.

use std::{
    env, fs, io,
    io::Read as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
};

/// A server that ends when its handle, or this process, does.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) port: u16,
    child: Child,
    /// The script that started the server ends it when this closes.
    stdin: Option<ChildStdin>,
}

impl Server {
    /// Runs a script that prints a line once its server is about to start. It finds `$PORT`, and
    /// `$FOLDER`, which is removed when `stop` has run.
    pub(crate) fn start(start: &str, stop: &str, programs: &[(&str, &Path)]) -> io::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let script = format!(
            "set -e; FOLDER=$(mktemp -d); trap 'rm -rf \"$FOLDER\"' EXIT; cd \"$FOLDER\"; \
             {start}; echo up; read -r _ || true; set +e; {stop}; wait"
        );
        let mut command = as_somebody();
        command
            .args(["sh", "-c", &script])
            .env("PORT", port.to_string())
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, path) in programs {
            command.env(name, path);
        }
        let mut child = command.spawn()?;
        let mut up = [0; 2];
        let stdout = child.stdout.take();
        let is_up = stdout.is_some_and(|mut stdout| stdout.read_exact(&mut up).is_ok());
        if !is_up {
            let mut cause = String::new();
            if let Some(mut stderr) = child.stderr.take() {
                stderr.read_to_string(&mut cause)?;
            }
            return Err(io::Error::other(cause));
        }
        let stdin = child.stdin.take();
        Ok(Self { port, child, stdin })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stdin = None;
        self.child.wait().ok();
    }
}

/// The servers refuse to run as root.
fn as_somebody() -> Command {
    let is_root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| id.stdout == b"0\n");
    if is_root {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "env"])
            .args(["HOME=/nonexistent"]);
        command
    } else {
        Command::new("env")
    }
}

/// Looks for a program in `PATH`, and where packages hide it.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut hidden: Vec<PathBuf> = versions
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .collect();
    // The newest first.
    hidden.sort_by(|a, b| b.cmp(a));
    let usual = [
        "/usr/sbin",
        "/usr/local/sbin",
        "/usr/libexec",
        "/opt/homebrew/bin",
    ];
    env::split_paths(&path)
        .chain(hidden)
        .chain(usual.map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}
