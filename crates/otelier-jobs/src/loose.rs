//! Reading of what others wrote, which may be anything.

use std::{fmt, marker::PhantomData};

use serde_core::{
    Deserialize, Deserializer,
    de::{EnumAccess, IgnoredAny, MapAccess, SeqAccess, VariantAccess as _, Visitor},
};

/// What is made of the shapes that mean something to it. All others are read to their
/// end, and are nothing.
pub(crate) trait Loose: Default {
    fn text(_: &str) -> Self {
        Self::default()
    }

    fn list<'de, A: SeqAccess<'de>>(mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    fn map<'de, A: MapAccess<'de>>(mut fields: A) -> Result<Self, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

/// What was made of something.
pub(crate) struct Read<T>(pub(crate) T);

impl<'de, T: Loose> Deserialize<'de> for Read<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything::new()).map(Self)
    }
}

/// Visits anything.
pub(crate) struct Anything<T>(PhantomData<T>);

impl<T> Anything<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

macro_rules! ignored {
    ($($visit:ident($($value:ty)?);)*) => {$(
        fn $visit<E>(self $(, _: $value)?) -> Result<T, E> {
            Ok(T::default())
        }
    )*};
}

impl<'de, T: Loose> Visitor<'de> for Anything<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a trace context")
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::text(text))
    }

    // Headers of some queues are bytes.
    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<T, E> {
        Ok(str::from_utf8(bytes).map(T::text).unwrap_or_default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<T, A::Error> {
        T::list(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::map(fields)
    }

    ignored! {
        visit_bool(bool);
        visit_i64(i64);
        visit_i128(i128);
        visit_u64(u64);
        visit_u128(u128);
        visit_f64(f64);
        visit_none();
        visit_unit();
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<T, D::Error> {
        value.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<T, D::Error> {
        value.deserialize_any(self)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, value: A) -> Result<T, A::Error> {
        let (IgnoredAny, variant) = value.variant()?;
        variant.newtype_variant::<IgnoredAny>()?;
        Ok(T::default())
    }
}
