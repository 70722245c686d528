//! Headers that are recorded because the program lists them.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{Array, Key, KeyValue, StringValue, Value};

use crate::{REDACTED, is_secret, shorten};

/// Longer values are cut.
pub const MAX_BYTES: usize = 2048;
/// Of a header that is sent more often, the rest is left out.
const MAX_VALUES: usize = 16;

/// A header or field to record, and the attribute that it becomes.
///
/// ```
/// use http::{HeaderMap, HeaderName};
/// use otelier_core::edge::listed::{Listed, headers};
///
/// let listed = ["x-shop", "x-api-key"].map(|name| {
///     Listed::new("http.request.header", HeaderName::from_static(name))
/// });
/// let mut sent = HeaderMap::new();
/// sent.insert("x-shop", "north".parse().unwrap());
/// sent.insert("x-api-key", "s3cret".parse().unwrap());
/// let recorded = headers(&listed, &sent);
/// assert_eq!(recorded[0].value.to_string(), r#"["north"]"#);
/// assert_eq!(recorded[1].value.to_string(), r#"["[REDACTED]"]"#);
/// ```
#[derive(Debug)]
pub struct Listed<N> {
    /// The header or field.
    pub name: N,
    /// The attribute.
    pub key: Key,
    /// Its value is never recorded.
    pub is_secret: bool,
}

impl<N: AsRef<str>> Listed<N> {
    /// Names the attribute by its namespace and the header or field.
    #[must_use]
    pub fn new(namespace: &str, name: N) -> Self {
        let key = [namespace, name.as_ref()].join(".");
        Self {
            name,
            is_secret: is_secret(&key),
            key: Arc::<str>::from(key).into(),
        }
    }
}

/// The attributes of the listed headers that were sent, each a list of texts.
#[must_use]
pub fn headers(listed: &[Listed<HeaderName>], sent: &HeaderMap) -> Vec<KeyValue> {
    let recorded = listed.iter().filter_map(|header| {
        let values = sent.get_all(&header.name).iter().take(MAX_VALUES);
        let values: Vec<StringValue> = values
            .map(|value| match plain(value) {
                Some(text) if !header.is_secret => shorten(text, MAX_BYTES).into_owned().into(),
                _ => REDACTED.into(),
            })
            .collect();
        let key = header.key.clone();
        (!values.is_empty()).then(|| KeyValue::new(key, Value::Array(Array::String(values))))
    });
    recorded.collect()
}

/// A header's text, unless it is marked as sensitive.
#[must_use]
pub fn plain(value: &HeaderValue) -> Option<&str> {
    if value.is_sensitive() {
        return None;
    }
    str::from_utf8(value.as_bytes()).ok()
}
