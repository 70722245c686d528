//! Builds a JSON object without default values.

use crate::id::hex;
use serde_json::{Map, Value};

/// An object under construction, which leaves defaults out.
pub(super) struct Object(Map<String, Value>);

impl Object {
    pub(super) fn new() -> Self {
        Self(Map::new())
    }

    pub(super) fn with(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.into(), value);
        self
    }

    pub(super) fn some(self, key: &str, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    pub(super) fn string(self, key: &str, text: &str) -> Self {
        self.some(key, (!text.is_empty()).then(|| text.into()))
    }

    pub(super) fn hex(self, key: &str, id: &[u8]) -> Self {
        self.some(key, (!id.is_empty()).then(|| hex(id).into()))
    }

    pub(super) fn number<N: Into<Value> + Default + PartialEq>(self, key: &str, number: N) -> Self {
        self.some(key, (number != N::default()).then(|| number.into()))
    }

    pub(super) fn long(self, key: &str, number: u64) -> Self {
        self.some(key, (number != 0).then(|| number.to_string().into()))
    }

    pub(super) fn list<T>(self, key: &str, items: &[T], write: fn(&T) -> Value) -> Self {
        let list = || items.iter().map(write).collect();
        self.some(key, (!items.is_empty()).then(list))
    }

    pub(super) fn done(self) -> Value {
        Value::Object(self.0)
    }
}
