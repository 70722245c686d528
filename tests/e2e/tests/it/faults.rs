//! Every fault of a receiver, on every way to it: what arrives, and what the
//! books say of it.

use std::{collections::BTreeSet, time::Duration};

use otelier_collector::{Code, Fault, Refusal, Running};
use tokio::{
    io::{AsyncReadExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use crate::{
    harness::{collector, patient},
    tls::{Authority, CERTIFICATE, path},
};

/// What goes wrong, and what becomes of three spans and three log records.
struct Case {
    name: &'static str,
    fault: Fault,
    /// Connections that are closed in the middle of the first request.
    closed: usize,
    exported: u64,
    failed: u64,
    /// Requests of each signal that are refused.
    refused: u64,
}

fn cases() -> Vec<Case> {
    let taken = |name, fault| Case {
        name,
        fault,
        closed: 0,
        exported: 3,
        failed: 0,
        refused: 0,
    };
    let later = Refusal::new(Code::ResourceExhausted, "too many");
    let later = later.with_retry_after(Duration::from_secs(1));
    vec![
        Case {
            refused: 2,
            ..taken(
                "fail first",
                Fault::FailFirst(2, Refusal::new(Code::Unavailable, "not now")),
            )
        },
        Case {
            refused: 1,
            ..taken("retry after", Fault::FailFirst(1, later))
        },
        Case {
            exported: 0,
            failed: 3,
            refused: 1,
            ..taken(
                "reject",
                Fault::Reject(Refusal::new(Code::InvalidArgument, "no")),
            )
        },
        taken("delay", Fault::Delay(Duration::from_millis(200))),
        Case {
            exported: 2,
            failed: 1,
            ..taken("partial success", Fault::Partial(1, "quota".to_owned()))
        },
        Case {
            closed: 3,
            ..taken("close", Fault::None)
        },
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Plain,
    Gzip,
    Tls,
}

/// Resets so many connections once something was sent over them, then passes
/// all others on. Returns its port.
async fn closing(count: usize, target: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::task::spawn(async move {
        for _ in 0..count {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.set_zero_linger().unwrap();
            let _ = stream.read_u8().await;
        }
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::task::spawn(async move {
                let mut inside = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut inside).await;
            });
        }
    });
    port
}

/// The endpoint of a collector, on this way.
async fn endpoint(
    collector: &Running,
    authority: &Authority,
    protocol: &str,
    way: Way,
    closed: usize,
) -> String {
    let plain = match protocol {
        "grpc" => collector.grpc_endpoint(),
        _ => collector.http_endpoint(),
    };
    let direct = match way {
        Way::Tls => authority.front(collector, protocol, None).await,
        Way::Plain | Way::Gzip => plain,
    };
    if closed == 0 {
        return direct;
    }
    let (host, port) = direct.rsplit_once(':').unwrap();
    let port = closing(closed, port.parse().unwrap()).await;
    format!("{host}:{port}")
}

async fn run(case: &Case, protocol: &str, way: Way) {
    let at = format!("{} over {protocol}, {way:?}", case.name);
    let (collector, authority) = (collector().await, Authority::new());
    collector.set_fault(case.fault.clone());
    let pem = authority.pem();
    let endpoint = endpoint(&collector, &authority, protocol, way, case.closed).await;
    let compression = if way == Way::Gzip { "gzip" } else { "none" };
    let mut obey = patient(["obey"])
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .with("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
        .with("OTEL_EXPORTER_OTLP_COMPRESSION", compression)
        .with(CERTIFICATE, path(&pem))
        .with("OTEL_METRICS_EXPORTER", "none")
        .start();
    for _ in 0..3 {
        obey.ask("span faulty").await;
        obey.ask("log faulty").await;
    }
    obey.ask("flush").await;
    let status = obey.ask("status").await;
    let books = format!(
        "exported={} dropped=0 failed={}",
        case.exported, case.failed
    );
    assert_eq!(status.matches(&books).count(), 2, "{at}: {status}");
    obey.end().await.well();

    let store = collector.store();
    let spans = store.spans_named("faulty");
    let ids: BTreeSet<_> = spans.iter().map(|span| span.id().to_string()).collect();
    let arrived = if case.exported == 0 { 0 } else { 3 };
    let found = (spans.len(), ids.len(), store.logs().len());
    assert_eq!(found, (arrived, arrived, arrived), "{at}");
    // Those of a batch, however the records were batched.
    assert!(store.stats().refused >= 2 * case.refused, "{at}");
    for request in store.requests() {
        let expected = if way == Way::Gzip { "gzip" } else { "identity" };
        assert_eq!(request.encoding, expected, "{at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_of_every_fault_are_what_the_specification_asks_for() {
    for case in cases() {
        let ways = [Way::Plain, Way::Gzip, Way::Tls];
        let (plain, gzip, tls) = (ways[0], ways[1], ways[2]);
        tokio::join!(
            run(&case, "grpc", plain),
            run(&case, "grpc", gzip),
            run(&case, "grpc", tls),
            run(&case, "http/protobuf", plain),
            run(&case, "http/protobuf", gzip),
            run(&case, "http/protobuf", tls),
        );
    }
}
