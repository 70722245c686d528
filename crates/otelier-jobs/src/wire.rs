//! How a job's context is written down: as an object, and as one text.

use std::{
    convert::Infallible,
    fmt::{self, Display},
    str::FromStr,
};

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{IgnoredAny, MapAccess, SeqAccess},
    ser::SerializeMap as _,
};

use crate::{
    carrier::{Carrier, FIELDS, MAX_FIELD, MAX_FIELDS, is_json},
    context::Context,
    loose::{Anything, Loose, Read},
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
            FIELDS.into_iter().zip(text.lines()).collect()
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

/// An object, whose values are texts or lists of them; a list of pairs, or of objects
/// with `key` or `name` and `value`; or a text, also one that holds such JSON. Whatever else it is is the empty context.
impl<'de> Deserialize<'de> for Context {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(Anything::new())
        } else {
            deserializer.deserialize_str(Anything::new())
        }
    }
}

impl Loose for Context {
    fn text(text: &str) -> Self {
        text.into()
    }

    fn list<'de, A: SeqAccess<'de>>(mut pairs: A) -> Result<Self, A::Error> {
        let mut carrier = Carrier::default();
        while let Some(Read(Pair(pair))) = pairs.next_element()? {
            if let Some((name, lines)) = pair {
                carrier.add_all(&name, &lines);
            }
        }
        Ok(Self::from_carrier(&carrier))
    }

    fn map<'de, A: MapAccess<'de>>(mut fields: A) -> Result<Self, A::Error> {
        let mut carrier = Carrier::default();
        while let Some((Read(Texts(name)), Read(Texts(lines)))) = fields.next_entry()? {
            if let [name] = &name[..] {
                carrier.add_all(name, &lines);
            }
        }
        Ok(Self::from_carrier(&carrier))
    }
}

/// A name and its value, or nothing where there is something else.
#[derive(Default)]
struct Pair(Option<(String, Vec<String>)>);

impl Loose for Pair {
    fn list<'de, A: SeqAccess<'de>>(mut parts: A) -> Result<Self, A::Error> {
        let name = parts.next_element()?;
        let lines = parts.next_element()?;
        let mut is_pair = true;
        while parts.next_element::<IgnoredAny>()?.is_some() {
            is_pair = false;
        }
        Ok(match (name, lines) {
            (Some(Read(Texts(mut name))), Some(Read(Texts(lines))))
                if is_pair && name.len() == 1 =>
            {
                Self(name.pop().map(|name| (name, lines)))
            }
            _ => Self::default(),
        })
    }

    fn map<'de, A: MapAccess<'de>>(mut fields: A) -> Result<Self, A::Error> {
        let mut name = Vec::new();
        let mut lines = Vec::new();
        while let Some(Read(Texts(field))) = fields.next_key()? {
            let part = match field.first().map(String::as_str) {
                Some("key" | "name") => &mut name,
                Some("value") => &mut lines,
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            let Read(Texts(texts)) = fields.next_value()?;
            *part = texts;
        }
        Ok(Self(match name.len() {
            1 => name.pop().map(|name| (name, lines)),
            _ => None,
        }))
    }
}

/// A text, or a list of them; nothing where there is something else or too much.
#[derive(Default)]
struct Texts(Vec<String>);

impl Loose for Texts {
    fn text(text: &str) -> Self {
        Self(Text::text(text).0.into_iter().collect())
    }

    fn list<'de, A: SeqAccess<'de>>(mut lines: A) -> Result<Self, A::Error> {
        let mut all = Vec::new();
        while let Some(Read(Text(line))) = lines.next_element()? {
            if all.len() < MAX_FIELDS {
                all.extend(line);
            }
        }
        Ok(Self(all))
    }
}

/// A text, or nothing where there is something else or too much.
#[derive(Default)]
struct Text(Option<String>);

impl Loose for Text {
    fn text(text: &str) -> Self {
        Self((text.len() <= MAX_FIELD).then(|| text.to_owned()))
    }
}
