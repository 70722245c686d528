//! Panics of real processes, in the places where they are told.

use std::{fs, os::unix::process::ExitStatusExt as _, path::Path};

use otelier_collector::{Signal, Store};
use serde_json::{Value, json};

use crate::harness::{Ended, Scenario, collector, patient};

const END: &str = "the process ends by a panic";

fn ends(how: &str) -> Scenario {
    patient(["ends", how]).with("OTELIER_CONSOLE", "json")
}

/// Every line of JSON that tells of a panic.
fn told(text: &str) -> Vec<Value> {
    let lines = text.lines().filter(|line| line.starts_with('{'));
    let lines = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["target"] == "panic").collect()
}

fn written(path: &Path) -> Vec<Value> {
    told(&fs::read_to_string(path).unwrap())
}

/// Severity, body, event name and scope of every record of a panic.
fn recorded(store: &Store) -> Vec<Value> {
    let logs = store.logs();
    let logs = logs
        .iter()
        .map(|log| (log, log.origin().scope().name.clone()));
    let logs = logs.filter(|(_, scope)| scope == "panic");
    logs.map(|(log, _)| json!([log.level(), log.body(), log.proto().event_name]))
        .collect()
}

/// Level, message and event name of every line.
fn short(lines: &[Value]) -> Vec<Value> {
    let lines = lines.iter();
    lines
        .map(|line| {
            let name = line["event_name"].as_str().unwrap_or_default();
            json!([line["level"], line["message"], name])
        })
        .collect()
}

#[track_caller]
fn aborted(ended: &Ended) {
    assert_eq!(ended.status.signal(), Some(6), "{}", ended.output());
}

#[tokio::test]
async fn a_panic_that_unwinds_is_one_error_everywhere_and_its_end_one_fatal_line() {
    let collector = collector().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("panics.log");
    let program = ends("panic").to(&collector).with("OTELIER_LOG_FILE", &path);
    let ended = program.run().await;
    assert_eq!(ended.status.code(), Some(101));
    // The standard library's own words.
    assert!(ended.stderr.contains("on purpose"), "{}", ended.stderr);
    let expected = [
        json!(["ERROR", "panicked: on purpose", "exception"]),
        json!(["FATAL", END, ""]),
    ];
    assert_eq!(recorded(collector.store()), expected);
    for lines in [told(&ended.stdout), written(&path)] {
        assert_eq!(short(&lines), expected);
        let panics = &collector.store().spans_named("panics")[0];
        assert_eq!(lines[0]["trace_id"], panics.trace_id().to_string());
        assert_eq!(lines[0]["span_id"], panics.id().to_string());
        let fields = &lines[0]["fields"];
        assert_eq!(fields["exception.type"], "panic");
        assert_eq!(fields["exception.message"], "on purpose");
        assert_eq!(fields["thread.name"], "main");
        let file = fields["code.file.path"].as_str().unwrap();
        assert!(file.ends_with("ends.rs"), "{file}");
        assert!(fields["code.line.number"].is_i64());
        assert_eq!(fields["exception.stacktrace"], Value::Null);
        assert_eq!(lines[1]["fields"], json!({"thread.name": "main"}));
    }
}

#[tokio::test]
async fn a_panic_in_a_task_ends_nothing_and_is_told_without_telemetry_too() {
    let ended = ends("panic in a task").run().await.well();
    let expected = [json!(["ERROR", "panicked: on purpose", "exception"])];
    assert_eq!(short(&told(&ended.stdout)), expected);
}

#[tokio::test]
async fn a_panic_is_a_line_of_text_where_the_console_prints_text() {
    let ended = ends("panic").with("OTELIER_CONSOLE", "text").run().await;
    let line = ended.one_line_with("panicked: ");
    assert!(
        line.contains("ERROR panic: panicked: on purpose exception.type=panic"),
        "{line}"
    );
    let line = ended.one_line_with(END);
    assert!(
        line.ends_with(&format!("FATAL panic: {END} thread.name=main")),
        "{line}"
    );
}

#[tokio::test]
async fn a_panic_that_ends_the_process_is_written_and_sent_before_that() {
    let collector = collector().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("panics.log");
    let program = ends("panic that cannot unwind").to(&collector);
    let ended = program.with("OTELIER_LOG_FILE", &path).run().await;
    aborted(&ended);
    let last = "panicked: panic in a function that cannot unwind";
    let expected = [
        json!(["ERROR", "panicked: on purpose", "exception"]),
        json!(["FATAL", last, "exception"]),
    ];
    assert_eq!(short(&told(&ended.stdout)), expected);
    assert_eq!(short(&written(&path)), expected);
    assert_eq!(recorded(collector.store()), expected);
}

#[tokio::test]
async fn the_stack_of_a_panic_begins_where_it_was_raised() {
    let collector = collector().await;
    let program = ends("panic").to(&collector).with("RUST_BACKTRACE", "1");
    let ended = program.run().await;
    let lines = told(&ended.stdout);
    let printed = lines[0]["fields"]["exception.stacktrace"].as_str().unwrap();
    let logs = collector.store().logs();
    let mut logs = logs.iter();
    let sent = logs.find_map(|log| log.attribute_text("exception.stacktrace"));
    assert_eq!(printed, sent.unwrap());
    // What the standard library calls a panic with, then who called `panic!`.
    let head: Vec<_> = printed.lines().take(6).collect();
    let head = head.join("\n");
    assert!(head.starts_with("   0: "), "{printed}");
    assert!(head.contains("scenarios/ends.rs"), "{printed}");
    assert!(
        !head.contains("otelier_logs") && !head.contains("with_hook"),
        "{printed}"
    );
    // The end has none.
    assert_eq!(lines[1]["fields"], json!({"thread.name": "main"}));
}

#[tokio::test]
async fn a_hook_of_the_program_is_called_as_before() {
    let ended = ends("panic after a hook of the program").run().await;
    assert_eq!(ended.told("their hook"), "called");
    assert_eq!(told(&ended.stdout).len(), 2);
    assert_eq!(ended.stderr, "");
}

#[tokio::test]
async fn a_panic_is_printed_whatever_targets_are_but_not_where_nothing_is() {
    let of = |variable: &'static str, value: &'static str| async move {
        let ended = ends("panic").with(variable, value).run().await;
        told(&ended.stdout).len()
    };
    assert_eq!(of("RUST_LOG", "shop=debug").await, 2);
    assert_eq!(of("RUST_LOG", "off").await, 0);
    assert_eq!(of("OTELIER_CONSOLE", "off").await, 0);
}

#[tokio::test]
async fn a_panic_with_a_secret_is_masked_on_the_console_as_on_the_wire() {
    let collector = collector().await;
    let program = ends("panic with a secret")
        .to(&collector)
        .only(Signal::Logs);
    let ended = program.run().await;
    let expected = "panicked: postgres://REDACTED:REDACTED@db.example/shop";
    assert_eq!(told(&ended.stdout)[0]["message"], expected);
    assert!(!ended.stdout.contains("s3cr3t"), "{}", ended.stdout);
    assert_eq!(recorded(collector.store())[0][1], expected);
}
