//! An attribute that many spans have in common.

use std::{borrow::Cow, sync::Arc};

use opentelemetry::{KeyValue, Value};

/// An attribute that many spans have in common: cheaper to make than a `KeyValue`
/// is to clone.
///
/// ```
/// use opentelemetry::KeyValue;
/// use otelier_core::edge::Attribute;
///
/// let server = Attribute::text("server.address", "cache.example".into());
/// assert_eq!(server.make(), KeyValue::new("server.address", "cache.example"));
/// ```
#[derive(Clone, Debug)]
pub struct Attribute(&'static str, Kept);

#[derive(Clone, Debug)]
enum Kept {
    Static(&'static str),
    Shared(Arc<str>),
    Number(i64),
}

impl Attribute {
    /// Of a text; one that lives as long as the process, see
    /// [`Names`](crate::Names), is never counted.
    #[must_use]
    pub fn text(key: &'static str, value: Cow<'static, str>) -> Self {
        Self(
            key,
            match value {
                Cow::Borrowed(value) => Kept::Static(value),
                Cow::Owned(value) => Kept::Shared(value.into()),
            },
        )
    }

    /// Of a number.
    #[must_use]
    pub fn number(key: &'static str, value: i64) -> Self {
        Self(key, Kept::Number(value))
    }

    /// Makes it.
    ///
    /// # Cost
    /// Some ten instructions, and no allocation.
    #[must_use]
    #[inline]
    pub fn make(&self) -> KeyValue {
        let value = match &self.1 {
            Kept::Static(value) => Value::String((*value).into()),
            Kept::Shared(value) => Value::String(Arc::clone(value).into()),
            Kept::Number(value) => Value::I64(*value),
        };
        KeyValue::new(self.0, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_what_was_given() {
        for (attribute, made) in [
            (Attribute::text("a", "b".into()), KeyValue::new("a", "b")),
            (
                Attribute::text("a", String::from("b").into()),
                KeyValue::new("a", "b"),
            ),
            (Attribute::number("a", 7), KeyValue::new("a", 7)),
        ] {
            assert_eq!(attribute.make(), made);
        }
    }
}
