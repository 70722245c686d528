//! Setting up and starting a collector.

use crate::{
    Error, Fault, Notice, Opened, Rotation, Running, Store, Transport,
    allow::{allowed_host, allowed_origin},
    api,
    fault::Faults,
    file::{self, Limits},
    forward::{self, HttpPost, Target, Via},
    room::Room,
    server::{self, Decoder, Door, Gate, Intake, MOST_CONNECTIONS, Refusals},
};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinHandle,
};

/// A collector that is not started yet.
///
/// By default it listens on two free ports of the loopback interface, keeps 64 MiB, and takes
/// requests of up to 16 MiB.
///
/// ```no_run
/// use std::net::Ipv4Addr;
///
/// use otelier_collector::{Collector, Error, Rotation};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let collector = Collector::builder()
///     .with_host(Ipv4Addr::UNSPECIFIED.into())
///     .with_grpc_port(4317)
///     .with_http_port(4318)
///     .with_save("telemetry.jsonl")
///     .with_save_rotation(Rotation { backups: 3, ..Rotation::default() });
/// match collector.start().await {
///     Ok(running) => running.shutdown().await,
///     Err(error @ Error::PortInUse { .. }) => eprintln!("{error}: is another one running?"),
///     Err(error) => return Err(error.into()),
/// }
/// # Ok(())
/// # }
/// ```
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
    rotation: Rotation,
    open: Vec<PathBuf>,
    hosts: Vec<String>,
    origins: Vec<String>,
    assets: Option<PathBuf>,
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
            rotation: Rotation::default(),
            open: Vec::new(),
            hosts: Vec::new(),
            origins: Vec::new(),
            assets: None,
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

    /// Lets requests name this host, such as `collector.test`. Addresses and `localhost` are always
    /// right. A name that is not allowed may be one that a stranger points here.
    pub fn with_allowed_host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

    /// Lets pages of this origin, such as `http://localhost:5173`, send OTLP and ask for all that
    /// is kept. Without it, browsers may only show what comes from here.
    pub fn with_allowed_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Passes every accepted request on to `http://[user:password@]host:port` (OTLP/HTTP,
    /// protobuf). Requests wait in a bounded queue. What fails in passing is tried again for five
    /// minutes; what is lost is counted, and told.
    pub fn with_forward(mut self, url: impl Into<String>) -> Self {
        self.forward = Some(url.into());
        self
    }

    /// Appends every accepted request to this file as a line of OTLP JSON, before it is answered.
    /// When the disk is slower than the senders, they wait.
    pub fn with_save(mut self, file: impl Into<PathBuf>) -> Self {
        self.save = Some(file.into());
        self
    }

    /// When to begin a new file, and how many older ones to keep. Default 100 MiB, and ten.
    pub const fn with_save_rotation(mut self, rotation: Rotation) -> Self {
        self.rotation = rotation;
        self
    }

    /// Reads this file of OTLP JSON lines, or every file of this folder, into the store before
    /// listening; once more for each further call. Files may be packed (gzip, zstd), also as the
    /// OpenTelemetry Collector's file exporter does it. Bad lines are skipped and told by
    /// [`Running::opened`].
    pub fn with_open(mut self, path: impl Into<PathBuf>) -> Self {
        self.open.push(path.into());
        self
    }

    /// Takes the files of the page from this folder, each time anew, for who works on the page.
    /// Without the feature `page` there is none.
    pub fn with_assets(mut self, folder: impl Into<PathBuf>) -> Self {
        self.assets = Some(folder.into());
        self
    }

    /// Starts with this fault set for all signals.
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    /// Hears what there is to say while it runs, a line each: a request is refused, forwarding or
    /// saving fails. No kind of line is said more than once a minute.
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
        let hosts = self.hosts.iter().map(|name| allowed_host(name));
        let origins = self.origins.iter().map(|origin| allowed_origin(origin));
        let (hosts, origins) = (
            hosts.collect::<Result<_, _>>()?,
            origins.collect::<Result<_, _>>()?,
        );
        let target = self.forward.as_deref().map(Target::of).transpose()?;
        let opened = match self.open.is_empty() {
            true => Opened::default(),
            false => open(self.open, Limits::of(self.max_request), store.clone()).await?,
        };
        let (stop, closing) = watch::channel(false);
        let mut writers = Vec::new();
        let grpc = listen(Transport::Grpc, self.host, self.grpc_port).await?;
        let http = listen(Transport::Http, self.host, self.http_port).await?;
        let (grpc_addr, http_addr) = (address(&grpc)?, address(&http)?);
        if let Some(target) = &target {
            target.check(&[grpc_addr, http_addr]).await?;
        }
        let save = match self.save {
            Some(path) => {
                let (saver, saving) = file::save(&path, self.rotation, self.notice.clone())
                    .map_err(|source| Error::File { path, source })?;
                writers.push(tokio::task::spawn_blocking(|| saving.run()));
                Some(saver)
            }
            None => None,
        };
        let room = Room::of(self.max_request);
        let forward = target.map(|target| {
            let name = target.base.clone();
            let post = HttpPost::to(target);
            let (near, far) = forward::forward(post, name, room.limit(), self.notice.clone());
            store.count_forwarded(near.counts());
            writers.push(spawn(far.run(closing.clone())));
            near
        });
        let faults = Arc::new(Faults::default());
        faults.set_all(self.fault);
        let refusals = Arc::new(Refusals::new(self.notice));
        let door = Arc::new(Door {
            hosts,
            origins,
            open: !self.host.is_loopback(),
            refusals: Arc::clone(&refusals),
        });
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let intake = Arc::new(Intake {
            store: store.clone(),
            faults: Arc::clone(&faults),
            forward,
            save,
            max_request: self.max_request,
            room,
            refusals: Arc::clone(&refusals),
            decoder: Decoder::default(),
            name: Via::new_name(),
            closing: closing.clone(),
        });
        let endpoints = [format!("http://{grpc_addr}"), format!("http://{http_addr}")];
        let view = api::router(&intake, Arc::clone(&places), endpoints, self.assets);
        let gate = Gate {
            refusals: Arc::clone(&refusals),
            places,
            closing,
        };
        let http_router = server::with_view(&intake, &door, view);
        let servers = vec![
            spawn(server::serve(
                grpc,
                server::grpc(&intake, &door),
                gate.clone(),
            )),
            spawn(server::serve(http, http_router, gate)),
        ];
        Ok(Running {
            grpc_addr,
            http_addr,
            store,
            faults,
            opened,
            refusals,
            stop,
            servers,
            writers,
        })
    }
}

async fn open(paths: Vec<PathBuf>, limits: Limits, store: Store) -> Result<Opened, Error> {
    let reading = tokio::task::spawn_blocking(move || {
        let mut opened = Opened::default();
        for path in paths {
            file::open(&path, limits, &store, &mut opened)?;
        }
        Ok(opened)
    });
    match reading.await {
        Ok(result) => result,
        Err(_) => Err(Error::File {
            path: PathBuf::new(),
            source: io::Error::other("the runtime is shutting down"),
        }),
    }
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

#[expect(
    clippy::disallowed_methods,
    reason = "a collector is a server: its caller starts it on a runtime for this"
)]
fn spawn(task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(task)
}
