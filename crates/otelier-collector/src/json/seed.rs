//! Messages, lists and names on their way out of a JSON document.

use super::{
    allowance::Allowance,
    message::{Field, Message},
    scalar::{Scalar, Scalars},
};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::{borrow::Cow, fmt, marker::PhantomData};

/// No known name is longer.
const LONGEST_NAME: usize = 40;

/// What is no such value is told by its kind: scalars, and a list or an object.
macro_rules! others {
    ($expected:literal, $visit:ident: $Access:ident, $found:literal) => {
        others!(
            $expected: visit_bool(bool) "a boolean", visit_u64(u64) "a number",
            visit_i64(i64) "a number", visit_f64(f64) "a number", visit_str(&str) "a string"
        );

        fn $visit<A: $Access<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            Err(self.allowance.fail(concat!("expected ", $expected, ", found ", $found).into()))
        }
    };
    ($expected:literal: $($visit:ident($Scalar:ty) $found:literal),*) => {$(
        fn $visit<E: Error>(self, _: $Scalar) -> Result<Self::Value, E> {
            Err(self.allowance.fail(concat!("expected ", $expected, ", found ", $found).into()))
        }
    )*};
}

/// Reads a message, or a null.
pub(super) struct Messages<'a, T> {
    allowance: &'a Allowance,
    message: PhantomData<T>,
}

impl<'a, T> Messages<'a, T> {
    pub(super) const fn new(allowance: &'a Allowance) -> Self {
        Self {
            allowance,
            message: PhantomData,
        }
    }
}

impl<'de, T: Message> DeserializeSeed<'de> for Messages<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de, T: Message> Visitor<'de> for Messages<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let allowance = self.allowance;
        let mut message = T::default();
        while let Some(name) = map.next_key_seed(Name)? {
            let map = &mut map;
            message
                .field(&name, &mut Field { map, allowance })
                .inspect_err(|_| allowance.at(|| name.into_owned()))?;
        }
        Ok(Some(message))
    }

    others!("an object", visit_seq: SeqAccess, "an array");
}

/// Reads a message.
pub(super) struct OneMessage<'a, T>(Messages<'a, T>);

impl<'a, T> OneMessage<'a, T> {
    pub(super) const fn new(allowance: &'a Allowance) -> Self {
        Self(Messages::new(allowance))
    }
}

impl<'de, T: Message> DeserializeSeed<'de> for OneMessage<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<T, D::Error> {
        let allowance = self.0.allowance;
        let message = self.0.deserialize(json)?;
        message.ok_or_else(|| allowance.fail("expected an object, found null".into()))
    }
}

/// Reads one value of a list.
pub(super) struct OneScalar<'a, T> {
    pub(super) allowance: &'a Allowance,
    pub(super) read: fn(Scalar<'_>) -> Result<T, String>,
}

impl<'de, T> DeserializeSeed<'de> for OneScalar<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<T, D::Error> {
        let scalar = Scalars(self.allowance).deserialize(json)?;
        if let Scalar::Text(Cow::Borrowed(text)) = &scalar {
            self.allowance.spend_block::<D::Error>(text.len())?;
        }
        (self.read)(scalar).map_err(|e| self.allowance.fail(e))
    }
}

/// Reads an array, or a null.
pub(super) struct List<'a, S> {
    pub(super) allowance: &'a Allowance,
    pub(super) one: fn(&'a Allowance) -> S,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for List<'_, S> {
    type Value = Option<Vec<S::Value>>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for List<'_, S> {
    type Value = Option<Vec<S::Value>>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an array")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let allowance = self.allowance;
        let mut list = Vec::new();
        loop {
            let next = array.next_element_seed((self.one)(allowance));
            let next = next.inspect_err(|_| allowance.at(|| format!("[{}]", list.len())))?;
            let Some(next) = next else {
                return Ok(Some(list));
            };
            allowance.spend_slot::<_, A::Error>(&mut list)?;
            list.push(next);
        }
    }

    others!("an array", visit_map: MapAccess, "an object");
}

/// The name of a field. What cannot be a known one is as good as none.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(name.into())
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        let known = name.len() <= LONGEST_NAME;
        Ok(if known { name } else { "" }.to_owned().into())
    }
}
