//! Starts servers that nobody else sees.

use std::{
    env, fs, io,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use programs::unused_port;
use redis::{AsyncConnectionConfig, Client, aio::MultiplexedConnection};
use tempfile::TempDir;

/// A server that ends when its handle, or this process, does.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) port: u16,
    folder: TempDir,
    child: Child,
}

/// How often somebody looks what a server does, which is a process of its own, and how long
/// nobody does in between.
const LOOKS: u32 = 600;
const PAUSE: Duration = Duration::from_millis(50);

/// Ends the server when nobody holds its input any more.
const SCRIPT: &str =
    "\"$SERVER\" conf >log 2>&1 & PID=$!; cat >/dev/null; kill -KILL $PID; wait $PID 2>/dev/null";

impl Server {
    pub(crate) fn start() -> io::Result<Self> {
        Self::start_at(unused_port(), "")
    }

    /// With more lines of configuration.
    pub(crate) fn start_at(port: u16, more: &str) -> io::Result<Self> {
        Self::with(port, more, None)
    }

    /// One of a cluster whose nodes, as `nodes.conf` lists them, are known.
    pub(crate) fn node(port: u16, bus: u16, nodes: &str) -> io::Result<Self> {
        let more = format!("cluster-enabled yes\ncluster-port {bus}\n");
        Self::with(port, &more, Some(nodes))
    }

    fn with(port: u16, more: &str, nodes: Option<&str>) -> io::Result<Self> {
        let program = program().ok_or_else(|| io::Error::other("no program"))?;
        let folder = tempfile::tempdir()?;
        let conf = format!("port {port}\nbind 127.0.0.1\nsave \"\"\nappendonly no\n{more}");
        fs::write(folder.path().join("conf"), conf)?;
        if let Some(nodes) = nodes {
            fs::write(folder.path().join("nodes.conf"), nodes)?;
        }
        let child = Command::new("sh")
            .args(["-c", SCRIPT])
            .env("SERVER", program)
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Self {
            port,
            folder,
            child,
        })
    }

    pub(crate) fn client(&self) -> Client {
        self.client_of(0)
    }

    pub(crate) fn client_of(&self, database: u8) -> Client {
        let port = self.port;
        Client::open(format!("redis://127.0.0.1:{port}/{database}")).unwrap()
    }

    /// A connection to a server that may only be starting.
    pub(crate) async fn connect(&self) -> MultiplexedConnection {
        // Half a second is the client's own, which a busy machine may take.
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(PAUSE * LOOKS));
        for _ in 0..LOOKS {
            let client = self.client();
            let connecting = client.get_multiplexed_async_connection_with_config(&config);
            if let Ok(connection) = connecting.await {
                return connection;
            }
            tokio::time::sleep(PAUSE).await;
        }
        let log = fs::read_to_string(self.folder.path().join("log"));
        panic!("the server does not answer: {log:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().ok();
    }
}

/// Tells why no server can be started, if none can.
pub(crate) fn missing() -> Option<&'static str> {
    program()
        .is_none()
        .then_some("redis-server is not installed")
}

fn program() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join("redis-server"))
        .find(|path| path.is_file())
}

/// Looks until it is so.
pub(crate) async fn until(mut look: impl AsyncFnMut() -> bool) {
    for _ in 0..LOOKS {
        if look().await {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("it never came");
}
