//! Setting up and starting a collector.

use crate::{
    Error, Fault, Notice, Opened, Running, Store, Transport, api,
    fault::Faults,
    file, forward,
    server::{self, Intake},
};
use axum::{Router, serve::ListenerExt as _};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// A collector that is not started yet.
///
/// By default it listens on two free ports of the loopback interface, keeps 64 MiB, and takes
/// requests of up to 16 MiB.
#[derive(Debug)]
#[must_use = "a collector does nothing until it is started"]
pub struct Collector {
    host: IpAddr,
    grpc_port: u16,
    http_port: u16,
    store_bytes: usize,
    max_request: usize,
    quiet: Duration,
    forward: Option<String>,
    save: Option<PathBuf>,
    open: Option<PathBuf>,
    fault: Fault,
    notice: Notice,
}

impl Collector {
    /// A collector with the defaults.
    pub fn builder() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            grpc_port: 0,
            http_port: 0,
            store_bytes: 64 << 20,
            max_request: 16 << 20,
            quiet: Duration::from_millis(500),
            forward: None,
            save: None,
            open: None,
            fault: Fault::None,
            notice: Notice::default(),
        }
    }

    /// Listens on this address instead of the loopback interface. There is no authentication:
    /// whoever reaches the address can write and read.
    pub const fn with_host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// Listens for gRPC on this port; 0, the default, is any free one.
    pub const fn with_grpc_port(mut self, port: u16) -> Self {
        self.grpc_port = port;
        self
    }

    /// Listens for HTTP on this port; 0, the default, is any free one.
    pub const fn with_http_port(mut self, port: u16) -> Self {
        self.http_port = port;
        self
    }

    /// Keeps at most about so many bytes of memory; the oldest goes first. Default 64 MiB.
    pub const fn with_store_bytes(mut self, bytes: usize) -> Self {
        self.store_bytes = bytes;
        self
    }

    /// Refuses requests of more bytes than this after decompression. Default 16 MiB.
    pub const fn with_max_request_bytes(mut self, bytes: usize) -> Self {
        self.max_request = bytes;
        self
    }

    /// Calls a trace complete when nothing of it came for this time. Default 500 ms.
    pub const fn with_quiet(mut self, quiet: Duration) -> Self {
        self.quiet = quiet;
        self
    }

    /// Passes every accepted request on to `http://host:port` (OTLP/HTTP, protobuf). Requests
    /// wait in a bounded queue; what does not fit or fails is counted and not tried again.
    pub fn with_forward(mut self, url: impl Into<String>) -> Self {
        self.forward = Some(url.into());
        self
    }

    /// Appends every accepted request to this file as a line of OTLP JSON. When the disk is
    /// slower than the senders, they wait.
    pub fn with_save(mut self, file: impl Into<PathBuf>) -> Self {
        self.save = Some(file.into());
        self
    }

    /// Reads this file of OTLP JSON lines into the store before listening; bad lines are skipped
    /// and told by [`Running::opened`].
    pub fn with_open(mut self, file: impl Into<PathBuf>) -> Self {
        self.open = Some(file.into());
        self
    }

    /// Starts with this fault set for all signals.
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    /// Hears what there is to say while it runs, a line each: forwarding or saving fails.
    pub fn with_notices(mut self, hear: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.notice = Notice::to(hear);
        self
    }

    /// Opens the files and listens; both ports answer when this returns. Everything runs on the
    /// runtime this is called on.
    ///
    /// # Errors
    /// See [`Error`]; nothing keeps running then.
    pub async fn start(self) -> Result<Running, Error> {
        let store = Store::new(self.store_bytes, self.quiet);
        let opened = match self.open {
            Some(path) => open(path, store.clone()).await?,
            None => Opened::default(),
        };
        let (stop, closing) = watch::channel(false);
        let mut writers = Vec::new();
        let forwarding = match self.forward {
            Some(url) => Some(forward::forward(&url, self.notice.clone())?),
            None => None,
        };
        let grpc = listen(Transport::Grpc, self.host, self.grpc_port).await?;
        let http = listen(Transport::Http, self.host, self.http_port).await?;
        let (grpc_addr, http_addr) = (address(&grpc)?, address(&http)?);
        let save = match self.save {
            Some(path) => {
                let (saver, saving) = file::save(&path, self.notice.clone())
                    .map_err(|source| Error::File { path, source })?;
                writers.push(tokio::task::spawn_blocking(|| saving.run()));
                Some(saver)
            }
            None => None,
        };
        let forward = forwarding.map(|(forwarder, sending)| {
            store.count_forwarded(forwarder.counts());
            writers.push(spawn(sending.run()));
            forwarder
        });
        let faults = Arc::new(Faults::default());
        faults.set_all(self.fault);
        let intake = Arc::new(Intake {
            store: store.clone(),
            faults: Arc::clone(&faults),
            forward,
            save,
            max_request: self.max_request,
            closing: closing.clone(),
        });
        let http_router = server::http(&intake).merge(api::router(store.clone()));
        let servers = vec![
            serve(grpc, server::grpc(&intake), closing.clone()),
            serve(http, http_router, closing),
        ];
        Ok(Running {
            grpc_addr,
            http_addr,
            store,
            faults,
            opened,
            stop,
            servers,
            writers,
        })
    }
}

async fn open(path: PathBuf, store: Store) -> Result<Opened, Error> {
    let reading = tokio::task::spawn_blocking({
        let path = path.clone();
        move || file::open(&path, &store)
    });
    match reading.await {
        Ok(result) => result,
        Err(_) => Err(io::Error::other("the runtime is shutting down")),
    }
    .map_err(|source| Error::File { path, source })
}

async fn listen(transport: Transport, host: IpAddr, port: u16) -> Result<TcpListener, Error> {
    let address = SocketAddr::new(host, port);
    TcpListener::bind(address)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => Error::PortInUse { transport, address },
            _ => Error::Listen {
                transport,
                address,
                source,
            },
        })
}

fn address(listener: &TcpListener) -> Result<SocketAddr, Error> {
    listener.local_addr().map_err(|source| Error::Listen {
        transport: Transport::Grpc,
        address: SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0),
        source,
    })
}

fn serve(
    listener: TcpListener,
    router: Router,
    mut closing: watch::Receiver<bool>,
) -> JoinHandle<()> {
    let listener = listener.tap_io(|stream| {
        // Without it an answer may wait 40 ms for an acknowledgement; a refusal is no harm.
        let _ = stream.set_nodelay(true);
    });
    spawn(async move {
        let stopped = async move {
            let _ = closing.wait_for(|closing| *closing).await;
        };
        let server = axum::serve(listener, router).with_graceful_shutdown(stopped);
        // It never ends with an error: failed accepts are tried again.
        let _ = server.await;
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "a collector is a server: its caller starts it on a runtime for this"
)]
fn spawn(task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(task)
}
