//! Lines in a file, beside standard output.

use std::{fs, path::Path};

use serde_json::Value;

use crate::harness::{collector, scenario};

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

#[tokio::test]
async fn a_file_gets_what_the_console_gets_with_the_ids_of_the_records() {
    let collector = collector().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("levels.log");
    for console in ["text", "off"] {
        let program = scenario(["levels"]).to(&collector);
        let program = program.with("OTELIER_LOG_FILE", &path);
        let ended = program.with("OTELIER_CONSOLE", console).run().await.well();
        assert_eq!(ended.stderr, "");
        if console == "text" {
            assert_eq!(ended.lines_with(" at ").len(), 3);
        } else {
            assert_eq!(ended.stdout, "");
        }
    }
    let inside = collector.store().spans_named("inside");
    let inside: Vec<_> = inside
        .iter()
        .map(|span| span.trace_id().to_string())
        .collect();
    assert_eq!(inside.len(), 2);
    let lines = lines(&path);
    let told = |message: &str| {
        let lines = lines.iter().filter(|line| line["message"] == message);
        let ids = lines.map(|line| line["trace_id"].as_str().unwrap_or_default());
        ids.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(told("outside"), ["", ""]);
    for message in ["at info", "at warn", "at error"] {
        assert_eq!(told(message), inside, "{message}");
    }
    assert_eq!(told("at debug"), [""; 0]);
}

#[tokio::test]
async fn a_file_is_written_without_telemetry_too_and_rotated_as_the_variables_say() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("levels.log");
    for _ in 0..4 {
        let program = scenario(["levels"])
            .with("OTELIER_LOG_FILE", &path)
            .with("OTELIER_LOG_FILE_MAX_BYTES", "600")
            .with("OTELIER_LOG_FILE_BACKUPS", "1");
        program.run().await.well();
    }
    let mut names: Vec<_> = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["levels.log", "levels.log.1"]);
    assert_eq!(lines(&path).last().unwrap()["message"], "at error");
    for name in names {
        let size = fs::metadata(directory.path().join(&name)).unwrap().len();
        assert!(size <= 600, "{name}: {size}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_written_to_is_told_of_and_costs_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("absent/levels.log");
    let program = || scenario(["levels"]).with("OTELIER_LOG_FILE", &path);
    let ended = program().run().await.well();
    let line = ended.one_line_with("levels.log");
    for part in [
        "WARN",
        "cannot write to",
        "No such file",
        "set OTELIER_LOG_FILE",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert_eq!(ended.lines_with(" at ").len(), 3);

    // Without a console, too.
    let ended = program().with("OTELIER_CONSOLE", "off").run().await.well();
    assert!(
        ended.stderr.contains("set OTELIER_LOG_FILE"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn limits_that_cannot_be_used_are_told_of_by_their_variable() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("levels.log");
    let ended = scenario(["levels"])
        .with("OTELIER_LOG_FILE", &path)
        .with("OTELIER_LOG_FILE_MAX_BYTES", "10M")
        .with("OTELIER_LOG_FILE_MAX_HOURS", "0")
        .with("OTELIER_LOG_FILE_BACKUPS", "-1");
    let ended = ended.run().await.well();
    for variable in ["MAX_BYTES", "MAX_HOURS", "BACKUPS"] {
        let found = ended.lines_with(&format!("OTELIER_LOG_FILE_{variable}: "));
        assert_eq!(found.len(), 1, "{}", ended.output());
    }
    assert!(!lines(&path).is_empty());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_told_of_once_and_costs_only_the_file() {
    let mut obey = scenario(["obey"])
        .with("OTELIER_LOG_FILE", "/dev/full")
        .start();
    // More than a buffer that waits for the disk holds.
    for at in 0..200 {
        obey.ask(&format!("log {at} {}", "x".repeat(100))).await;
    }
    let ended = obey.end().await.well();
    let told: Vec<_> = ended.stderr.lines().collect();
    let [line] = *told else {
        panic!("{}", ended.stderr);
    };
    assert!(line.starts_with("otelier: cannot write to /dev/full: No space left"));
    assert_eq!(ended.lines_with("INFO scenario").len(), 200);
}
