//! Whether each public type is shown at work.
//!
//! A type is where its documentation, or that of one of its members, has code that
//! the tests compile; or where it points to the item that shows it, with a link in
//! a line that has the word "example".

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    Report,
    documents::Documents,
    types::{Crate, only, text},
    workspace::list,
};

/// What needs none, and why.
const EXCUSED: [(&str, &str); 1] = [(
    "otelier_functions::kinds",
    "has traits without a name, whose methods its own example calls",
)];

/// Words after the fence of a block that the tests do not compile.
const UNCOMPILED: [&str; 6] = ["ignore", "json", "sh", "sql", "text", "toml"];

pub(crate) fn check(documents: &Documents<'_>) -> anyhow::Result<Report> {
    let mut report = Report::default();
    for (what, why) in EXCUSED {
        report.say(format!("excused: {what} {why}"));
    }
    for document in documents.recording()? {
        if !document.package.is_published {
            continue;
        }
        let types = Types::read(&document.json);
        let bare = types
            .found
            .iter()
            .filter(|(path, item)| !is_excused(path) && !types.of.is_shown(item));
        let bare: Vec<_> = bare.map(|(path, _)| path).collect();
        let (name, count) = (&document.package.name, types.found.len());
        let line = format!("{name}: {count} types, {} without an example", bare.len());
        match bare.is_empty() {
            true => report.say(line),
            false => report.fail(line),
        }
        for path in bare {
            report.say(format!("    {path}"));
        }
    }
    Ok(report)
}

fn is_excused(path: &str) -> bool {
    EXCUSED.iter().any(|(what, _)| {
        let rest = path.strip_prefix(what);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    })
}

/// The public types of a crate, each once, by the path under which it is found.
struct Types<'a> {
    of: Crate<'a>,
    found: Vec<(String, &'a Value)>,
    seen: BTreeSet<String>,
}

impl<'a> Types<'a> {
    fn read(json: &'a Value) -> Self {
        let of = Crate::new(json);
        let root = of.item(&json["root"]);
        let mut types = Self {
            of,
            found: Vec::new(),
            seen: BTreeSet::new(),
        };
        types.item(&text(&root["name"]), root);
        types.found.sort_by(|(one, _), (other, _)| one.cmp(other));
        types
    }

    fn item(&mut self, path: &str, item: &'a Value) {
        let Some((kind, of)) = only(&item["inner"]) else {
            return;
        };
        match kind {
            "module" => {
                for id in list(&of["items"]) {
                    let item = self.of.item(id);
                    self.item(&format!("{path}::{}", text(&item["name"])), item);
                }
            }
            "use" if of["is_glob"] == true => {
                let module = self.of.item(&of["id"]);
                self.item(path.trim_end_matches("::null"), module);
            }
            "use" => {
                let module = path.rsplit_once("::").map_or("", |(module, _)| module);
                let name = format!("{module}::{}", text(&of["name"]));
                self.item(&name, self.of.item(&of["id"]));
            }
            "struct" | "union" | "enum" | "trait" if self.seen.insert(item["id"].to_string()) => {
                self.found.push((path.to_owned(), item));
            }
            _ => {}
        }
    }
}

impl<'a> Crate<'a> {
    fn is_shown(&self, item: &'a Value) -> bool {
        has_example(item) || self.members(item).any(has_example) || self.points(item)
    }

    /// The methods, variants and associated items that are a type's own.
    fn members(&self, item: &'a Value) -> impl Iterator<Item = &'a Value> {
        let mut ids = Vec::new();
        if let Some((_, of)) = only(&item["inner"]) {
            for id in list(&of["impls"]) {
                let of = &self.item(id)["inner"]["impl"];
                if of["trait"].is_null() {
                    ids.extend(list(&of["items"]));
                }
            }
            ids.extend(list(&of["items"]).iter().chain(list(&of["variants"])));
        }
        ids.into_iter().map(|id| self.item(id))
    }

    /// Whether a line with the word "example" leads to an item that has one.
    fn points(&self, item: &Value) -> bool {
        let docs = item["docs"].as_str().unwrap_or_default();
        let mut lines = docs
            .lines()
            .filter(|line| line.to_lowercase().contains("example"));
        let links = item["links"].as_object();
        lines.any(|line| {
            links.into_iter().flatten().any(|(written, id)| {
                let name = written.trim_matches('`');
                line.contains(name) && has_example(self.item(id))
            })
        })
    }
}

/// Whether the documentation of an item has code that the tests compile.
fn has_example(item: &Value) -> bool {
    let docs = item["docs"].as_str().unwrap_or_default();
    let mut fences = docs
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("```"));
    let mut opened = None;
    fences.any(|words| match opened.take() {
        None => {
            let mut words = words.split([',', ' ']);
            let is_code = !words.any(|word| UNCOMPILED.contains(&word));
            opened = Some(());
            is_code
        }
        Some(()) => false,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(docs: &str) -> Value {
        json!({ "docs": docs })
    }

    #[test]
    fn an_example_is_code_that_is_compiled() {
        assert!(has_example(&item("Text.\n\n```\nlet a = 1;\n```\n")));
        assert!(has_example(&item("```no_run\nlet a = 1;\n```\n")));
        assert!(!has_example(&item("```text\nGET /\n```\n")));
        assert!(!has_example(&item("```rust,ignore\nlet a = 1;\n```\n")));
        assert!(has_example(&item(
            "```toml\na = 1\n```\n```\nlet a = 1;\n```\n"
        )));
        assert!(!has_example(&item("Text with `code`.")));
    }

    #[test]
    fn what_is_excused_is_so_with_all_that_is_in_it() {
        assert!(is_excused("otelier_functions::kinds::_"));
        assert!(!is_excused("otelier_functions::kinds_of::Kind"));
    }

    #[test]
    fn a_type_may_point_to_what_shows_it() {
        let index = |shown: &str| {
            json!({
                "index": {
                    "1": { "id": 1, "docs": shown, "inner": { "function": {} } },
                    "2": {
                        "id": 2,
                        "docs": "How it ended; see the example of [`run`].",
                        "links": { "`run`": 1 },
                        "inner": { "enum": { "impls": [], "variants": [] } },
                    },
                },
                "paths": {},
            })
        };
        let shown = index("```\nrun();\n```");
        let bare = index("Runs.");
        assert!(Crate::new(&shown).is_shown(&shown["index"]["2"]));
        assert!(!Crate::new(&bare).is_shown(&bare["index"]["2"]));
    }
}
