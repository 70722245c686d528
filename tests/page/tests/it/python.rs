//! Programs in Python, which know nothing of this project: what they send is what the page shows,
//! and what they ask is answered.
//!
//! They want the packages of tests/page/requirements.txt, as `tests/stack/tools/python
//! tests/page/requirements.txt` installs them. Where they are not, each test says so and does
//! nothing; with `OTELIER_REQUIRE_PYTHON=1` that is a failure.

use crate::{
    browser::{Browser, Window, beside, missing},
    sample::{send_spans, span},
};
use otelier_collector::Collector;
use serde_json::{Value, json};
use std::path::PathBuf;
use tokio::process::Command;

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// Python with what is needed, and the program.
async fn python(program: &str) -> Option<Command> {
    let told = Command::new(repository("tests/stack/tools/python"))
        .arg("--path")
        .arg(repository("tests/page/requirements.txt"))
        .output()
        .await;
    let told = told.ok().filter(|told| told.status.success());
    let folder = told.and_then(|told| String::from_utf8(told.stdout).ok());
    let python = folder.map(|folder| PathBuf::from(folder.trim_end()).join("bin/python"));
    let Some(python) = python.filter(|file| file.is_file()) else {
        missing(
            "the Python packages of tests/page/requirements.txt are not installed",
            "OTELIER_REQUIRE_PYTHON",
        );
        return None;
    };
    let mut command = Command::new(python);
    command.arg(repository("tests/page/python").join(program));
    command.kill_on_drop(true);
    Some(command)
}

#[tokio::test]
async fn what_the_python_sdk_sends_over_each_protocol_is_what_the_page_shows() {
    if python("sender.py").await.is_none() {
        return;
    }
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    page.open("/").await;
    let (grpc, http) = (
        page.collector.grpc_endpoint(),
        page.collector.http_endpoint(),
    );
    let ways = [
        ("grpc", "python-grpc", &grpc),
        ("http/protobuf", "python-http-protobuf", &http),
        ("http/json", "python-http-json", &http),
    ];
    for (protocol, _, endpoint) in ways {
        let mut sender = python("sender.py").await.unwrap();
        let sent = sender.args([protocol, endpoint]).output().await.unwrap();
        let said = String::from_utf8_lossy(&sent.stderr);
        assert!(
            sent.status.success() && said.is_empty(),
            "{protocol}: {said}"
        );
    }
    page.until_count("o-traces .row", 3).await;
    for (_, service, _) in ways {
        page.open(&format!("/?q=service:{service}")).await;
        page.until_count("o-traces .row", 1).await;
        page.until_text("o-traces .row", "GET /orders/{id}").await;
        page.click("o-traces .row .name a").await;
        page.until("document.querySelectorAll('o-trace .fall-row').length >= 2")
            .await;
        page.until_text("o-trace .log-row", "no such order").await;
        page.press("o-trace .fall-row", "SELECT").await;
        page.until_text(".panel .sql", "SELECT * FROM orders WHERE id = %s")
            .await;
        page.until_text(".panel", "retried").await;
        page.open(&format!("/logs?q=service:{service}")).await;
        page.until_text("o-logs .row", "no such order").await;
        page.open(&format!("/errors?q=service:{service}")).await;
        page.until_text(".errors", "not found").await;
        page.open(&format!("/m?q=service:{service}+name:orders.asked"))
            .await;
        page.until_text("main", "orders.asked").await;
    }
    page.end().await;
}

#[tokio::test]
async fn an_agent_in_python_understands_what_the_collector_answers() {
    if python("agent.py").await.is_none() {
        return;
    }
    let collector = Collector::builder().start().await.unwrap();
    let request = span(1, 1, 0, "GET /orders/{id}", (0, 5), &[]);
    send_spans(&collector, "api", vec![request]).await;
    let mut ways = vec![vec![format!("{}/mcp", collector.http_endpoint())]];
    match beside("otelier-collector") {
        Some(program) => ways.push(vec![
            program.display().to_string(),
            "mcp".into(),
            "--endpoint".into(),
            collector.http_endpoint(),
        ]),
        None => missing("otelier-collector is not built", "OTELIER_REQUIRE_PYTHON"),
    }
    for way in ways {
        let mut agent = python("agent.py").await.unwrap();
        let answer = agent.args(&way).output().await.unwrap();
        let said = String::from_utf8_lossy(&answer.stderr);
        assert!(answer.status.success(), "{way:?}: {said}");
        let learnt: Vec<Value> = serde_json::from_slice(&answer.stdout).unwrap();
        assert_eq!(learnt.len(), 2);
        for learnt in learnt {
            assert_eq!(learnt["tools"].as_array().unwrap().len(), 7, "{learnt}");
            assert_eq!(
                (&learnt["failed"], &learnt["said so"]),
                (&json!(false), &json!(true)),
                "{learnt}"
            );
            let found = learnt["found"].as_str().unwrap();
            assert!(found.contains("GET /orders/{id}"), "{found}");
            let wrong = learnt["wrong"].as_str().unwrap();
            assert!(wrong.contains("at column 5"), "{wrong}");
        }
    }
    collector.shutdown().await;
}
