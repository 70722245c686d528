//! The labels of metrics, and the attributes of a span from its start.

use opentelemetry::{Array, KeyValue, StringValue, Value};
use otelier_core::{redact_text, semconv, shorten};

use super::{calls, names, telemetry::Instruments};
use crate::describe::{self, Description, Kind};

/// Longer texts are cut: names, ids and reasons are shorter.
const MAX_TEXT: usize = 256;

/// A text from outside, fit to leave.
pub(super) fn text(text: &str) -> StringValue {
    shorten(&redact_text(text), MAX_TEXT).into_owned().into()
}

/// What both spans and metrics say of an operation.
pub(super) fn labels(of: &Description, instruments: &Instruments) -> Vec<KeyValue> {
    let mut labels = Vec::with_capacity(7);
    let subject = text(&of.subject);
    match of.kind {
        // Both have instruments of their own, which say the operation.
        Kind::Tool => {
            let name = instruments.tools.label(subject.as_str()).to_owned();
            labels.push(KeyValue::new(names::TOOL_NAME, name));
            labels.extend(calls::agent().map(|agent| KeyValue::new(names::AGENT_NAME, agent)));
            return labels;
        }
        Kind::Agent => {
            let name = instruments.agents.label(subject.as_str()).to_owned();
            labels.push(KeyValue::new(names::AGENT_NAME, name));
        }
        Kind::Inference | Kind::Embeddings => {
            if !of.subject.is_empty() {
                let name = instruments.models.label(subject.as_str()).to_owned();
                labels.push(KeyValue::new(names::REQUEST_MODEL, name));
            }
        }
        Kind::Retrieval => {}
    }
    labels.push(KeyValue::new(names::OPERATION_NAME, of.operation.clone()));
    if let Some(provider) = &of.provider {
        labels.push(KeyValue::new(names::PROVIDER_NAME, provider.name().clone()));
    }
    if let Some((address, port)) = &of.server {
        labels.push(KeyValue::new(semconv::SERVER_ADDRESS, address.clone()));
        labels.push(KeyValue::new(semconv::SERVER_PORT, i64::from(*port)));
    }
    labels
}

/// The name of the span, and what samplers see.
pub(super) fn describe(of: Description, labels: &[KeyValue]) -> (String, Vec<KeyValue>) {
    let subject = match of.kind {
        // Made up without end by models.
        Kind::Tool | Kind::Agent => labels.first().map(|name| name.value.as_str().into_owned()),
        Kind::Retrieval => None,
        _ => (!of.subject.is_empty()).then(|| String::from(text(&of.subject))),
    };
    let name = match &subject {
        Some(subject) => [&*of.operation, subject].join(" "),
        None => of.operation.clone().into_owned(),
    };
    let mut attributes = Vec::with_capacity(labels.len() + of.attributes.len() + 1);
    for label in labels {
        // A span tells the model that was asked, however many there are.
        if label.key.as_str() == names::REQUEST_MODEL {
            let model = subject.clone().unwrap_or_default();
            attributes.push(KeyValue::new(names::REQUEST_MODEL, model));
        } else {
            attributes.push(label.clone());
        }
    }
    if of.kind == Kind::Tool {
        attributes.push(KeyValue::new(names::OPERATION_NAME, of.operation));
    }
    attributes.extend(of.attributes.into_iter().map(|(key, told)| {
        let value = match told {
            describe::Value::Text(told) => Value::String(text(&told)),
            describe::Value::Texts(told) => texts(&told),
            describe::Value::Int(number) => Value::I64(number),
            describe::Value::Float(number) => Value::F64(number),
            #[cfg(feature = "http")]
            describe::Value::Bool(flag) => Value::Bool(flag),
        };
        KeyValue::new(key, value)
    }));
    (name, attributes)
}

pub(super) fn texts(told: &[String]) -> Value {
    let texts = told.iter().map(|told| text(told)).collect();
    Value::Array(Array::String(texts))
}
