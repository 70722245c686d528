//! What a tool is told, each part understood.

use super::{
    answer::words,
    table::{Kind, Parameter, Tool},
};
use crate::{api::list::Wanted, clean::clean, query::Query};
use rmcp::model::JsonObject;
use serde_json::Value;

/// The longest text that is taken.
const LONGEST: usize = 4096;

#[derive(Debug)]
pub(super) struct Arguments {
    tool: &'static Tool,
    texts: Vec<(&'static str, String)>,
    counts: Vec<(&'static str, usize)>,
}

impl Arguments {
    /// Reads them; what is not known, or not of its kind, is a mistake that says what is right.
    pub(super) fn read(tool: &'static Tool, given: &JsonObject) -> Result<Self, String> {
        let mut all = Self {
            tool,
            texts: Vec::new(),
            counts: Vec::new(),
        };
        for (name, value) in given {
            let parameter = tool.parameters.iter().find(|known| known.name == name);
            let Some(parameter) = parameter else {
                let known: Vec<_> = tool.parameters.iter().map(|known| known.name).collect();
                let name = clean(name, 60);
                return Err(format!(
                    "no parameter {name:?}: there are {}",
                    known.join(", ")
                ));
            };
            all.take(parameter, value)?;
        }
        for parameter in tool.parameters {
            if matches!(parameter.kind, Kind::Needed) && all.text(parameter.name).is_none() {
                return Err(format!("{} has to be given", parameter.name));
            }
        }
        Ok(all)
    }

    fn take(&mut self, parameter: &Parameter, value: &Value) -> Result<(), String> {
        let name = parameter.name;
        let text = match value {
            Value::Null => return Ok(()),
            Value::String(text) if text.is_empty() => return Ok(()),
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::Array(_) | Value::Object(_) => return Err(format!("{name} is one value")),
        };
        if text.len() > LONGEST {
            return Err(format!("{name} is longer than {LONGEST} bytes"));
        }
        match parameter.kind {
            Kind::Text | Kind::Needed => self.texts.push((name, text)),
            Kind::Choice(choices) if choices.contains(&text.as_str()) => {
                self.texts.push((name, text));
            }
            Kind::Choice(choices) => {
                return Err(format!("{name} is one of {}", choices.join(", ")));
            }
            Kind::Count(most, _) => match text.parse::<f64>() {
                // A whole number may come as 20.0.
                Ok(count) if count >= 1.0 && count.fract() == 0.0 => {
                    self.counts.push((name, (count as usize).min(most)));
                }
                _ => return Err(format!("{name} is a whole number from 1 to {most}")),
            },
            Kind::Flag => match text.as_str() {
                "true" => self.counts.push((name, 1)),
                "false" => {}
                _ => return Err(format!("{name} is true or false")),
            },
        }
        Ok(())
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let found = self.texts.iter().find(|(other, _)| *other == name);
        found.map(|(_, text)| text.as_str())
    }

    /// A count, or its default.
    pub(super) fn count(&self, name: &str) -> usize {
        let given = self.counts.iter().find(|(other, _)| *other == name);
        let default = || {
            let known = self.tool.parameters.iter();
            let mut known = known.filter(|known| known.name == name);
            match known.next().map(|known| known.kind) {
                Some(Kind::Count(_, default)) => default,
                _ => 0,
            }
        };
        given.map_or_else(default, |(_, count)| *count)
    }

    /// The place that an earlier answer gave.
    pub(super) fn after<T>(&self, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, String> {
        let Some(text) = self.text("after") else {
            return Ok(None);
        };
        let place = read(text).map(Some);
        place.ok_or_else(|| "after is what an earlier answer of this tool ended with".into())
    }

    /// What records are wanted.
    pub(super) fn wanted(&self) -> Result<Wanted, String> {
        let query = self.text("query").unwrap_or_default().parse::<Query>();
        Ok(Wanted {
            service: self.text("service").map(ToOwned::to_owned),
            query: query.map_err(|bad| words(bad.into()))?,
            ..Wanted::default()
        })
    }
}
