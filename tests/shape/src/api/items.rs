//! What a crate offers, an item a line.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Lines;
use crate::{
    types::{Crate, only, text},
    workspace::list,
};

/// The trait whose service differs, see `EXCUSED`.
const LAYER: &str = "tower_layer::Layer";
/// Traits that follow from what a type holds.
const UNHEARD: [&str; 2] = ["core::ops::drop::Drop", "core::marker::Unpin"];

/// Every public item with its signature, by the path under which it is found.
pub(super) fn offered(json: &Value) -> Lines {
    let of = Crate::new(json);
    let root = of.item(&json["root"]);
    let mut found = Found {
        of,
        lines: BTreeSet::new(),
    };
    let name = text(&root["name"]);
    found.members(&name, &root["inner"]["module"]["items"]);
    found.lines
}

struct Found<'a> {
    of: Crate<'a>,
    lines: Lines,
}

impl Found<'_> {
    fn say(&mut self, path: &str, what: impl AsRef<str>) {
        let what = what.as_ref().trim();
        self.lines.insert(format!("{path}: {what}"));
    }

    fn members(&mut self, path: &str, ids: &Value) {
        for id in list(ids) {
            let item = self.of.item(id);
            let name = text(&item["name"]);
            self.item(&format!("{path}::{name}"), path, item);
        }
    }

    /// An item that is found under a path, in a module.
    fn item(&mut self, path: &str, module: &str, item: &Value) {
        let Some((kind, of)) = only(&item["inner"]) else {
            return;
        };
        let generics = self.of.params(&of["generics"]["params"]);
        let predicates = self.of.predicates(&of["generics"]);
        match kind {
            "module" => self.members(path, &of["items"]),
            "use" => self.used(module, of),
            "struct" | "union" => {
                let fields = match only(&of["kind"]) {
                    Some(("plain", fields)) => self.named(path, fields),
                    Some((_, fields)) => self.fields(path, fields),
                    None => ";",
                };
                self.say(
                    path,
                    format!("{}{kind}{generics}{predicates} {fields}", marks(item)),
                );
                self.implementations(path, &of["impls"]);
            }
            "enum" => {
                self.say(path, format!("{}enum{generics}{predicates}", marks(item)));
                for id in list(&of["variants"]) {
                    let variant = self.of.item(id);
                    let path = format!("{path}::{}", text(&variant["name"]));
                    let shape = &variant["inner"]["variant"]["kind"];
                    let fields = match only(shape) {
                        Some(("struct", fields)) => self.named(&path, fields),
                        Some((_, fields)) => self.fields(&path, fields),
                        None => ";",
                    };
                    self.say(&path, format!("variant {fields}"));
                }
                self.implementations(path, &of["impls"]);
            }
            "trait" => {
                let bounds = self.of.bounds(&of["bounds"]);
                self.say(
                    path,
                    format!("{}trait{generics}: {bounds}{predicates}", marks(item)),
                );
                self.members(path, &of["items"]);
            }
            "function" => {
                let header = &of["header"];
                let asynchronous = if header["is_async"] == true {
                    "async "
                } else {
                    ""
                };
                let constant = if header["is_const"] == true {
                    "const "
                } else {
                    ""
                };
                let signature = self.of.signature(&of["sig"]);
                let marks = marks(item);
                self.say(
                    path,
                    format!("{marks}{constant}{asynchronous}fn{generics}{signature}{predicates}"),
                );
            }
            "type_alias" => {
                let ty = self.of.ty(&of["type"]);
                self.say(path, format!("type{generics} = {ty}"));
            }
            "assoc_type" => {
                let (bounds, ty) = (self.of.bounds(&of["bounds"]), self.of.ty(&of["type"]));
                self.say(path, format!("type{generics}: {bounds} = {ty}"));
            }
            "constant" | "static" | "assoc_const" => {
                let ty = self.of.ty(&of["type"]);
                self.say(path, format!("{kind} {ty}"));
            }
            // How a macro is written may differ: what it takes may not, and cannot be told.
            "macro" | "proc_macro" => self.say(path, kind),
            _ => self.say(path, text(of)),
        }
    }

    fn used(&mut self, module: &str, used: &Value) {
        let item = self.of.item(&used["id"]);
        if used["is_glob"] == true {
            if item.is_null() {
                self.say(
                    &format!("{module}::*"),
                    format!("use {}", text(&used["source"])),
                );
            }
            self.members(module, &item["inner"]["module"]["items"]);
            return;
        }
        let path = format!("{module}::{}", text(&used["name"]));
        if item.is_null() {
            let source = self
                .of
                .name(&used["id"], used["source"].as_str().unwrap_or_default());
            self.say(&path, format!("use {source}"));
        } else {
            self.item(&path, module, item);
        }
    }

    fn named(&mut self, path: &str, fields: &Value) -> &'static str {
        match (
            self.fields(path, &fields["fields"]),
            &fields["has_stripped_fields"],
        ) {
            (_, Value::Bool(true)) => "{ .. }",
            (shape, _) => shape,
        }
    }

    /// Tells of fields that are public, and whether there are others.
    fn fields(&mut self, path: &str, ids: &Value) -> &'static str {
        let mut is_closed = false;
        for id in list(ids) {
            let field = self.of.item(id);
            let ty = &field["inner"]["struct_field"];
            if ty.is_null() {
                is_closed = true;
            } else {
                let path = format!("{path}::{}", text(&field["name"]));
                let ty = self.of.ty(ty);
                self.say(&path, format!("field {ty}"));
            }
        }
        if is_closed { "{ .. }" } else { "{}" }
    }

    fn implementations(&mut self, path: &str, ids: &Value) {
        for id in list(ids) {
            let of = &self.of.item(id)["inner"]["impl"];
            if of["is_synthetic"] == true || !of["blanket_impl"].is_null() {
                continue;
            }
            if of["trait"].is_null() {
                self.members(path, &of["items"]);
                continue;
            }
            let name = self.of.path(&of["trait"]);
            if UNHEARD.contains(&name.as_str()) {
                continue;
            }
            let generics = self.of.params(&of["generics"]["params"]);
            let predicates = self.of.predicates(&of["generics"]);
            let subject = self.of.ty(&of["for"]);
            let mut types: Vec<_> = list(&of["items"])
                .iter()
                .filter_map(|id| {
                    let item = self.of.item(id);
                    let ty = item["inner"].get("assoc_type")?;
                    Some(format!(
                        "{} = {}",
                        text(&item["name"]),
                        self.of.ty(&ty["type"])
                    ))
                })
                .collect();
            types.sort();
            // What a layer makes is the service itself where nothing is recorded.
            let types = match name.starts_with(LAYER) {
                true => String::new(),
                false => types.join(", "),
            };
            self.say(
                path,
                format!("impl{generics} {name} for {subject}{predicates} {{{types}}}"),
            );
        }
    }
}

/// What a caller notices beside the signature.
fn marks(item: &Value) -> String {
    let mut marks = String::new();
    if !item["deprecation"].is_null() {
        marks.push_str("#[deprecated] ");
    }
    for attribute in list(&item["attrs"]) {
        match only(attribute) {
            Some(("must_use", _)) => marks.push_str("#[must_use] "),
            None if attribute == "non_exhaustive" => marks.push_str("#[non_exhaustive] "),
            _ => {}
        }
    }
    marks
}
