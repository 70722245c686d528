//! Reads docs/signals.md, as far as its tables name what is sent.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Types by name; `<..>` in a name, and `*` at its end, stand for anything.
pub(super) type Attributes = BTreeMap<String, String>;

/// What is told of a metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Metric {
    pub(super) kind: String,
    pub(super) unit: String,
    pub(super) attributes: BTreeSet<String>,
    /// Only with a tokio that is compiled for it.
    pub(super) unstable: bool,
}

/// What the page says.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// By the scope that records them; those of any span have none.
    pub(super) spans: BTreeMap<String, Attributes>,
    pub(super) logs: Attributes,
    pub(super) resource: Attributes,
    pub(super) metrics: BTreeMap<String, Metric>,
    /// All attributes.
    pub(super) types: Attributes,
}

/// A file of docs.
pub(super) fn file(name: impl AsRef<Path>) -> PathBuf {
    let docs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    docs.join(name)
}

/// The names between backticks, in their order, with `` `a.b`, `.c` `` meaning `a.c`.
pub(super) fn names(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._<>*".contains(c);
    let mut names = Vec::new();
    let mut stem = "";
    let quoted = text.split('`').skip(1).step_by(2);
    for name in quoted.filter(|name| name.contains('.') && name.chars().all(is_part)) {
        match name.strip_prefix('.') {
            Some(end) => names.push(format!("{stem}.{end}")),
            None => {
                stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// Whether `name` is what `listed` stands for.
pub(super) fn covers(listed: &str, name: &str) -> bool {
    let (before, after) = match listed.split_once(['<', '*']) {
        Some((before, rest)) => (before, rest.split_once('>').map_or("", |(_, after)| after)),
        // The names of a service, under its namespace.
        None if listed.ends_with('.') => (listed, ""),
        None => return listed == name,
    };
    name.len() > before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
}

impl Page {
    /// The page as it is, for a service of this namespace.
    pub(super) fn of(namespace: &str) -> Self {
        Self::read(&fs::read_to_string(file("signals.md")).unwrap(), namespace)
    }

    pub(super) fn read(text: &str, namespace: &str) -> Self {
        // What the old names stand for is not what is sent.
        let (text, _) = text.split_once("\n## Old names").unwrap();
        let text = text.replace("<namespace>", namespace);
        let mut page = Self::default();
        let mut events = Vec::new();
        let (mut chapter, mut section) = ("", "");
        let mut columns: Vec<&str> = Vec::new();
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("## ") {
                (chapter, section) = (title, "");
            } else if let Some(title) = line.strip_prefix("### ") {
                section = title;
            } else if let Some(row) = line.strip_prefix("| ") {
                let cells: Vec<_> = row.trim_end_matches('|').split(" |").collect();
                let cells: Vec<_> = cells.into_iter().map(str::trim).collect();
                match columns.as_slice() {
                    [] => columns = cells,
                    ["attribute", "type", ..] => page.attributes(chapter, section, &cells),
                    ["metric", "kind", "unit", shared] => {
                        page.metric(&cells, &names(shared), section.contains("tokio"));
                    }
                    _ => {}
                }
                continue;
            } else if line.starts_with("Events: ") {
                events.push((section, names(line)));
            } else if chapter == "Resource" {
                let kind = match line.starts_with("All are strings but ") {
                    true => "int",
                    false => "string",
                };
                let listed = names(line).into_iter().map(|name| (name, kind.to_owned()));
                page.resource.extend(listed);
            }
            if !line.starts_with('|') {
                columns.clear();
            }
        }
        for (section, names) in events {
            let types = page.types.clone();
            let typed = names.into_iter().map(|name| {
                let kind = types.get(&name);
                let kind = kind.unwrap_or_else(|| panic!("the type of {name} is not listed"));
                (name, kind.clone())
            });
            page.spans.entry(scope(section)).or_default().extend(typed);
        }
        for (name, kind) in page.resource.clone() {
            page.typed(&name, &kind);
        }
        page
    }

    fn attributes(&mut self, chapter: &str, section: &str, cells: &[&str]) {
        let (names, types) = (names(cells[0]), cells[1]);
        let types: Vec<_> = types.split(", ").collect();
        let one_each = types.len() == names.len();
        assert!(one_each || types.len() == 1, "as many types: {cells:?}");
        for (at, name) in names.into_iter().enumerate() {
            let kind = types[if one_each { at } else { 0 }];
            self.typed(&name, kind);
            match chapter {
                "Spans" => self.spans.entry(scope(section)).or_default(),
                "Logs" => &mut self.logs,
                "Metrics" => continue,
                other => panic!("a table of attributes in {other}"),
            }
            .insert(name, kind.to_owned());
        }
    }

    /// One name has one type, wherever it is listed.
    fn typed(&mut self, name: &str, kind: &str) {
        let listed = self.types.entry(name.to_owned()).or_insert(kind.to_owned());
        assert_eq!(listed, kind, "the type of {name}");
    }

    fn metric(&mut self, cells: &[&str], shared: &[String], unstable: bool) {
        for name in names(cells[0]) {
            let metric = Metric {
                kind: cells[1].to_owned(),
                unit: cells[2].to_owned(),
                attributes: names(cells[3]).iter().chain(shared).cloned().collect(),
                unstable,
            };
            self.metrics.insert(name, metric);
        }
    }
}

/// The crate that a title names.
fn scope(title: &str) -> String {
    title.split('`').nth(1).unwrap_or_default().to_owned()
}
