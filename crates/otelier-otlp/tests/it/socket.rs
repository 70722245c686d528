//! Sockets of the machine itself.

use std::{
    fs, io,
    os::unix::{fs::PermissionsExt as _, net::UnixStream},
    path::Path,
    time::Duration,
};

use otelier_otlp::{Cause, Protocol, Proxy, Settings};
use tempfile::TempDir;
use tokio::net::UnixListener;

use crate::{PROTOCOLS, batch, ok, open, server::Server, settings, speaks};

fn over(path: &Path, protocol: Protocol) -> Settings {
    let mut settings = settings(protocol, "http://localhost");
    settings.socket = Some(path.to_owned());
    settings
}

async fn refused(path: &Path, protocol: Protocol) -> Cause {
    let mut settings = over(path, protocol);
    settings.timeout = Duration::from_millis(300);
    let failure = open(settings).send(batch()).await.unwrap_err();
    assert!(failure.attempts > 1 && failure.is_passing());
    failure.cause
}

#[tokio::test]
async fn a_socket_of_the_machine_may_stand_for_host_and_port() {
    for protocol in PROTOCOLS {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("otlp.sock");
        let server = Server::start_on(&path, speaks(protocol), move |_, _| ok(protocol));
        let mut settings = over(&path, protocol);
        // There is no way to a socket through one.
        settings.proxy = Some(Proxy {
            all: Some("http://proxy.invalid:3128".into()),
            ..Proxy::default()
        });
        let transport = open(settings);
        for _ in 0..3 {
            transport.send(batch()).await.unwrap();
        }
        assert_eq!((server.seen().len(), server.connections()), (3, 1));
        let seen = server.seen().remove(0);
        let host = match protocol {
            Protocol::Grpc => seen.uri.authority().unwrap().as_str(),
            _ => seen.header("host"),
        };
        assert_eq!(host, "localhost");
        assert!(seen.body.ends_with(&batch()));
    }
}

#[tokio::test]
async fn a_receiver_that_opens_its_socket_again_gets_the_next_batch() {
    for protocol in PROTOCOLS {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("otlp.sock");
        let transport = open(over(&path, protocol));
        for _ in 0..5 {
            let server = Server::start_on(&path, speaks(protocol), move |_, _| ok(protocol));
            transport.send(batch()).await.unwrap();
            assert_eq!(server.seen().len(), 1);
            server.stop().await;
            fs::remove_file(&path).unwrap();
        }
    }
}

#[tokio::test]
async fn a_socket_that_is_not_there_is_told() {
    for protocol in PROTOCOLS {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("otlp.sock");
        let cause = refused(&path, protocol).await;
        assert_eq!(cause.error_type(), "no_socket");
        let expected = format!("there is no socket unix:{}", path.display());
        assert!(cause.to_string().starts_with(&expected), "{cause}");
    }
}

#[tokio::test]
async fn a_socket_that_nobody_listens_on_is_told() {
    for protocol in PROTOCOLS {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("otlp.sock");
        drop(UnixListener::bind(&path).unwrap());
        let cause = refused(&path, protocol).await;
        let expected = format!("connection refused by unix:{}", path.display());
        assert!(cause.to_string().starts_with(&expected), "{cause}");
    }
}

#[tokio::test]
async fn a_socket_that_is_not_ours_is_told() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("otlp.sock");
    let _listener = UnixListener::bind(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // To the system's administrator everything belongs.
    match UnixStream::connect(&path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
        _ => return,
    }
    let cause = refused(&path, Protocol::Grpc).await;
    assert_eq!(cause.error_type(), "permission_denied");
}
