use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use otelier_otlp::{Cause, Protocol, Proxy};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    runtime::Handle,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    PROTOCOLS, batch, nowhere, ok, open,
    server::{Server, Speaks, status},
    settings, speaks,
    tls::Authority,
};

/// Opens tunnels to one place, whatever it is asked for.
struct Tunnels {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Tunnels {
    async fn start(to: SocketAddr, answer: &'static str, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let serving = Handle::current().spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (tls, log) = (tls.clone(), Arc::clone(&log));
                Handle::current().spawn(async move {
                    match tls {
                        Some(tls) => {
                            let stream = tls.accept(stream).await.unwrap();
                            tunnel(stream, to, answer, &log).await;
                        }
                        None => tunnel(stream, to, answer, &log).await,
                    }
                });
            }
        });
        Self {
            address,
            asked,
            serving,
        }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Tunnels {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn tunnel(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    to: SocketAddr,
    answer: &str,
    log: &Mutex<Vec<String>>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    log.lock().unwrap().push(String::from_utf8(head).unwrap());
    let answer = format!("HTTP/1.1 {answer}\r\nVia: a test\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    if answer.starts_with("HTTP/1.1 200") {
        let mut target = TcpStream::connect(to).await.unwrap();
        let _ = copy_bidirectional(&mut stream, &mut target).await;
    }
}

/// Only the proxy would know the way to this.
const HOST: &str = "collector.test";

fn all(proxy: String) -> Option<Proxy> {
    Some(Proxy {
        all: Some(proxy),
        ..Proxy::default()
    })
}

#[tokio::test]
async fn https_goes_through_a_tunnel() {
    let authority = Authority::new();
    for protocol in PROTOCOLS {
        let server = Server::start_tls(speaks(protocol), authority.server(HOST), move |_, _| {
            ok(protocol)
        })
        .await;
        let proxy = Tunnels::start(server.address, "200 Connection established", None).await;
        let mut settings = settings(protocol, &format!("https://{HOST}"));
        settings.tls.ca = Some(authority.pem.path().to_owned());
        settings.proxy = Some(Proxy {
            https: Some(format!("http://me:hunter2@{}", proxy.address)),
            http: Some("http://unused.invalid:1".into()),
            ..Proxy::default()
        });
        let transport = open(settings);
        transport.send(batch()).await.unwrap();
        transport.send(batch()).await.unwrap();

        let [asked] = &proxy.asked()[..] else {
            panic!()
        };
        let expected = format!(
            "CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\nProxy-Authorization: Basic bWU6aHVudGVyMg==\r\n\r\n"
        );
        assert_eq!(*asked, expected);
        let seen = server.seen();
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[0].header("proxy-authorization"), "");
    }
}

#[tokio::test]
async fn grpc_goes_through_a_tunnel_without_tls_too() {
    let server = Server::start(Speaks::Http2, |_, _| ok(Protocol::Grpc)).await;
    let proxy = Tunnels::start(server.address, "200 OK", None).await;
    let mut settings = settings(Protocol::Grpc, &format!("http://{HOST}:4317"));
    settings.proxy = all(proxy.address.to_string());
    open(settings).send(batch()).await.unwrap();
    assert!(proxy.asked()[0].starts_with("CONNECT collector.test:4317 HTTP/1.1\r\n"));
}

#[tokio::test]
async fn http_asks_the_proxy_for_the_whole_url() {
    for protocol in [Protocol::HttpProtobuf, Protocol::HttpJson] {
        let proxy = Server::start(Speaks::Http1, |_, _| status(200)).await;
        let mut settings = settings(protocol, &format!("http://{HOST}:4318"));
        settings.proxy = Some(Proxy {
            http: Some(format!("http://me:hunter2@{}", proxy.address)),
            ..Proxy::default()
        });
        open(settings).send(batch()).await.unwrap();

        let seen = proxy.seen().remove(0);
        assert_eq!(seen.uri, "http://collector.test:4318/v1/traces");
        assert_eq!(seen.header("host"), "collector.test:4318");
        let auth = seen.header("proxy-authorization");
        assert_eq!(auth, "Basic bWU6aHVudGVyMg==");
    }
}

#[tokio::test]
async fn a_proxy_may_itself_be_reached_over_tls() {
    let authority = Authority::new();
    for protocol in PROTOCOLS {
        let server = Server::start_tls(speaks(protocol), authority.server(HOST), move |_, _| {
            ok(protocol)
        })
        .await;
        let tls = TlsAcceptor::from(Arc::new(authority.server("localhost")));
        let proxy = Tunnels::start(server.address, "200 OK", Some(tls)).await;
        let mut settings = settings(protocol, &format!("https://{HOST}"));
        settings.tls.ca = Some(authority.pem.path().to_owned());
        settings.proxy = all(format!("https://localhost:{}", proxy.address.port()));
        open(settings).send(batch()).await.unwrap();
        assert_eq!(proxy.asked().len(), 1);
    }
}

#[tokio::test]
async fn what_no_proxy_names_is_reached_directly() {
    for protocol in PROTOCOLS {
        for (host, no) in [
            ("localhost", "example.com, localhost"),
            ("127.0.0.1", "127.0.0.0/8"),
            ("127.0.0.1", "example.com, *"),
            ("localhost", "*"),
        ] {
            let server = Server::start(speaks(protocol), move |_, _| ok(protocol)).await;
            let url = format!("http://{host}:{}", server.address.port());
            let mut settings = settings(protocol, &url);
            settings.proxy = Some(Proxy {
                all: Some("http://proxy.invalid:3128".into()),
                no: Some(no.into()),
                ..Proxy::default()
            });
            open(settings).send(batch()).await.unwrap();
            assert!(server.seen()[0].uri.authority().is_none() || protocol == Protocol::Grpc);
        }
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told() {
    for (answer, expected) in [
        (
            "407 Who are you",
            "proxy answered 407: put user and password",
        ),
        ("403 No", "proxy answered 403 instead of opening a tunnel"),
    ] {
        let proxy = Tunnels::start(([127, 0, 0, 1], 1).into(), answer, None).await;
        let mut settings = settings(Protocol::Grpc, "https://collector.test");
        settings.proxy = all(format!("http://{}", proxy.address));
        let failure = open(settings).send(batch()).await.unwrap_err();
        let text = failure.cause.to_string();
        assert!(text.starts_with(expected), "{text}");
        assert_eq!(failure.attempts, 1);
    }
    let proxy = Server::start(Speaks::Http1, |_, _| status(407)).await;
    let mut settings = settings(Protocol::HttpJson, "http://collector.test");
    settings.proxy = all(proxy.url());
    let failure = open(settings).send(batch()).await.unwrap_err();
    assert!(
        failure
            .cause
            .to_string()
            .starts_with("407: put user and password")
    );
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_told_with_its_own_address() {
    let address = nowhere();
    let mut settings = settings(Protocol::Grpc, "https://collector.test");
    settings.timeout = std::time::Duration::from_millis(300);
    settings.proxy = all(format!("http://{address}"));
    let failure = open(settings).send(batch()).await.unwrap_err();
    let peer = address.to_string().into();
    assert_eq!(failure.cause, Cause::Refused { peer });
}
