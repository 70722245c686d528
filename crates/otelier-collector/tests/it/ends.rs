//! How the process ends.

use crate::{
    process::{Process, binary},
    sample,
    wire::{PROTOBUF, post},
};
use prost::Message as _;
use std::process::Stdio;

/// Sends traces until more is drawn than a pipe holds.
async fn fill_stdout(process: &Process) {
    let headers = [("content-type", PROTOBUF)];
    for trace in 1..=100 {
        let span = |id| sample::span(trace, id, 0, &"long ".repeat(24));
        let spans = (1..=200).map(span).collect();
        let body = sample::traces("api", spans).encode_to_vec();
        post(process.http, "/v1/traces", &headers, body).await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn it_ends_while_nobody_reads_what_it_prints() {
    for signal in ["-INT", "-TERM"] {
        let mut process = Process::start(&["--tree", "--quiet-ms=1"]).await;
        fill_stdout(&process).await;
        process.kill(signal).await;
        let status = process.end().await;
        assert_eq!(status.code(), Some(0), "{signal}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn it_receives_and_ends_while_nobody_reads_what_it_says() {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let mut command = binary();
    command.args(["--grpc-port=0", "--http-port=0"]);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    // Each bad line is told, up to a hundred for a start.
    let folder = tempfile::tempdir().unwrap();
    for file in 0..3 {
        let long = format!("{{\"{}\":x}}\n", "y".repeat(500)).repeat(200);
        std::fs::write(folder.path().join(format!("{file}.jsonl")), long).unwrap();
    }
    command.arg("--open").arg(folder.path());
    let mut child = command.spawn().unwrap();
    let stderr = child.stderr.take().unwrap();
    let mut lines = BufReader::new(stderr).lines();
    assert!(lines.next_line().await.unwrap().is_some());
    let id = child.id().unwrap().to_string();
    let killed = tokio::process::Command::new("kill")
        .args(["-TERM", &id])
        .status();
    assert!(killed.await.unwrap().success());
    let end = tokio::time::timeout(std::time::Duration::from_secs(60), child.wait()).await;
    assert!(end.is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn what_was_lost_on_the_way_on_is_told_at_the_end() {
    let port = programs::unused_port();
    let mut process =
        Process::start(&["--forward", &format!("http://ann:s3cret@127.0.0.1:{port}")]).await;
    let headers = [("content-type", PROTOBUF)];
    for trace in 1..=3 {
        let spans = (1..=130)
            .map(|id| sample::span(trace, id, 0, "GET /"))
            .collect();
        let body = sample::traces("api", spans).encode_to_vec();
        post(process.http, "/v1/traces", &headers, body).await;
    }
    process.line("trying again").await;
    process.kill("-INT").await;
    let line = process.line("has lost").await;
    assert!(
        line.ends_with("has lost 3 requests with 390 spans in all"),
        "{line}"
    );
    assert_eq!(process.end().await.code(), Some(0));
    assert!(!process.lines().join(" ").contains("s3cret"));
}
