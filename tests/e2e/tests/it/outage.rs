//! Receivers that are away, silent or unwilling.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use otelier_collector::{Code, Collector, Fault, Refusal, Running, Signal};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::harness::{
    PROTOCOLS, Scenario, collector, get, patient, requests_of, scenario, span, unused_port, wait,
};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TIMEOUT: &str = "OTEL_EXPORTER_OTLP_TIMEOUT";

/// A collector on this port, as after a restart.
async fn collector_on(port: u16) -> Running {
    let collector = Collector::builder().with_grpc_port(port);
    collector.start().await.unwrap()
}

fn obey_with_spans_to(endpoint: String) -> Scenario {
    scenario(["obey"])
        .with(ENDPOINT, endpoint)
        // Enough for a busy machine to answer in: what is not answered comes twice.
        .with(TIMEOUT, "2500")
        .only(Signal::Traces)
}

#[tokio::test]
async fn a_receiver_that_is_absent_at_start_gets_what_is_recorded_later() {
    let port = unused_port();
    let mut obey = obey_with_spans_to(format!("http://127.0.0.1:{port}")).start();
    obey.ask("span early").await;
    let status = obey.reaches("traces failing").await;
    let cause = format!("connection refused by 127.0.0.1:{port}: is a collector running there?");
    assert!(status.contains(&cause), "{status}");

    let collector = collector_on(port).await;
    obey.ask("span late").await;
    span(collector.store(), "late").await;
    // What can wait has waited.
    span(collector.store(), "early").await;
    obey.reaches("traces exporting").await;
    let ended = obey.end().await.well();
    let failed = ended.one_line_with("traces cannot be exported");
    assert!(
        failed.contains("WARN") && failed.contains(&cause),
        "{failed}"
    );
    let again = ended.one_line_with("traces are exported again");
    assert!(
        again.contains("INFO") && again.contains("0 spans lost"),
        "{again}"
    );
}

#[tokio::test]
async fn a_receiver_that_goes_away_and_returns_is_found_again_and_told_of_once() {
    for attempts in ["http://127.0.0.1", "http://localhost"] {
        let port = unused_port();
        let first = collector_on(port).await;
        let mut obey = obey_with_spans_to(format!("{attempts}:{port}")).start();
        obey.ask("span before").await;
        span(first.store(), "before").await;
        first.shutdown().await;

        for _ in 0..4 {
            obey.ask("span meanwhile").await;
        }
        obey.reaches("traces failing").await;
        let second = collector_on(port).await;
        for at in 0..3 {
            obey.ask(&format!("span after {at}")).await;
            span(second.store(), &format!("after {at}")).await;
        }
        let status = obey.reaches("exported=8").await;
        assert!(status.contains("traces exporting"), "{status}");
        assert_eq!(second.store().spans_named("meanwhile").len(), 4);
        let ended = obey.end().await.well();
        ended.one_line_with("traces cannot be exported");
        let again = ended.one_line_with("traces are exported again");
        assert!(again.contains("0 spans lost meanwhile"), "{again}");
        assert_eq!(ended.lines_with("lost since start"), [] as [&str; 0]);
    }
}

#[tokio::test]
async fn a_service_whose_receiver_restarts_loses_nothing_that_can_wait() {
    let port = unused_port();
    let first = collector_on(port).await;
    // Ten seconds of attempts, by default.
    let mut obey = scenario(["obey"])
        .with(ENDPOINT, format!("http://127.0.0.1:{port}"))
        .start();
    obey.ask("span before").await;
    span(first.store(), "before").await;
    first.shutdown().await;
    obey.ask("span meanwhile").await;
    obey.ask("log meanwhile").await;
    let second = collector_on(port).await;
    span(second.store(), "meanwhile").await;
    wait(second.store(), |store| store.logs().pop()).await;
    let ended = obey.end().await.well();
    assert_eq!(ended.lines_with("WARN"), [] as [&str; 0]);
}

/// Takes no further connection: what is sent to it is dropped.
#[cfg(target_os = "linux")]
struct Wall {
    port: u16,
    _listener: TcpListener,
    _waiting: Vec<tokio::net::TcpStream>,
}

#[cfg(target_os = "linux")]
impl Wall {
    async fn new() -> Self {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        // Until its queue is full.
        let connect = || tokio::net::TcpStream::connect(address);
        let soon = Duration::from_millis(300);
        while let Ok(connected) = tokio::time::timeout(soon, connect()).await {
            waiting.push(connected.unwrap());
        }
        Self {
            port: address.port(),
            _listener: listener,
            _waiting: waiting,
        }
    }
}

/// How long a request may take where only a bound of ours can end it, and what is told from
/// that however busy the machine is.
const A_MINUTE: &str = "60000";
const HALF_A_MINUTE: Duration = Duration::from_secs(30);

/// Has a service serve, then stops it, and tells how long the stop took.
async fn stops_within_the_bound(scenario: Scenario) -> crate::harness::Ended {
    let mut api = scenario.with(TIMEOUT, A_MINUTE).start();
    let url = api.url().await;
    assert_eq!(get(&format!("{url}/repos/7")).await.0, 200);
    let asked = Instant::now();
    let ended = api.stop().await.well();
    // The bound is five seconds, for all signals together.
    assert!(asked.elapsed() < HALF_A_MINUTE, "{:?}", asked.elapsed());
    ended
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn sigterm_ends_a_service_within_the_bound_when_packets_vanish() {
    let wall = Wall::new().await;
    let endpoint = format!("http://127.0.0.1:{}", wall.port);
    let ended = stops_within_the_bound(patient(["api"]).with(ENDPOINT, endpoint)).await;
    let lost = ended.one_line_with("lost since start");
    assert!(
        lost.contains(" spans") && lost.contains("data points"),
        "{lost}"
    );
}

#[tokio::test]
async fn sigterm_ends_a_service_within_the_bound_when_the_receiver_never_answers() {
    let [grpc, protobuf, json] = PROTOCOLS.map(async |protocol| {
        let collector = collector().await;
        collector.set_fault(Fault::BlackHole);
        let ended = stops_within_the_bound(patient(["api"]).by(protocol, &collector)).await;
        ended.one_line_with("lost since start");
        // Each signal was tried: one after the other would not have fitted.
        for signal in [Signal::Traces, Signal::Metrics, Signal::Logs] {
            let requests = requests_of(collector.store(), signal);
            assert!(!requests.is_empty(), "{signal}");
        }
    });
    tokio::join!(grpc, protobuf, json);
}

#[tokio::test]
async fn the_bound_is_set_in_code_and_what_was_lost_is_reported() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        collector.set_fault(Fault::BlackHole);
        let started = Instant::now();
        let ended = patient(["impatient"]).by(protocol, &collector).run().await;
        let ended = ended.well();
        // The default would be five seconds.
        assert!(started.elapsed() < Duration::from_secs(4));
        assert_eq!(ended.told("complete"), "false");
        assert_eq!(ended.lines_with("> books: 0 and 1 lost").len(), 2);
        let lost = ended.one_line_with("lost since start");
        assert!(
            lost.contains("1 spans") && lost.contains("1 log records"),
            "{lost}"
        );
    }
}

#[tokio::test]
async fn a_flush_ends_within_the_bound_when_the_receiver_never_answers() {
    let collector = collector().await;
    collector.set_fault(Fault::BlackHole);
    let obey = patient(["obey"]).with(TIMEOUT, A_MINUTE);
    let mut obey = obey.to(&collector).start();
    obey.ask("span held").await;
    let started = Instant::now();
    assert_eq!(obey.ask("flush").await, "incomplete");
    assert!(started.elapsed() < HALF_A_MINUTE);
}

/// Where code that is not async flushes.
const PLACES: [&str; 4] = [
    "outside of a runtime",
    "in a runtime",
    "on the only worker",
    "on a current-thread runtime",
];

#[tokio::test]
async fn a_flush_that_blocks_delivers_before_it_returns_wherever_it_is_called() {
    for place in PLACES {
        let collector = collector().await;
        let program = patient(["flush blocking", place]).to(&collector);
        let ended = program.run().await.well();
        let told = ended.lines_with("> flushed: ");
        assert_eq!(
            told,
            ["> flushed: true 1 1", "> flushed: true 2 2"],
            "{place}"
        );
        let store = collector.store();
        assert_eq!(store.spans_named("flushed").len(), 2, "{place}");
        assert_eq!(store.logs().len(), 2, "{place}");
    }
    // What is off has nothing to flush, and what has ended neither.
    for place in ["outside of a runtime", "on a current-thread runtime"] {
        let ended = scenario(["flush blocking", place]).run().await.well();
        let told = ended.lines_with("> flushed: ");
        assert_eq!(told, ["> flushed: true 0 0"; 2], "{place}");
    }
    let collector = collector().await;
    let program = scenario(["flush blocking", "after the end"]).to(&collector);
    let ended = program.run().await.well();
    assert_eq!(ended.lines_with("> flushed: ").len(), 1);
}

#[tokio::test]
async fn a_flush_that_blocks_ends_within_its_bound_when_the_receiver_never_answers() {
    for place in PLACES {
        let collector = collector().await;
        collector.set_fault(Fault::BlackHole);
        let program = scenario(["flush blocking", place]).to(&collector);
        // Nothing but the bound ends it: this is more than the test waits for.
        let ended = program.with(TIMEOUT, "3600000").run().await.well();
        let told = ended.lines_with("> flushed: ");
        assert_eq!(told, ["> flushed: false 0 0"; 2], "{place}");
    }
    // Nobody listens: it ends by that, at last by its bound.
    let program = scenario(["flush blocking", "on the only worker"]);
    let program = program.with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    let ended = program.run().await.well();
    assert_eq!(ended.lines_with("> flushed: false 0 0").len(), 2);
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_in_the_status() {
    for (protocol, variable) in PROTOCOLS.into_iter().zip([
        TIMEOUT,
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        "OTEL_BSP_EXPORT_TIMEOUT",
    ]) {
        let collector = collector().await;
        collector.set_fault(Fault::BlackHole);
        let mut obey = scenario(["obey"])
            .by(protocol, &collector)
            .with(variable, "150")
            .only(Signal::Traces)
            .start();
        obey.ask("span held").await;
        let status = obey.reaches("traces failing").await;
        assert!(status.contains("timed out after 150 ms"), "{status}");
        assert!(status.contains("exported=0"), "{status}");
    }
}

/// Greets as servers of gRPC do, whatever is said to it.
async fn bare_grpc() -> String {
    // A frame of SETTINGS, and one of GOAWAY for what is no HTTP/2.
    const GREETING: &[u8] = b"\0\0\x06\x04\0\0\0\0\0\0\x05\0\0\x40\0\
        \0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::task::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(GREETING).await;
            let _ = stream.shutdown().await;
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn the_wrong_protocol_is_named_with_its_cure() {
    let collector = collector().await;
    let (http, grpc) = (collector.http_endpoint(), bare_grpc().await);
    for (protocol, endpoint, cure) in [
        (
            "grpc",
            &http,
            "set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        ),
        (
            "http/protobuf",
            &grpc,
            "set OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
        ),
        ("http/json", &grpc, "set OTEL_EXPORTER_OTLP_PROTOCOL=grpc"),
    ] {
        let mut obey = obey_with_spans_to(endpoint.clone())
            .with("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
            .with(TIMEOUT, "3000")
            .start();
        obey.ask("span misdirected").await;
        let status = obey.reaches("traces failing").await;
        assert!(status.contains(cure), "{protocol}: {status}");
        let ended = obey.end().await.well();
        let line = ended.one_line_with("traces cannot be exported");
        assert!(line.contains(cure), "{line}");
    }
}

#[tokio::test]
async fn a_server_s_own_words_on_the_wrong_port_are_passed_on() {
    let collector = collector().await;
    for protocol in ["http/protobuf", "http/json"] {
        let mut obey = obey_with_spans_to(collector.grpc_endpoint())
            .with("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
            .with(TIMEOUT, "3000")
            .start();
        obey.ask("span misdirected").await;
        let status = obey.reaches("traces failing").await;
        assert!(status.contains("this port speaks gRPC"), "{status}");
    }
}

#[tokio::test]
async fn what_can_be_tried_again_arrives_exactly_once() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let refusal = Refusal::new(Code::Unavailable, "not now");
        collector.set_fault(Fault::FailFirst(2, refusal));
        let mut obey = scenario(["obey"]).by(protocol, &collector).start();
        for _ in 0..20 {
            obey.ask("span retried").await;
        }
        obey.ask("log retried").await;
        obey.ask("count 1").await;
        let ended = obey.end().await.well();
        let store = collector.store();
        let spans = store.spans_named("retried");
        let ids: BTreeSet<_> = spans.iter().map(|span| span.id().to_string()).collect();
        assert_eq!((spans.len(), ids.len()), (20, 20), "{}", ended.output());
        assert_eq!(store.logs().len(), 1);
        assert_eq!(store.metrics_named("obey.count").len(), 1);
        assert_eq!(store.stats().refused, 6);
        assert_eq!(ended.lines_with("WARN"), [] as [&str; 0]);
    }
}

#[tokio::test]
async fn a_receiver_says_when_to_try_again() {
    let [grpc, protobuf, json] = PROTOCOLS.map(async |protocol| {
        let collector = collector().await;
        // Without the delay this code would not be tried again over gRPC.
        let refusal = Refusal::new(Code::ResourceExhausted, "too many");
        let refusal = refusal.with_retry_after(Duration::from_secs(1));
        collector.set_fault(Fault::FailFirst(1, refusal));
        let mut obey = scenario(["obey"])
            .by(protocol, &collector)
            .only(Signal::Traces)
            .start();
        obey.ask("span delayed").await;
        span(collector.store(), "delayed").await;
        let requests = requests_of(collector.store(), Signal::Traces);
        assert_eq!(requests.len(), 2, "{requests:#?}");
        let ended = obey.end().await.well();
        assert_eq!(ended.lines_with("WARN"), [] as [&str; 0]);
    });
    tokio::join!(grpc, protobuf, json);
}

#[tokio::test]
async fn what_is_refused_for_good_is_not_tried_again() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        collector.set_fault(Fault::Reject(Refusal::new(Code::InvalidArgument, "no")));
        let mut obey = scenario(["obey"])
            .by(protocol, &collector)
            .only(Signal::Traces)
            .start();
        obey.ask("span refused").await;
        obey.reaches("failed=1").await;
        assert_eq!(collector.store().requests().len(), 1);
        obey.end().await.well();
    }
}

#[tokio::test]
async fn a_missing_token_is_told_by_the_variable_that_would_hold_it() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let refusal = Refusal::new(Code::Unauthenticated, "no token");
        collector.set_fault(Fault::Reject(refusal));
        let mut obey = scenario(["obey"])
            .by(protocol, &collector)
            .only(Signal::Traces)
            .start();
        for at in 0..3 {
            obey.ask("span refused").await;
            let status = obey.reaches(&format!("failed={}", at + 1)).await;
            assert!(
                status.contains("check OTEL_EXPORTER_OTLP_HEADERS"),
                "{status}"
            );
        }
        let ended = obey.end().await.well();
        let line = ended.one_line_with("traces cannot be exported");
        assert!(line.contains("check OTEL_EXPORTER_OTLP_HEADERS"), "{line}");
    }
}

#[tokio::test]
async fn a_partial_success_is_counted_and_told_of_once() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let quota = Fault::Partial(1, "over quota".to_owned());
        collector.set_fault_of(Signal::Traces, quota);
        let mut obey = patient(["obey"])
            .by(protocol, &collector)
            .only(Signal::Traces)
            .start();
        for at in 1..=3 {
            obey.ask("span one").await;
            obey.ask("span two").await;
            assert_eq!(obey.ask("flush").await, "incomplete");
            let status = obey.ask("status").await;
            let books = format!("traces exporting exported={at} dropped=0 failed={at}");
            assert!(status.contains(&books), "{status}");
        }
        assert_eq!(collector.store().requests().len(), 3);
        let ended = obey.end().await.well();
        let line = ended.one_line_with("rejected by the receiver");
        assert!(
            line.contains("WARN") && line.contains("over quota"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn a_full_queue_is_counted_and_told_of_with_its_variable() {
    let collector = collector().await;
    let ended = scenario(["flood", "2000"])
        .to(&collector)
        .only(Signal::Traces)
        .with("RUST_LOG", "off,otelier=info")
        .with("OTEL_BSP_MAX_QUEUE_SIZE", "4")
        .with("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4");
    let ended = ended.run().await.well();
    let books: Vec<u64> = ended
        .told("traces")
        .split(' ')
        .map(|number| number.parse().unwrap())
        .collect();
    let arrived = collector.store().spans_named("flood").len() as u64;
    assert_eq!(books, [arrived, 8000 - arrived, 0]);
    assert!(arrived > 0 && arrived < 8000, "{arrived}");
    let line = ended.one_line_with("the queue of 4 was full");
    assert!(line.contains("OTEL_BSP_MAX_QUEUE_SIZE"), "{line}");
}
