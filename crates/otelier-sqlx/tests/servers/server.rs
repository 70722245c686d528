//! Finds server programs and starts servers that nobody else sees.

use std::{
    env, fs, io,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// A server that ends when its handle, or this process, does.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) port: u16,
    child: Child,
    /// Orders to the script that started the server; it ends the server when this closes.
    stdin: Option<ChildStdin>,
    /// A line for each order that was carried out.
    stdout: BufReader<ChildStdout>,
}

/// How to make, run and end a server, in words of the shell.
struct Script {
    prepare: &'static str,
    run: &'static str,
    /// The signals that end it in order, and at once.
    signals: [&'static str; 2],
}

impl Server {
    /// PostgreSQL, for the user `postgres` without a password.
    pub(crate) fn postgres() -> io::Result<Self> {
        let script = Script {
            prepare: "\"$INITDB\" -D data -U postgres -A trust --no-sync >/dev/null",
            run: "\"$POSTGRES\" -D data -k \"$FOLDER\" -h 127.0.0.1 -p $PORT -F",
            signals: ["INT", "QUIT"],
        };
        Self::start(
            &script,
            &[("INITDB", find("initdb")), ("POSTGRES", find("postgres"))],
        )
    }

    /// MariaDB, for the user `root` without a password.
    pub(crate) fn mariadb() -> io::Result<Self> {
        let script = Script {
            prepare: "\"$INSTALL\" --no-defaults --datadir=\"$FOLDER/data\" \
                      --auth-root-authentication-method=normal --skip-test-db >install 2>&1 \
                      || { cat install >&2; exit 1; }",
            run: "\"$MARIADBD\" --no-defaults --datadir=\"$FOLDER/data\" \
                  --socket=\"$FOLDER/socket\" --port=$PORT --bind-address=127.0.0.1 \
                  --pid-file=\"$FOLDER/pid\" --innodb-flush-log-at-trx-commit=0",
            signals: ["TERM", "KILL"],
        };
        Self::start(
            &script,
            &[
                ("INSTALL", mariadb_installer()),
                ("MARIADBD", find("mariadbd")),
            ],
        )
    }

    /// The script finds its port in `$PORT`, and `$FOLDER` is removed in the end.
    fn start(script: &Script, programs: &[(&str, Option<PathBuf>)]) -> io::Result<Self> {
        let port = programs::unused_port();
        let Script {
            prepare,
            run,
            signals: [end, kill],
        } = script;
        let script = format!(
            "set -e; FOLDER=$(mktemp -d); trap 'rm -rf \"$FOLDER\"' EXIT; cd \"$FOLDER\"; {prepare}; \
             start() {{ {run} >>log 2>&1 & PID=$!; }}; start; echo up; \
             while read -r order; do \
               if [ $order = kill ]; then kill -{kill} $PID; wait $PID || true; else start; fi; echo $order; \
             done; set +e; kill -{end} $PID; wait"
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
            let path = path
                .as_ref()
                .ok_or_else(|| io::Error::other("no program"))?;
            command.env(name, path);
        }
        let mut child = command.spawn()?;
        let piped = || io::Error::other("no pipe");
        let mut stdout = BufReader::new(child.stdout.take().ok_or_else(piped)?);
        if stdout.read_line(&mut String::new())? == 0 {
            let mut cause = String::new();
            if let Some(mut stderr) = child.stderr.take() {
                stderr.read_to_string(&mut cause)?;
            }
            return Err(io::Error::other(cause));
        }
        let stdin = child.stdin.take();
        Ok(Self {
            port,
            child,
            stdin,
            stdout,
        })
    }

    /// Kills it, and waits for its end.
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        self.order("kill")
    }

    /// Starts it again, where it was and with what it held.
    pub(crate) fn restart(&mut self) -> io::Result<()> {
        self.order("start")
    }

    fn order(&mut self, order: &str) -> io::Result<()> {
        if let Some(stdin) = &mut self.stdin {
            writeln!(stdin, "{order}")?;
        }
        self.stdout.read_line(&mut String::new())?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stdin = None;
        self.child.wait().ok();
    }
}

/// Tells why PostgreSQL cannot be started, if it cannot.
pub(crate) fn without_postgres() -> Option<&'static str> {
    let is_installed = find("initdb").is_some() && find("postgres").is_some();
    (!is_installed).then_some("PostgreSQL is not installed")
}

/// Tells why MariaDB cannot be started, if it cannot.
pub(crate) fn without_mariadb() -> Option<&'static str> {
    let is_installed = mariadb_installer().is_some() && find("mariadbd").is_some();
    (!is_installed).then_some("MariaDB is not installed")
}

fn mariadb_installer() -> Option<PathBuf> {
    find("mariadb-install-db").or_else(|| find("mysql_install_db"))
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
fn find(program: &str) -> Option<PathBuf> {
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
