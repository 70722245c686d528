//! Whether the public API is the same with telemetry and without.

mod items;
mod types;

use std::{collections::BTreeSet, fs};

use anyhow::{Context as _, ensure};

use crate::{
    Report,
    workspace::{Package, Workspace, cargo},
};

/// What may differ, and why.
const EXCUSED: [(&str, &str); 4] = [
    ("otelier::otel", "is OpenTelemetry's API"),
    ("otelier::sdk", "speaks the types of OpenTelemetry's SDK"),
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

/// The example of docs/edges.md, which is not published.
const EXAMPLE: &str = "cache-edge";

type Lines = BTreeSet<String>;

pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<Report> {
    let packages = workspace.packages.iter();
    let packages: Vec<_> = packages
        .filter(|package| package.is_published || package.name == EXAMPLE)
        .filter(|package| package.has_switch())
        .collect();
    let [silent, recording] = [Vec::new(), vec!["otel"]];
    let off = document(workspace, &packages, &silent)?;
    let on = document(workspace, &packages, &recording)?;

    let mut report = Report::default();
    for (what, why) in EXCUSED {
        report.say(format!("excused: {what} {why}"));
    }
    report.say(format!(
        "of {} what stands without `otel`",
        BELOW.join(", ")
    ));
    for (package, (on, off)) in packages.iter().zip(on.iter().zip(&off)) {
        let [more, less] = [(on, off), (off, on)].map(|(one, other)| {
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

/// Documents the packages, and returns what each offers.
fn document(
    workspace: &Workspace,
    packages: &[&Package],
    features: &[&str],
) -> anyhow::Result<Vec<Lines>> {
    // Of its own, as a compiler that lets itself be asked for JSON builds all anew.
    let target = workspace.target.join("shape");
    let folder = target.join("doc");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut all = Vec::new();
    for package in packages {
        all.extend(package.silent_features());
        all.extend(
            features
                .iter()
                .map(|name| format!("{}/{name}", package.name)),
        );
    }
    let mut command = cargo();
    command
        .args(["doc", "--quiet", "--locked", "--no-deps", "--lib"])
        .arg("--target-dir")
        .arg(&target)
        .args(["--no-default-features", "--features", &all.join(" ")])
        .args(packages.iter().flat_map(|package| ["-p", &package.name]))
        .current_dir(&workspace.root)
        .env("RUSTC_BOOTSTRAP", "1")
        .env(
            "RUSTDOCFLAGS",
            "-Zunstable-options --output-format=json --cap-lints=allow",
        );
    ensure!(command.status()?.success(), "cargo doc failed");
    let read = |package: &&Package| {
        let file = folder.join(format!("{}.json", package.name.replace('-', "_")));
        let text = fs::read(&file).with_context(|| file.display().to_string())?;
        items::offered(&serde_json::from_slice(&text)?)
    };
    packages.iter().map(read).collect()
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
