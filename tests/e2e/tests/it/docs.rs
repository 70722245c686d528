//! The documentation says what the wire shows.

use std::{collections::BTreeSet, fs, path::PathBuf};

use otelier_collector::Fault;

use crate::harness::{collector, get, post, scenario, wait};

fn docs(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(file);
    fs::read_to_string(path).unwrap()
}

/// Everything between backticks, with `` `a.b`, `.c` `` meaning `a.c`.
fn names(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut stem = "";
    for name in text.split('`').skip(1).step_by(2) {
        match name.strip_prefix('.') {
            Some(end) => names.insert(format!("{stem}.{end}")),
            None => {
                stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
                names.insert(name.to_owned())
            }
        };
    }
    names
}

#[test]
fn the_documentation_says_what_a_kill_loses() {
    let text = docs("getting-started.md");
    for word in ["SIGKILL", "abort", "spans", "log records", "metrics"] {
        assert!(text.contains(word), "{word}");
    }
}

#[tokio::test]
async fn every_metric_and_attribute_that_is_sent_is_listed() {
    let text = docs("signals.md");
    // What the old names stand for is not what is sent.
    let (text, _) = text.split_once("## Old names").unwrap();
    let names = names(text);
    let is_listed = |name: &str| {
        let family = name.split_once('.').map_or(name, |(family, _)| family);
        names.contains(name)
            || names.contains(&format!("{family}.*"))
            || names.iter().any(|listed| {
                listed
                    .strip_suffix('*')
                    .is_some_and(|stem| name.starts_with(stem))
            })
    };
    let collector = collector().await;
    let mut api = scenario(["api"]).to(&collector).start();
    let url = api.url().await;
    for path in ["/repos/7", "/boom", "/nowhere?q=1", "/repos/7/commits"] {
        get(&format!("{url}{path}")).await;
    }
    post(&format!("{url}/repos/7/index")).await;
    // Failures have metrics of their own.
    collector.set_fault(Fault::Partial(1, "some".to_owned()));
    get(&format!("{url}/slow?ms=1")).await;
    wait(collector.store(), |store| {
        store.spans_named("GET /slow").pop()
    })
    .await;
    collector.set_fault(Fault::None);
    api.stop().await.well();

    let store = collector.store();
    let mut unlisted = BTreeSet::new();
    let mut check = |kind: &str, name: &str| {
        if !is_listed(name) {
            unlisted.insert(format!("{kind} {name}"));
        }
    };
    for metric in store.metrics() {
        check("metric", metric.name());
        for attribute in metric.attributes() {
            check("attribute", &attribute.key);
        }
    }
    for span in store
        .spans()
        .iter()
        .filter(|span| span.name() != "find repo")
    {
        for attribute in span.attributes() {
            check("attribute", &attribute.key);
        }
        for attribute in &span.origin().resource().attributes {
            check("resource attribute", &attribute.key);
        }
    }
    assert!(unlisted.is_empty(), "{unlisted:#?}");
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
