//! Reads docs/registry: not all of YAML, but the one form that it is written in.

use std::{collections::BTreeMap, fs};

use super::page::{Attributes, Metric, Page, file};

/// What the files define.
#[derive(Debug, Default)]
pub(super) struct Registry {
    attributes: Attributes,
    metrics: BTreeMap<String, Metric>,
}

/// The text of all files that hold groups.
pub(super) fn text() -> String {
    let mut files: Vec<_> = fs::read_dir(file("registry"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("manifest.yaml"))
        .collect();
    files.sort();
    let texts = files.iter().map(|path| fs::read_to_string(path).unwrap());
    texts.collect()
}

impl Registry {
    pub(super) fn read(text: &str) -> Self {
        let mut registry = Self::default();
        let (mut attribute, mut metric) = (String::new(), String::new());
        for line in text.lines() {
            let word = line.trim_start();
            if word.is_empty() || word.starts_with('#') || line == "groups:" {
                continue;
            }
            let (key, value) = word.split_once(':').unwrap_or((word, ""));
            let value = value.trim().trim_matches('"');
            let of_metric = |registry: &mut Self, set: &dyn Fn(&mut Metric)| {
                set(registry.metrics.entry(metric.clone()).or_default());
            };
            match (line.len() - word.len(), key) {
                (2, "- id") => {
                    metric = value.strip_prefix("metric.").unwrap_or_default().to_owned();
                }
                (4, "metric_name") => assert_eq!(value, metric, "the id is metric. and its name"),
                (4, "instrument") => of_metric(&mut registry, &|metric| {
                    metric.kind = value.replace("updowncounter", "up-down counter");
                }),
                (4, "unit") => of_metric(&mut registry, &|metric| metric.unit = value.to_owned()),
                // What an event has is not told apart from what others have.
                (6, "- ref") if metric.is_empty() => {}
                (6, "- ref") => of_metric(&mut registry, &|metric| {
                    metric.attributes.insert(value.to_owned());
                }),
                (6, "- id") => attribute = value.to_owned(),
                (8, "type") => {
                    let template = value.strip_prefix("template[");
                    let (name, kind) = match template.and_then(|kind| kind.strip_suffix(']')) {
                        Some(kind) => (format!("{attribute}.<>"), kind),
                        None => (attribute.clone(), value),
                    };
                    // Those that list their values have no other type.
                    let kind = if kind.is_empty() { "string" } else { kind };
                    registry.attributes.insert(name, kind.to_owned());
                }
                (4, "type" | "name" | "stability" | "brief" | "note" | "attributes")
                | (8, "stability" | "brief" | "note" | "examples" | "requirement_level")
                | (10.., _) => {}
                _ => panic!("not the form of the others: {line}"),
            }
        }
        registry
    }

    /// What it says that the page does not, and the other way round.
    pub(super) fn differs_from(&self, page: &Page) -> Vec<String> {
        let mut differences = Vec::new();
        // `<field>` for people is a template here.
        let plain = |name: &str| match (name.split_once('<'), name.split_once('>')) {
            (Some((before, _)), Some((_, after))) => format!("{before}<>{after}"),
            _ => name.to_owned(),
        };
        let family = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
        // Its metrics are all in namespaces of our own.
        let own: Vec<_> = self.metrics.keys().map(|name| family(name)).collect();
        let listed: Attributes = page
            .types
            .iter()
            .map(|(name, kind)| (plain(name), kind.clone()))
            .collect();
        let attributes = listed.keys().filter(|name| own.contains(&family(name)));
        let metrics = page
            .metrics
            .keys()
            .filter(|name| own.contains(&family(name)));
        for name in attributes.chain(self.attributes.keys()) {
            let (here, there) = (self.attributes.get(name), listed.get(name));
            if here != there {
                differences.push(format!("attribute {name}: {here:?}, and listed {there:?}"));
            }
        }
        for name in metrics.chain(self.metrics.keys()) {
            let here = self.metrics.get(name).cloned();
            let there = page.metrics.get(name).cloned().map(|metric| Metric {
                unstable: false,
                ..metric
            });
            if here != there {
                differences.push(format!("metric {name}: {here:?}, and listed {there:?}"));
            }
        }
        differences.sort();
        differences.dedup();
        differences
    }
}
