//! Whether the public API is the same with telemetry and without.

mod items;

use std::collections::BTreeSet;

use crate::{Report, documents::Documents};

/// What may differ, and why.
const EXCUSED: [(&str, &str); 5] = [
    ("otelier::otel", "is OpenTelemetry's API"),
    ("otelier::sdk", "speaks the types of OpenTelemetry's SDK"),
    (
        "otelier::Setup::with_hooks",
        "takes what `otelier::sdk` makes",
    ),
    (
        "tower_layer::Layer::Service",
        "is the inner service itself without telemetry",
    ),
    (
        "otelier_tonic::ClientService",
        "names that service of a layer for the types of stubs",
    ),
];

/// Crates that speak OpenTelemetry's own types: what does is there only where
/// something is recorded.
const BELOW: [&str; 4] = [
    "otelier-core",
    "otelier-logs",
    "otelier-prometheus",
    "otelier-sdk",
];

type Lines = BTreeSet<String>;

pub(crate) fn check(documents: &Documents<'_>) -> anyhow::Result<Report> {
    let silent = documents.silent()?;
    let recording = documents.recording()?;
    let mut report = Report::default();
    for (what, why) in EXCUSED {
        report.say(format!("excused: {what} {why}"));
    }
    report.say(format!(
        "of {} what stands without `otel`",
        BELOW.join(", ")
    ));
    let switched = recording
        .iter()
        .filter(|document| document.package.has_switch());
    for (on, off) in switched.zip(&silent) {
        let package = on.package;
        let [on, off] = [items::offered(&on.json), items::offered(&off.json)];
        let [more, less] = [(&on, &off), (&off, &on)].map(|(one, other)| {
            let differing = one.difference(other);
            let differing = differing.filter(|line| !is_excused(line));
            differing.cloned().collect::<Vec<_>>()
        });
        let more = match BELOW.contains(&package.name.as_str()) {
            true => beside(more, &less),
            false => more,
        };
        let (items, differ) = (off.len(), more.len() + less.len());
        let line = format!("{}: {items} items, {differ} differ", package.name);
        if differ == 0 {
            report.say(line);
            continue;
        }
        report.fail(line);
        let mut lines: Vec<_> = more.iter().map(|line| (line, "with   ")).collect();
        lines.extend(less.iter().map(|line| (line, "without")));
        lines.sort();
        for (line, build) in lines {
            report.say(format!("    {build} {line}"));
        }
    }
    Ok(report)
}

/// Those whose item is among the others, too.
fn beside(lines: Vec<String>, others: &[String]) -> Vec<String> {
    let item = |line: &str| line.split(": ").next().map(str::to_owned);
    let others: BTreeSet<_> = others.iter().map(|line| item(line)).collect();
    let mut lines = lines;
    lines.retain(|line| others.contains(&item(line)));
    lines
}

fn is_excused(line: &str) -> bool {
    EXCUSED.iter().any(|(what, _)| {
        let rest = line.strip_prefix(what);
        rest.is_some_and(|rest| rest.starts_with([':', ' ']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_is_excused() {
        assert!(is_excused("otelier::otel: use opentelemetry"));
        assert!(is_excused("otelier::sdk::Hooks: struct"));
        assert!(!is_excused("otelier::sdk_like: struct"));
        assert!(!is_excused("otelier_sdk::Hooks: struct"));
    }

    #[test]
    fn of_those_below_an_item_counts_that_stands_in_both_builds() {
        let lines = ["a::B: struct <T: C>", "a::D: struct"].map(str::to_owned);
        let others = ["a::B: struct <T>".to_owned()];
        let beside = beside(lines.to_vec(), &others);
        assert_eq!(beside, [lines[0].clone()]);
    }
}
