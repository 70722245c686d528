//! The receiver of a case: a collector in this process, and what stands in
//! front of it.

use std::{net::SocketAddr, ops::Range, time::Duration};

use otelier_collector::{Collector, Fault, Running};
use programs::unused_port;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpSocket, TcpStream},
    time::{sleep, timeout},
};

use super::{
    case::{Case, Receiver, Trust},
    tls::{self, Credentials},
};
use crate::process::{Process, Role};

/// From its start to its end by a signal, and how long it is away.
const LIFE: Duration = Duration::from_secs(3);
const AWAY: Duration = Duration::from_millis(300);
/// So much of a request gets through before its connection is cut.
const CUT_AT: usize = 1000;

/// A receiver that is ready to be exported to.
pub(crate) struct Stand {
    pub(crate) collector: Running,
    pub(crate) endpoint: String,
    /// What a service needs to be told beside the endpoint.
    pub(crate) variables: Vec<(&'static str, String)>,
    port: u16,
    behind: SocketAddr,
    relay: Option<Process>,
    _credentials: Option<Credentials>,
    _waiting: Vec<TcpStream>,
}

impl Stand {
    /// One without a fault.
    pub(crate) async fn well(case: &Case) -> anyhow::Result<Self> {
        let well = Case {
            receiver: Receiver::Does(Fault::None),
            ..case.clone()
        };
        Self::set(&well).await
    }

    /// The one of the case, as it is at the start.
    pub(crate) async fn set(case: &Case) -> anyhow::Result<Self> {
        // It has to hold every span of the case.
        let collector = Collector::builder().with_store_bytes(512 << 20);
        let collector = collector.start().await?;
        let is_grpc = case.protocol == "grpc";
        let (behind, other) = match is_grpc {
            true => (collector.grpc_addr(), collector.http_addr()),
            false => (collector.http_addr(), collector.grpc_addr()),
        };
        let mut stand = Self {
            collector,
            endpoint: format!("http://{behind}"),
            variables: Vec::new(),
            port: 0,
            behind,
            relay: None,
            _credentials: None,
            _waiting: Vec::new(),
        };
        match &case.receiver {
            Receiver::Does(fault) | Receiver::DoesAtFirst(fault) => {
                stand.collector.set_fault(fault.clone());
            }
            Receiver::Late | Receiver::Absent => stand.port = unused_port(),
            Receiver::Vanishes => {
                (stand.port, stand._waiting) = wall().await?;
            }
            Receiver::Killed => {
                stand.port = unused_port();
                stand.relay = Some(relay_on(stand.port, behind).await?);
            }
            Receiver::CutsRequests(first) => {
                stand.port = front(behind, Cut::Request, 0..*first).await?;
            }
            Receiver::CutsAnswers(first) => {
                stand.port = front(behind, Cut::Answer, 0..*first).await?;
            }
            Receiver::OtherPort => stand.endpoint = format!("http://{other}"),
            Receiver::Nameless => stand.endpoint = "http://collector.invalid:4317".to_owned(),
            Receiver::Tls(trust) => stand.secure(*trust, is_grpc).await?,
        }
        if stand.port != 0 {
            stand.endpoint = format!("http://127.0.0.1:{}", stand.port);
        }
        Ok(stand)
    }

    async fn secure(&mut self, trust: Trust, is_grpc: bool) -> anyhow::Result<()> {
        let credentials = Credentials::new(trust)?;
        let acceptor = credentials.acceptor(is_grpc)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        self.endpoint = format!("https://localhost:{port}");
        self.variables = credentials.variables()?;
        self._credentials = Some(credentials);
        tokio::spawn(tls::take_off(listener, acceptor, self.behind));
        Ok(())
    }

    /// Does what it does while requests are sent for this time.
    pub(crate) async fn play(&mut self, case: &Case, time: Duration) -> anyhow::Result<()> {
        match case.receiver {
            Receiver::DoesAtFirst(_) => {
                sleep(time * 3 / 5).await;
                self.collector.set_fault(Fault::None);
            }
            Receiver::Late => {
                sleep(time * 3 / 5).await;
                let listener = TcpListener::bind(("127.0.0.1", self.port)).await?;
                tokio::spawn(serve(listener, self.behind, Cut::Request, 0..0));
            }
            Receiver::Killed => loop {
                sleep(LIFE).await;
                if let Some(mut relay) = self.relay.take() {
                    relay.kill().await?;
                }
                sleep(AWAY).await;
                self.relay = Some(relay_on(self.port, self.behind).await?);
            },
            _ => {}
        }
        Ok(())
    }

    /// Comes back, if it is away for a moment.
    pub(crate) async fn settle(&mut self, case: &Case) -> anyhow::Result<()> {
        if matches!(case.receiver, Receiver::Killed) && self.relay.is_none() {
            self.relay = Some(relay_on(self.port, self.behind).await?);
        }
        Ok(())
    }
}

/// A port that takes no further connection: what is sent to it is dropped.
async fn wall() -> anyhow::Result<(u16, Vec<TcpStream>)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind("127.0.0.1:0".parse()?)?;
    let listener = socket.listen(1)?;
    let address = listener.local_addr()?;
    let mut waiting = Vec::new();
    // Until its queue is full.
    let soon = Duration::from_millis(300);
    while let Ok(connected) = timeout(soon, TcpStream::connect(address)).await {
        waiting.push(connected?);
    }
    tokio::spawn(async move {
        let _open = listener;
        std::future::pending::<()>().await;
    });
    Ok((address.port(), waiting))
}

async fn relay_on(port: u16, to: SocketAddr) -> anyhow::Result<Process> {
    let role = Role::new(["relay", &port.to_string(), &to.to_string()])?;
    let mut relay = role.start()?;
    relay.says("listening on").await?;
    Ok(relay)
}

/// Where a connection is cut.
#[derive(Clone, Copy)]
enum Cut {
    Request,
    Answer,
}

/// Passes connections on; cuts those whose numbers are in the range.
async fn front(to: SocketAddr, cut: Cut, cuts: Range<u32>) -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(serve(listener, to, cut, cuts));
    Ok(port)
}

async fn serve(listener: TcpListener, to: SocketAddr, cut: Cut, cuts: Range<u32>) {
    let mut number = 0;
    while let Ok((stream, _)) = listener.accept().await {
        let is_cut = cuts.contains(&number);
        number += 1;
        tokio::spawn(async move {
            let _ = match (is_cut, cut) {
                (false, _) => pass(stream, to).await,
                (true, Cut::Request) => cut_request(stream, to).await,
                (true, Cut::Answer) => cut_answer(stream, to).await,
            };
        });
    }
}

async fn pass(mut stream: TcpStream, to: SocketAddr) -> std::io::Result<()> {
    let mut inside = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    inside.set_nodelay(true)?;
    copy_bidirectional(&mut stream, &mut inside).await?;
    Ok(())
}

async fn cut_request(mut stream: TcpStream, to: SocketAddr) -> std::io::Result<()> {
    let mut inside = TcpStream::connect(to).await?;
    let (mut buffer, mut passed) = ([0; CUT_AT], 0);
    while passed < CUT_AT {
        let read = stream.read(&mut buffer[passed..]).await?;
        if read == 0 {
            return Ok(());
        }
        inside.write_all(&buffer[passed..passed + read]).await?;
        passed += read;
    }
    Ok(())
}

async fn cut_answer(stream: TcpStream, to: SocketAddr) -> std::io::Result<()> {
    let (mut inward, mut outward) = stream.into_split();
    let (mut answer, mut request) = TcpStream::connect(to).await?.into_split();
    tokio::select! {
        // The collector answers when it has taken the request.
        _ = answer.readable() => {}
        _ = tokio::io::copy(&mut inward, &mut request) => {}
    }
    outward.shutdown().await?;
    let _ = answer.read(&mut [0; 16]).await;
    Ok(())
}

/// The role of a receiver that can be killed.
pub(crate) async fn relay(port: u16, to: SocketAddr) -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    crate::say(&format!("listening on http://{}", listener.local_addr()?))?;
    serve(listener, to, Cut::Request, 0..0).await;
    Ok(())
}
