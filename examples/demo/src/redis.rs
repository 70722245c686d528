//! A Redis of the demo's own, where there is a `redis-server`.

use std::{
    env,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, bail};
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, ChildStdin, Command},
    time::{Instant, sleep},
};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(10);
/// Ends the server when nobody holds its input any more, however this process ends.
const SCRIPT: &str = "\"$0\" \"$@\" & cat; kill $!; wait $!";

/// A server that ends with this handle, or with this process.
pub(crate) struct Redis {
    pub(crate) url: String,
    child: Child,
    input: Option<ChildStdin>,
}

impl Redis {
    /// Starts one, if it is installed. Where `OTELIER_REQUIRE_DATABASES` is set, it has to be.
    pub(crate) async fn start(folder: &Path) -> anyhow::Result<Option<Self>> {
        let Some(program) = program() else {
            let required = env::var("OTELIER_REQUIRE_DATABASES").is_ok_and(|value| value == "1");
            if required {
                bail!("redis-server is not installed, and OTELIER_REQUIRE_DATABASES is set");
            }
            return Ok(None);
        };
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = free.local_addr()?.port();
        drop(free);
        let mut child = Command::new("sh")
            .args(["-c", SCRIPT])
            .arg(program)
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("redis-server cannot be started")?;
        let input = child.stdin.take();
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .is_err()
        {
            if begun.elapsed() > PATIENCE {
                bail!("redis-server does not answer");
            }
            sleep(Duration::from_millis(20)).await;
        }
        let url = format!("redis://127.0.0.1:{port}/");
        Ok(Some(Self { url, child, input }))
    }

    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.input.take());
        self.child.wait().await?;
        Ok(())
    }
}

fn program() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut programs = env::split_paths(&path).map(|folder| folder.join("redis-server"));
    programs.find(|program| program.is_file())
}
