//! A socket of the machine instead of a port.

use std::{net::SocketAddr, path::Path};

use tempfile::TempDir;
use tokio::{
    io::copy_bidirectional,
    net::{TcpStream, UnixListener},
};

use crate::harness::{PROTOCOLS, collector, scenario, span};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";

/// Listens on a socket for a collector that listens on a port.
fn listen(path: &Path, target: SocketAddr) {
    let listener = UnixListener::bind(path).unwrap();
    tokio::task::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::task::spawn(async move {
                let mut inside = TcpStream::connect(target).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut inside).await;
            });
        }
    });
}

#[tokio::test]
async fn all_signals_go_over_a_socket_of_the_machine() {
    for protocol in PROTOCOLS {
        for prefix in ["unix:", "unix://"] {
            let (collector, directory) = (collector().await, TempDir::new().unwrap());
            let path = directory.path().join("otlp.sock");
            let target = match protocol {
                "grpc" => collector.grpc_addr(),
                _ => collector.http_addr(),
            };
            listen(&path, target);
            let endpoint = format!("{prefix}{}", path.display());
            let ended = scenario(["ends", "shutdown"])
                .with(ENDPOINT, endpoint)
                .with(PROTOCOL, protocol);
            let ended = ended.run().await.well();
            let store = collector.store();
            assert_eq!(store.spans_named("work").len(), 1, "{}", ended.output());
            assert_eq!(store.logs().len(), 1);
            assert_eq!(store.metrics_named("work.done").len(), 1);
            let line = ended.one_line_with("exporting traces");
            let place = format!("to unix:{} ({protocol})", path.display());
            assert!(line.contains(&place), "{line}");
        }
    }
}

#[tokio::test]
async fn a_socket_that_is_not_there_yet_is_told_and_waited_for() {
    let (collector, directory) = (collector().await, TempDir::new().unwrap());
    let path = directory.path().join("otlp.sock");
    let mut obey = scenario(["obey"])
        .with(ENDPOINT, format!("unix:{}", path.display()))
        .with("OTEL_EXPORTER_OTLP_TIMEOUT", "200")
        .start();
    obey.ask("span early").await;
    let status = obey.reaches("traces failing").await;
    let cause = format!("there is no socket unix:{}", path.display());
    assert!(status.contains(&cause), "{status}");
    listen(&path, collector.grpc_addr());
    span(collector.store(), "early").await;
    obey.end().await.well();
}
