//! The documentation says what the wire shows.

use std::{collections::BTreeSet, fs, path::PathBuf};

use crate::harness::scenario;

fn docs(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(file);
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_documentation_says_what_a_kill_loses() {
    let text = docs("getting-started.md");
    for word in ["SIGKILL", "abort", "spans", "log records", "metrics"] {
        assert!(text.contains(word), "{word}");
    }
}

#[tokio::test]
async fn the_messages_in_the_documentation_are_those_that_are_printed() {
    // Names stand for any.
    let text = docs("troubleshooting.md").replace("\"api\"", "\"..\"");
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let patterns: Vec<Vec<&str>> = rows
        .filter_map(|row| row.split('`').nth(1))
        .map(|pattern| pattern.split("..").map(str::trim).collect())
        .collect();
    assert!(patterns.len() > 10);
    let is_listed = |line: &str| {
        patterns.iter().any(|parts| {
            let mut rest = line;
            parts.iter().all(|part| match rest.find(part) {
                Some(at) => {
                    rest = &rest[at + part.len()..];
                    true
                }
                None => false,
            })
        })
    };
    // One program for each way to be wrong.
    let programs = [
        scenario(["ends", "shutdown"])
            .with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
            .with("OTEL_EXPORTER_OTLP_TIMEOUT", "100"),
        scenario(["ends", "shutdown"]).with("OTEL_EXPORTER_OTLP_ENDPOINT", "htp://x"),
        scenario(["init twice"])
            .with(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://no.such.host.invalid:4317",
            )
            .with("OTEL_EXPORTER_OTLP_TIMEOUT", "100")
            .with("OTEL_BSP_SCHEDULE_DELAY", "soon"),
    ];
    for program in programs {
        let ended = program.run().await;
        for line in ended
            .output()
            .lines()
            .filter(|line| line.contains("otelier"))
        {
            let (_, message) = line.split_once("otelier: ").unwrap();
            let said = [message.to_owned(), format!(".. {message}")];
            assert!(
                said.iter().any(|line| is_listed(line)),
                "not documented: {line}"
            );
        }
    }
}

#[test]
fn the_table_of_statements_names_tests_that_exist() {
    const STATEMENTS: &[std::ops::RangeInclusive<u32>] =
        &[1..=29, 49..=65, 67..=67, 70..=71, 72..=77, 86..=86];
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let table = fs::read_to_string(folder.join("main.rs")).unwrap();
    let mut covered = BTreeSet::new();
    for row in table.lines().filter_map(|line| line.strip_prefix("//! | ")) {
        let (statements, tests) = row.split_once(" | ").unwrap();
        let numbers = statements.split([' ', ',']).map_while(|word| match word {
            "" => Some(None),
            word => word.parse::<u32>().ok().map(Some),
        });
        covered.extend(numbers.flatten());
        for test in tests.split('`').filter(|test| test.contains("::")) {
            let Some((module, name)) = test.split_once("::") else {
                continue;
            };
            if module == "config" {
                continue;
            }
            let source = fs::read_to_string(folder.join(format!("{module}.rs"))).unwrap();
            assert!(source.contains(&format!("fn {name}()")), "{test}");
        }
    }
    let expected: BTreeSet<_> = STATEMENTS.iter().cloned().flatten().collect();
    assert_eq!(covered, expected);
}

/// The rows of a table that a crate writes into docs/configuration.md: names, signals, meaning.
fn rows<'a>(text: &'a str, begin: &str, end: &str) -> Vec<Vec<&'a str>> {
    let table = text.split_once(begin).unwrap().1.split_once(end).unwrap().0;
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect()
}

#[test]
fn the_collectors_doctor_knows_the_variables_that_are_read() {
    let text = docs("configuration.md");
    let parsers = rows(
        &text,
        "<!-- The parser's own table",
        "<!-- The end of the parser's",
    );
    let consoles = rows(
        &text,
        "<!-- The console's own table",
        "<!-- The end of the console's",
    );
    let mut expected = BTreeSet::new();
    for row in parsers.iter().chain(&consoles) {
        let (name, meaning) = (row[0].trim_matches('`'), *row.last().unwrap());
        let state = match meaning.split([',', ';', ' ']).next().unwrap() {
            "Obsolete" => "obsolete",
            "Not" if meaning.starts_with("Not supported") => "not supported",
            _ => "read",
        };
        let mut names = vec![name.to_owned()];
        if row[1] == "all, each" {
            let own = ["TRACES", "METRICS", "LOGS"];
            names.extend(own.map(|signal| name.replace("OTLP_", &format!("OTLP_{signal}_"))));
        }
        expected.extend(names.iter().map(|name| format!("{name} {state}")));
    }
    assert!(expected.len() > 80, "{}", expected.len());
    let known = docs("../crates/otelier-collector/src/doctor/variables.txt");
    let known = known.lines().filter(|line| !line.starts_with('#'));
    let known: BTreeSet<_> = known.map(ToOwned::to_owned).collect();
    assert_eq!(known, expected);
}
