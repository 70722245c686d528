//! Types as rustdoc tells them, in words that are the same in both builds.

use serde_json::Value;

use crate::workspace::list;

/// What rustdoc tells of a crate.
pub(crate) struct Crate<'a> {
    pub(crate) index: &'a Value,
    paths: &'a Value,
}

impl<'a> Crate<'a> {
    pub(crate) fn new(json: &'a Value) -> Self {
        Self {
            index: &json["index"],
            paths: &json["paths"],
        }
    }

    /// An item of the crate; null for those of others.
    pub(crate) fn item(&self, id: &Value) -> &'a Value {
        &self.index[id.to_string()]
    }

    /// The name of something by its id: where it is of this crate the last part
    /// alone, as the module that holds it is nobody's business.
    pub(crate) fn name(&self, id: &Value, written: &str) -> String {
        let known = &self.paths[id.to_string()];
        let parts = list(&known["path"]);
        let parts: Vec<_> = parts.iter().filter_map(Value::as_str).collect();
        let is_local = known["crate_id"] == 0;
        match parts.last() {
            Some(last) if is_local => (*last).to_owned(),
            Some(_) => parts.join("::"),
            None => last_part(written).to_owned(),
        }
    }

    pub(crate) fn ty(&self, ty: &Value) -> String {
        let Some((kind, of)) = only(ty) else {
            return ty.as_str().unwrap_or("_").to_owned();
        };
        match kind {
            "resolved_path" => self.path(of),
            "generic" | "primitive" => text(of),
            "tuple" => format!("({})", self.types(of)),
            "slice" => format!("[{}]", self.ty(of)),
            "array" => format!("[{}; {}]", self.ty(&of["type"]), text(&of["len"])),
            "impl_trait" => format!("impl {}", self.bounds(of)),
            "dyn_trait" => {
                let traits = list(&of["traits"]).iter().map(|of| {
                    let higher = self.params(&of["generic_params"]);
                    format!("{higher}{}", self.path(&of["trait"]))
                });
                let traits = traits.collect::<Vec<_>>().join(" + ");
                format!(
                    "dyn {traits}{}",
                    of["lifetime"].as_str().unwrap_or_default()
                )
            }
            "borrowed_ref" => {
                let lifetime = of["lifetime"].as_str();
                let lifetime = lifetime.map_or(String::new(), |name| format!("{name} "));
                format!("&{lifetime}{}{}", mutable(of), self.ty(&of["type"]))
            }
            "raw_pointer" => format!("*{}{}", mutable(of), self.ty(&of["type"])),
            "function_pointer" => format!("fn{}", self.signature(&of["sig"])),
            "qualified_path" => format!(
                "<{} as {}>::{}{}",
                self.ty(&of["self_type"]),
                self.path(&of["trait"]),
                text(&of["name"]),
                self.args(&of["args"]),
            ),
            _ => ty.to_string(),
        }
    }

    pub(crate) fn path(&self, path: &Value) -> String {
        let written = path["path"].as_str().unwrap_or_default();
        let name = self.name(&path["id"], written);
        name + &self.args(&path["args"])
    }

    fn args(&self, args: &Value) -> String {
        if let Some(call) = args.get("parenthesized") {
            return format!(
                "({}){}",
                self.types(&call["inputs"]),
                self.output(&call["output"])
            );
        }
        let args = &args["angle_bracketed"];
        let mut all: Vec<_> = list(&args["args"])
            .iter()
            .map(|arg| self.arg(arg))
            .collect();
        all.extend(list(&args["constraints"]).iter().map(|of| {
            let name = text(&of["name"]) + &self.args(&of["args"]);
            match only(&of["binding"]) {
                Some(("equality", term)) => format!("{name} = {}", self.arg(term)),
                Some((_, bounds)) => format!("{name}: {}", self.bounds(bounds)),
                None => name,
            }
        }));
        match all.as_slice() {
            [] => String::new(),
            all => format!("<{}>", all.join(", ")),
        }
    }

    fn arg(&self, arg: &Value) -> String {
        match only(arg) {
            Some(("type", ty)) => self.ty(ty),
            Some(("const" | "constant", of)) => text(&of["expr"]),
            Some((_, of)) => text(of),
            None => text(arg),
        }
    }

    fn types(&self, types: &Value) -> String {
        let types = list(types).iter().map(|ty| self.ty(ty));
        types.collect::<Vec<_>>().join(", ")
    }

    fn output(&self, output: &Value) -> String {
        match output {
            Value::Null => String::new(),
            output => format!(" -> {}", self.ty(output)),
        }
    }

    /// Arguments by type: their names are nobody's business.
    pub(crate) fn signature(&self, sig: &Value) -> String {
        let inputs = list(&sig["inputs"]).iter().map(|input| self.ty(&input[1]));
        let inputs = inputs.collect::<Vec<_>>().join(", ");
        format!("({inputs}){}", self.output(&sig["output"]))
    }

    pub(crate) fn bounds(&self, bounds: &Value) -> String {
        let bounds = list(bounds).iter().map(|bound| match only(bound) {
            Some(("trait_bound", of)) => {
                let modifier = match of["modifier"].as_str() {
                    Some("maybe") => "?",
                    _ => "",
                };
                let higher = self.params(&of["generic_params"]);
                format!("{modifier}{higher}{}", self.path(&of["trait"]))
            }
            Some((_, of)) => text(of),
            None => text(bound),
        });
        let mut bounds: Vec<_> = bounds.collect();
        bounds.sort();
        bounds.join(" + ")
    }

    pub(crate) fn params(&self, params: &Value) -> String {
        let params = list(params).iter().filter_map(|param| {
            let name = text(&param["name"]);
            let (kind, of) = only(&param["kind"])?;
            match kind {
                // What `impl Trait` stands for is told where it stands.
                "type" if of["is_synthetic"] == true => None,
                "type" => {
                    let bounds = self.bounds(&of["bounds"]);
                    let default = match &of["default"] {
                        Value::Null => String::new(),
                        default => format!(" = {}", self.ty(default)),
                    };
                    let colon = if bounds.is_empty() { "" } else { ": " };
                    Some(format!("{name}{colon}{bounds}{default}"))
                }
                "const" => Some(format!("const {name}: {}", self.ty(&of["type"]))),
                _ => Some(name),
            }
        });
        let params: Vec<_> = params.collect();
        match params.as_slice() {
            [] => String::new(),
            params => format!("<{}>", params.join(", ")),
        }
    }

    pub(crate) fn predicates(&self, generics: &Value) -> String {
        let predicates = list(&generics["where_predicates"]).iter();
        let predicates = predicates.map(|predicate| match only(predicate) {
            Some(("bound_predicate", of)) => {
                let higher = self.params(&of["generic_params"]);
                format!(
                    "{higher}{}: {}",
                    self.ty(&of["type"]),
                    self.bounds(&of["bounds"])
                )
            }
            Some(("eq_predicate", of)) => {
                format!("{} = {}", self.ty(&of["lhs"]), self.arg(&of["rhs"]))
            }
            Some((_, of)) => format!("{}: {}", text(&of["lifetime"]), of["outlives"]),
            None => text(predicate),
        });
        let mut predicates: Vec<_> = predicates.collect();
        predicates.sort();
        match predicates.as_slice() {
            [] => String::new(),
            all => format!(" where {}", all.join(", ")),
        }
    }
}

fn mutable(of: &Value) -> &'static str {
    if of["is_mutable"] == true { "mut " } else { "" }
}

fn last_part(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The only entry of an object: rustdoc's way to tell kinds apart.
pub(crate) fn only(value: &Value) -> Option<(&str, &Value)> {
    let (kind, of) = value.as_object()?.iter().next()?;
    Some((kind, of))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_type_reads_as_it_is_written_wherever_its_module_is() {
        let json = json!({
            "index": {},
            "paths": {
                "1": {"crate_id": 0, "path": ["shop", "record", "Cake"]},
                "2": {"crate_id": 0, "path": ["shop", "silent", "Cake"]},
                "3": {"crate_id": 7, "path": ["alloc", "boxed", "Box"]},
            },
        });
        let of = Crate::new(&json);
        let cake = |id: u8| json!({"resolved_path": {"path": "Cake", "id": id, "args": null}});
        let boxed = |id: u8| {
            let args =
                json!({"angle_bracketed": {"args": [{"type": cake(id)}], "constraints": []}});
            json!({"resolved_path": {"path": "Box", "id": 3, "args": args}})
        };
        assert_eq!(of.ty(&boxed(1)), "alloc::boxed::Box<Cake>");
        assert_eq!(of.ty(&boxed(1)), of.ty(&boxed(2)));
        let borrowed =
            json!({"borrowed_ref": {"lifetime": "'a", "is_mutable": true, "type": cake(1)}});
        assert_eq!(of.ty(&borrowed), "&'a mut Cake");
    }
}
