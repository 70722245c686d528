//! Headers that the layer was told to record.

use axum::http::{HeaderMap, HeaderName};
use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use otelier_core::{REDACTED, shorten};

use super::{
    config::Named,
    request::{MAX_BYTES, plain},
};

/// Of a header that is sent more often, the rest is left out.
const MAX_VALUES: usize = 16;

/// The attributes of the listed headers that were sent, each a list of texts.
pub(super) fn headers(listed: &[Named<HeaderName>], sent: &HeaderMap) -> Vec<KeyValue> {
    let recorded = listed.iter().filter_map(|header| {
        let values = sent.get_all(&header.name).iter().take(MAX_VALUES);
        let values: Vec<StringValue> = values
            .map(|value| match plain(value) {
                Some(text) if !header.secret => shorten(text, MAX_BYTES).into_owned().into(),
                _ => REDACTED.into(),
            })
            .collect();
        let key = Key::from(header.key.clone());
        (!values.is_empty()).then(|| KeyValue::new(key, Value::Array(Array::String(values))))
    });
    recorded.collect()
}
