//! Whether a program has one OpenTelemetry alone.

use super::report::Report;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

pub(super) fn look(report: &mut Report, file: &Path) {
    match std::fs::read_to_string(file) {
        Ok(text) => versions(report, &text),
        Err(error) => report.wrong(format!("{}: {error}", file.display())),
    }
}

/// Tells whether there is one version of `opentelemetry`, and who pulls which otherwise.
fn versions(report: &mut Report, lock: &str) {
    const NAME: &str = "opentelemetry";
    let mut there = BTreeSet::new();
    let mut pulled: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in lock.split("[[package]]") {
        let field = |key: &str| {
            let mut lines = package.lines();
            let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
            value.map(|value| value.trim_end_matches('"').to_owned())
        };
        let (Some(name), Some(version)) = (field("name"), field("version")) else {
            continue;
        };
        if name == NAME {
            there.insert(version.clone());
        }
        for line in package.lines() {
            let line = line.trim().trim_matches([',', '"']);
            if let Some(wanted) = line
                .strip_prefix(NAME)
                .and_then(|rest| rest.strip_prefix(' '))
            {
                let wanted = wanted.split(' ').next().unwrap_or_default();
                pulled
                    .entry(wanted.to_owned())
                    .or_default()
                    .push(format!("{name} {version}"));
            }
        }
    }
    let versions: Vec<_> = there.into_iter().collect();
    match &*versions {
        [] => report.good(format!("no {NAME}")),
        [version] => report.good(format!("one {NAME}, {version}")),
        several => {
            let count = several.len();
            report.wrong(format!(
                "{count} versions of {NAME}: what one sets up, the others do not see"
            ));
            for version in several {
                let who = pulled.get(version).map(|who| who.join(", "));
                report.more(format!("{version} by {}", who.unwrap_or_default()));
            }
        }
    }
}
