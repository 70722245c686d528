//! The example of a gRPC service, and others in Python, which know nothing of this
//! project.
//!
//! They want the packages of tests/e2e/requirements.txt, as `tests/stack/tools/python
//! tests/e2e/requirements.txt` installs them. Where they are not, each test says so
//! and does nothing; with `OTELIER_REQUIRE_PYTHON=1` that is a failure.

use std::{env, path::PathBuf, process::Stdio};

use authors::{AuthorsClient, Commit};
use otelier_collector::{
    Running,
    proto::{common::v1::any_value::Value, trace::v1::span::SpanKind},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};
use tonic::transport::Channel;

use crate::harness::{collector, scenario, wait};

const FIND: &str = "git.v1.Authors/Find";

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The program in Python, with what it needs, and what it is told of the collector.
#[expect(clippy::print_stdout, reason = "a test that is left out says so")]
async fn python(collector: &Running, service: &str) -> Option<Command> {
    let told = Command::new(repository("tests/stack/tools/python"))
        .arg("--path")
        .arg(repository("tests/e2e/requirements.txt"))
        .output()
        .await;
    let told = told.ok().filter(|told| told.status.success());
    let folder = told.and_then(|told| String::from_utf8(told.stdout).ok());
    let python = folder.map(|folder| PathBuf::from(folder.trim_end()).join("bin/python"));
    let Some(python) = python.filter(|file| file.is_file()) else {
        println!("left out: the packages of tests/e2e/requirements.txt are not installed");
        let required = env::var("OTELIER_REQUIRE_PYTHON").is_ok_and(|value| value == "1");
        assert!(!required, "they are required");
        return None;
    };
    let mut command = Command::new(python);
    command
        .arg(repository("tests/e2e/python/authors.py"))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.grpc_endpoint())
        .env("OTEL_SERVICE_NAME", service)
        .kill_on_drop(true);
    Some(command)
}

/// Each call that both sides recorded, in the order of their starts: the name, and
/// the code that each side says, by name or by number.
async fn calls(collector: &Running, count: usize) -> Vec<String> {
    wait(collector.store(), |store| {
        let spans = store.spans();
        let mut calls = Vec::new();
        for server in spans.iter().filter(|span| span.kind() == SpanKind::Server) {
            let client = spans
                .iter()
                .find(|span| Some(span.id()) == server.parent_id())?;
            assert_eq!(client.kind(), SpanKind::Client);
            let name = client.name().trim_start_matches('/');
            let codes = [client, server].map(|span| {
                let attributes = span.attributes().iter();
                let code = attributes.filter(|kv| kv.key.ends_with("status_code"));
                let mut code = code.filter_map(|kv| kv.value.as_ref()?.value.as_ref());
                match code.next_back() {
                    Some(Value::StringValue(name)) => name.clone(),
                    Some(Value::IntValue(number)) => number.to_string(),
                    _ => "no code".to_owned(),
                }
            });
            let started = client.proto().start_time_unix_nano;
            calls.push((started, format!("{name} {} {}", codes[0], codes[1])));
        }
        calls.sort();
        let calls = calls.into_iter().map(|(_, call)| call).collect::<Vec<_>>();
        (calls.len() == count).then_some(calls)
    })
    .await
}

#[tokio::test]
async fn the_example_answers_and_shows_its_calls() {
    let collector = collector().await;
    let example = scenario(["authors"]).to(&collector);
    let mut example = example.with("AUTHORS_ADDR", "127.0.0.1:0").start();
    let channel = Channel::from_shared(example.url().await).unwrap();
    let mut client = AuthorsClient::new(channel.connect_lazy());
    let commit = |number| Commit { repo: 7, number };
    assert_eq!(client.find(commit(1)).await.unwrap().name, "Ann");
    client.find(commit(2)).await.unwrap_err();
    // Its connection ends with it, so that nothing keeps the service from its end.
    drop(client);
    example.stop().await.well();
    let log = wait(collector.store(), |store| {
        store
            .logs()
            .into_iter()
            .find(|log| log.body() == "looking for an author")
    })
    .await;
    let spans = wait(collector.store(), |store| {
        let spans = store.spans_named(FIND);
        (spans.len() == 2).then_some(spans)
    })
    .await;
    assert!(spans.iter().all(|span| span.kind() == SpanKind::Server));
    assert!(spans.iter().any(|span| Some(span.id()) == log.span_id()));
}

#[tokio::test]
async fn a_client_in_python_and_the_example_are_one_trace() {
    let collector = collector().await;
    let Some(mut python) = python(&collector, "python").await else {
        return;
    };
    let example = scenario(["authors"]).to(&collector);
    let mut example = example.with("AUTHORS_ADDR", "127.0.0.1:0").start();
    let url = example.url().await;
    let address = url.trim_start_matches("http://");
    let asked = python.args(["ask", address]).output().await.unwrap();
    let (said, wrong) = (
        String::from_utf8_lossy(&asked.stdout),
        String::from_utf8_lossy(&asked.stderr),
    );
    assert_eq!(said, "Ann\nNOT_FOUND\nUNIMPLEMENTED\n", "{wrong}");
    example.stop().await.well();
    let expected = [
        "git.v1.Authors/Find 0 OK",
        "git.v1.Authors/Find 5 NOT_FOUND",
        "git.v1.Authors/Lose 12 UNIMPLEMENTED",
    ];
    assert_eq!(calls(&collector, 3).await, expected);
    let traces = collector.store().traces();
    let trace = traces
        .iter()
        .find(|trace| trace.spans().len() == 7)
        .unwrap();
    assert_eq!(trace.spans_named("grpc").count(), 1, "nobody knows Lose");
}

#[tokio::test]
async fn a_client_of_ours_and_a_server_in_python_are_one_trace() {
    let collector = collector().await;
    let Some(mut python) = python(&collector, "python").await else {
        return;
    };
    python
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut server = python.spawn().unwrap();
    let mut said = BufReader::new(server.stdout.take().unwrap()).lines();
    let line = said.next_line().await.unwrap().expect("it listens");
    let url = line.strip_prefix("listening on ").unwrap();
    let asks = scenario(["asks authors", url]).to(&collector).run().await;
    let ended = asks.well();
    assert_eq!((ended.told("1"), ended.told("2")), ("Grace", "NotFound"));
    drop(server.stdin.take());
    assert!(server.wait().await.unwrap().success());
    let expected = [
        "git.v1.Authors/Find OK 0",
        "git.v1.Authors/Find NOT_FOUND 5",
    ];
    assert_eq!(calls(&collector, 2).await, expected);
}
