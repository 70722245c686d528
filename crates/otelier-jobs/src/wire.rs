//! How a job's context is written down: as an object, and as one text.

use std::{
    convert::Infallible,
    fmt::{self, Display},
    str::FromStr,
};

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{EnumAccess, IgnoredAny, MapAccess, SeqAccess, VariantAccess as _, Visitor},
    ser::SerializeMap as _,
};

use crate::Context;

pub(crate) const TRACEPARENT: &str = "traceparent";
pub(crate) const TRACESTATE: &str = "tracestate";
pub(crate) const BAGGAGE: &str = "baggage";

/// The fields, in the order in which the text holds them.
pub(crate) const FIELDS: [&str; 3] = [TRACEPARENT, TRACESTATE, BAGGAGE];
/// No longer value is kept for any field.
pub(crate) const MAX_FIELD: usize = 8192;

/// Writes one line per field: the `traceparent` alone, unless there is more.
impl Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = 0;
        for (name, value) in self.iter() {
            let line = FIELDS.iter().position(|field| *field == name).unwrap_or(0);
            for _ in lines..line {
                f.write_str("\n")?;
            }
            lines = line;
            f.write_str(value)?;
        }
        Ok(())
    }
}

/// Reads what `Display` wrote; anything else is the empty context.
impl FromStr for Context {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

/// Never fails, see `FromStr`.
impl From<&str> for Context {
    fn from(text: &str) -> Self {
        FIELDS.into_iter().zip(text.split('\n')).collect()
    }
}

impl From<String> for Context {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Context {
    /// Takes the fields out of the headers or attributes of a message. What is
    /// malformed, too long or none of the three is left out.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut context = Self::default();
        for (name, value) in fields {
            context.set(name.as_ref(), value.as_ref());
        }
        context
    }
}

/// An object with the fields that are there; one text where the format is not
/// made for people.
impl Serialize for Context {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.collect_str(self);
        }
        let mut map = serializer.serialize_map(Some(self.iter().count()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Whatever is not an object of texts, or a text, is the empty context.
impl<'de> Deserialize<'de> for Context {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(ContextVisitor)
        } else {
            deserializer.deserialize_str(ContextVisitor)
        }
    }
}

/// Visits what means nothing here, to its end.
macro_rules! ignored {
    () => {
        ignored! {
            visit_bool: bool;
            visit_i64: i64;
            visit_i128: i128;
            visit_u64: u64;
            visit_u128: u128;
            visit_f64: f64;
            visit_bytes: &[u8];
        }
    };
    ($($visit:ident: $value:ty;)*) => {
        $(fn $visit<E>(self, _: $value) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        })*

        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }

        fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<Self::Value, D::Error> {
            value.deserialize_any(self)
        }

        fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<Self::Value, D::Error> {
            value.deserialize_any(self)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self::Value, A::Error> {
            while values.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }

        fn visit_enum<A: EnumAccess<'de>>(self, value: A) -> Result<Self::Value, A::Error> {
            let (IgnoredAny, variant) = value.variant()?;
            variant.newtype_variant::<IgnoredAny>()?;
            Ok(Self::Value::default())
        }
    };
}

struct ContextVisitor;

impl<'de> Visitor<'de> for ContextVisitor {
    type Value = Context;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a trace context")
    }

    fn visit_str<E>(self, text: &str) -> Result<Context, E> {
        Ok(text.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Context, A::Error> {
        let mut context = Context::default();
        while let Some((Text(name), Text(value))) = fields.next_entry()? {
            context.set(&name, &value);
        }
        Ok(context)
    }

    ignored! {}
}

/// A text, or nothing where there is something else or too much.
#[derive(Default)]
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field of a trace context")
    }

    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        Ok(if text.len() <= MAX_FIELD {
            Text(text.to_owned())
        } else {
            Text::default()
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Text, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }

    ignored! {}
}
