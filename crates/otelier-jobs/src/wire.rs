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

use crate::{
    carrier::{Carrier, FIELDS, MAX_FIELD, MAX_FIELDS, is_json},
    context::Context,
    record,
};

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

/// Reads what `Display` wrote, or JSON; anything else is the empty context.
impl FromStr for Context {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

/// Never fails, see `FromStr`.
impl From<&str> for Context {
    fn from(text: &str) -> Self {
        if is_json(text) {
            record::from_json(text)
        } else {
            FIELDS.into_iter().zip(text.split('\n')).collect()
        }
    }
}

impl From<String> for Context {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Context {
    /// Takes the fields out of the headers or attributes of a message, whatever
    /// the case of their names: those of W3C, or, where these name no span, those
    /// of the propagators that are set. What is malformed or too long is left
    /// out.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut carrier = Carrier::default();
        for (name, value) in fields {
            carrier.add(name.as_ref(), value.as_ref());
        }
        Self::from_carrier(&carrier)
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

/// An object, whose values are texts or lists of them; a list of pairs; or a
/// text, also one that holds such JSON. Whatever else it is is the empty context.
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
        let mut carrier = Carrier::default();
        while let Some((Texts(name), Texts(lines))) = fields.next_entry()? {
            if let [name] = &name[..] {
                carrier.add_all(name, &lines);
            }
        }
        Ok(Context::from_carrier(&carrier))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<Context, A::Error> {
        let mut carrier = Carrier::default();
        while let Some(Pair(pair)) = pairs.next_element()? {
            if let Some((name, lines)) = pair {
                carrier.add_all(&name, &lines);
            }
        }
        Ok(Context::from_carrier(&carrier))
    }

    ignored! {}
}

/// A name and its value, or nothing where there is something else.
#[derive(Default)]
struct Pair(Option<(String, Vec<String>)>);

impl<'de> Deserialize<'de> for Pair {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairVisitor)
    }
}

struct PairVisitor;

impl<'de> Visitor<'de> for PairVisitor {
    type Value = Pair;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name and a value")
    }

    fn visit_str<E>(self, _: &str) -> Result<Pair, E> {
        Ok(Pair::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Pair, A::Error> {
        let name = parts.next_element::<Texts>()?;
        let lines = parts.next_element::<Texts>()?;
        let mut is_pair = true;
        while parts.next_element::<IgnoredAny>()?.is_some() {
            is_pair = false;
        }
        Ok(match (name, lines) {
            (Some(Texts(mut name)), Some(Texts(lines))) if is_pair && name.len() == 1 => {
                Pair(name.pop().map(|name| (name, lines)))
            }
            _ => Pair::default(),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Pair, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Pair::default())
    }

    ignored! {}
}

/// A text, or a list of them; nothing where there is something else or too much.
#[derive(Default)]
struct Texts(Vec<String>);

impl Texts {
    fn one(text: &str) -> Self {
        if text.len() <= MAX_FIELD {
            Self(vec![text.to_owned()])
        } else {
            Self::default()
        }
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field of a trace context")
    }

    fn visit_str<E>(self, text: &str) -> Result<Texts, E> {
        Ok(Texts::one(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut lines: A) -> Result<Texts, A::Error> {
        let mut all = Vec::new();
        while let Some(Text(line)) = lines.next_element()? {
            if all.len() < MAX_FIELDS {
                all.extend(line);
            }
        }
        Ok(Texts(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Texts, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Texts::default())
    }

    ignored! {}
}

/// A text, or nothing where there is something else or too much.
#[derive(Default)]
struct Text(Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a line of a field")
    }

    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        Ok(Text((text.len() <= MAX_FIELD).then(|| text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Text, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Text, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }

    ignored! {}
}
