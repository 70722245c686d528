//! The transport against real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in what it calls, too"
)]

mod connection;
mod delivery;
mod encode;
mod misfit;
mod outbox;
mod proxy;
mod restart;
mod retry;
mod server;
mod set_up;
mod size;
#[cfg(unix)]
mod socket;
mod tls;

use std::{net::SocketAddr, sync::Mutex, time::Duration};

use bytes::Bytes;
use otelier_otlp::{Compression, Protocol, Settings, Signal, Tls, Transport};
use tokio::{net::TcpSocket, runtime::Handle};

use crate::server::{Answer, Speaks, grpc, status};

const PROTOCOLS: [Protocol; 3] = [Protocol::Grpc, Protocol::HttpProtobuf, Protocol::HttpJson];

/// Settings for a server at `url`, whose path is added for HTTP.
fn settings(protocol: Protocol, url: &str) -> Settings {
    let path = match protocol {
        Protocol::Grpc => "",
        _ => Signal::Traces.http_path(),
    };
    Settings {
        signal: Signal::Traces,
        endpoint: format!("{url}{path}").parse().unwrap(),
        socket: None,
        protocol,
        otherwise: None,
        headers: Vec::new(),
        timeout: Duration::from_secs(20),
        compression: Compression::None,
        tls: Tls::default(),
        proxy: None,
    }
}

fn transport(protocol: Protocol, url: &str) -> Transport {
    open(settings(protocol, url))
}

fn open(settings: Settings) -> Transport {
    Transport::new(settings, Handle::current()).unwrap()
}

fn speaks(protocol: Protocol) -> Speaks {
    match protocol {
        Protocol::Grpc => Speaks::Http2,
        _ => Speaks::Http1,
    }
}

/// The server took it all.
fn ok(protocol: Protocol) -> Answer {
    match protocol {
        Protocol::Grpc => grpc(0),
        _ => status(200),
    }
}

/// The server asks to come again.
fn unavailable(protocol: Protocol) -> Answer {
    match protocol {
        Protocol::Grpc => grpc(14),
        _ => status(503),
    }
}

/// Compressible, and different at each place.
fn batch() -> Bytes {
    (0..3_000)
        .map(|number| format!("span {number}, "))
        .collect::<String>()
        .into()
}

/// An address where nothing listens, until a test has a server there. It is held as long
/// as this process runs: who asks for a free port meanwhile does not get it, and no other
/// test's server answers there.
fn nowhere() -> SocketAddr {
    static HELD: Mutex<Vec<TcpSocket>> = Mutex::new(Vec::new());
    let socket = TcpSocket::new_v4().unwrap();
    // A server may listen there beside it.
    socket.set_reuseaddr(true).unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    HELD.lock().unwrap().push(socket);
    address
}

/// Looks until it is so.
async fn until(mut look: impl FnMut() -> bool) {
    let looking = async {
        while !look() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let came = tokio::time::timeout(Duration::from_secs(60), looking).await;
    assert!(came.is_ok(), "it never came");
}
