//! Attributes as labels, of which no secret leaves.

use std::{borrow::Cow, collections::HashMap};

use opentelemetry::{Array, InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::Resource;
use otelier_core::{Treatment, redact_value, treatment};

use super::{name, text::escape};

/// Names of labels that are kept from point to point; keys come from a program's text.
const KNOWN: usize = 1024;

/// Says by which scope something is measured.
const SCOPE: &str = "otel_scope_";

/// Writes labels, as `key="value",key="value"`.
#[derive(Debug, Default)]
pub(super) struct Labels {
    known: HashMap<Box<str>, (Box<str>, Treatment)>,
}

/// The name of a label, the key that it is of, and the value.
type Label<'a> = (Cow<'a, str>, &'a str, Cow<'a, str>);

impl Labels {
    pub(super) fn of_resource(&mut self, resource: &Resource) -> String {
        let pairs = resource.iter();
        let labels = pairs.map(|(key, value)| self.label(key.as_str(), value));
        join(labels.collect())
    }

    pub(super) fn of_scope<'a>(&mut self, scope: &'a InstrumentationScope) -> Vec<Label<'a>> {
        let named = [
            ("otel_scope_name", Some(scope.name())),
            ("otel_scope_schema_url", scope.schema_url()),
            ("otel_scope_version", scope.version()),
        ];
        let named = named.into_iter().filter_map(|(key, value)| {
            let value = value.filter(|value| !value.is_empty())?;
            Some((Cow::Borrowed(key), key, Cow::Borrowed(value)))
        });
        let own = scope.attributes().filter_map(|pair| {
            let (name, key, value) = self.label(pair.key.as_str(), &pair.value);
            let name = format!("{SCOPE}{name}");
            let is_named = matches!(
                &*name,
                "otel_scope_name" | "otel_scope_version" | "otel_scope_schema_url"
            );
            (!is_named).then_some((Cow::Owned(name), key, value))
        });
        named.chain(own).collect()
    }

    /// The labels of a point. The bound of a bucket keeps its name, `le`, to itself,
    /// and the scope what begins like its labels.
    pub(super) fn of_point<'a>(
        &mut self,
        of_scope: &[Label<'a>],
        attributes: &mut dyn Iterator<Item = &'a KeyValue>,
        is_histogram: bool,
    ) -> String {
        let mut labels = of_scope.to_vec();
        for pair in attributes {
            let (mut name, key, value) = self.label(pair.key.as_str(), &pair.value);
            if name.starts_with(SCOPE) {
                continue;
            }
            if is_histogram && name == "le" {
                name = "exported_le".into();
            }
            labels.push((name, key, value));
        }
        join(labels)
    }

    fn label<'a>(&mut self, key: &'a str, value: &'a Value) -> Label<'a> {
        let (name, treatment) = match self.known.get(key) {
            Some((name, treatment)) => (name.to_string(), *treatment),
            None => {
                let (name, treatment) = (name::label(key), treatment(key));
                if self.known.len() < KNOWN {
                    let known = (name.as_str().into(), treatment);
                    self.known.insert(key.into(), known);
                }
                (name, treatment)
            }
        };
        let value = match treatment {
            Treatment::Keep => shown(value),
            _ => match redact_value(key, value) {
                Some(redacted) => shown(&redacted).into_owned().into(),
                None => shown(value),
            },
        };
        (name.into(), key, value)
    }
}

/// Sorts them, and joins the values of those that became one.
fn join(mut labels: Vec<Label<'_>>) -> String {
    labels.sort_by(|(name, key, _), (other, other_key, _)| (name, key).cmp(&(other, other_key)));
    let mut text = String::new();
    let mut last: Option<(&str, &str)> = None;
    for (name, key, value) in &labels {
        match last {
            // The SDK has each key once.
            Some((_, known)) if known == *key => continue,
            Some((known, _)) if known == name => {
                text.pop();
                text.push(';');
            }
            _ => {
                if !text.is_empty() {
                    text.push(',');
                }
                text.push_str(name);
                text.push_str("=\"");
            }
        }
        escape(&mut text, value, true);
        text.push('"');
        last = Some((name, key));
    }
    text
}

/// A value as text: lists as JSON.
fn shown(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Array(Array::String(texts)) => {
            let mut list = String::from("[");
            for text in texts {
                if list.len() > 1 {
                    list.push(',');
                }
                quote(&mut list, text.as_str());
            }
            list.push(']');
            list.into()
        }
        value => value.as_str(),
    }
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            letter if letter < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out.push('"');
}
