//! Ports for what is not there yet, or not there any more.

use std::net::Ipv4Addr;

use tokio::net::TcpSocket;

/// A port of the loopback interface that refuses whoever calls, until a server of the test
/// listens on it. Before it, between two of them and after it, as long as this process runs,
/// nobody else is given it.
///
/// It is bound and not listened on. A port that was merely found free belongs to the next who
/// asks the system for one, be it for an outgoing connection: tests that run side by side
/// would take each other's, now and then.
pub fn unused_port() -> u16 {
    let socket = TcpSocket::new_v4().unwrap();
    // Servers set it, too; of two that do, one may listen on Linux.
    socket.set_reuseaddr(true).unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let port = socket.local_addr().unwrap().port();
    if cfg!(target_os = "linux") {
        Box::leak(Box::new(socket));
    }
    port
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{
        io::ErrorKind,
        net::{TcpListener, TcpStream},
    };

    use super::unused_port;

    #[test]
    fn an_unused_port_refuses_whoever_calls_and_is_taken_by_one_server_after_the_other() {
        let address = ("127.0.0.1", unused_port());
        for _ in 0..2 {
            let refused = TcpStream::connect(address).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
            let server = TcpListener::bind(address).unwrap();
            let _client = TcpStream::connect(address).unwrap();
            let _served = server.accept().unwrap();
        }
    }

    #[test]
    fn an_unused_port_is_given_to_nobody_who_asks_for_any() {
        let ports: Vec<_> = (0..300).map(|_| unused_port()).collect();
        let others = (0..300).map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
        let others: Vec<_> = others.collect();
        for other in others {
            assert!(!ports.contains(&other.local_addr().unwrap().port()));
        }
    }
}
