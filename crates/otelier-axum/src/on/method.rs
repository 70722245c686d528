//! Which request methods may be label values.

use std::sync::Arc;

use axum::http::Method;
use opentelemetry::StringValue;

/// The methods of RFC 9110 and RFC 5789, and QUERY, as the conventions list them.
const KNOWN: [&str; 10] = [
    "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUERY", "CONNECT", "TRACE",
];

/// Stands for every method that is not known.
const OTHER: &str = "_OTHER";

/// The known methods, the standard ones unless the environment replaces them.
#[derive(Debug)]
pub(super) struct Methods(Vec<StringValue>);

impl Methods {
    pub(super) fn new(replaced: Option<&[String]>) -> Self {
        Self(match replaced {
            None => KNOWN.map(StringValue::from).to_vec(),
            Some(names) => names
                .iter()
                .map(|name| StringValue::from(Arc::<str>::from(name.as_str())))
                .collect(),
        })
    }

    /// The method as a label, or `None` if it is not known. Case counts.
    pub(super) fn known(&self, method: &Method) -> Option<StringValue> {
        let found = self
            .0
            .iter()
            .find(|known| known.as_str() == method.as_str());
        found.cloned()
    }

    /// What stands for a method that is not known.
    pub(super) fn other() -> StringValue {
        OTHER.into()
    }
}
