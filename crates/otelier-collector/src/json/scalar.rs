//! Single values, by the rules of protobuf's JSON mapping.

use super::allowance::Allowance;
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::{borrow::Cow, fmt};

/// A value that is no message.
pub(super) enum Scalar<'de> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Double(f64),
    Text(Cow<'de, str>),
    /// Not one, told by its kind.
    Other(&'static str),
}

impl<'de> Scalar<'de> {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Unsigned(_) | Self::Signed(_) | Self::Double(_) => "a number",
            Self::Text(_) => "a string",
            Self::Other(kind) => kind,
        }
    }

    pub(super) fn text(self) -> Result<Cow<'de, str>, String> {
        match self {
            Self::Text(text) => Ok(text),
            other => Err(mismatch("a string", &other)),
        }
    }
}

/// Reads any value as a scalar; only text that has escapes is copied, and paid for.
pub(super) struct Scalars<'a>(pub(super) &'a Allowance);

impl<'de> DeserializeSeed<'de> for Scalars<'_> {
    type Value = Scalar<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scalars<'_> {
    type Value = Scalar<'de>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Bool(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Unsigned(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Signed(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Double(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(text.into()))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        self.0.spend_block(text.len())?;
        Ok(Scalar::Text(text.to_owned().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other("an array"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other("an object"))
    }
}

pub(super) fn mismatch(expected: &str, found: &Scalar<'_>) -> String {
    format!("expected {expected}, found {}", found.kind())
}

pub(super) fn integer<T: TryFrom<i128>>(scalar: &Scalar<'_>) -> Result<T, String> {
    let wide = match scalar {
        Scalar::Unsigned(number) => Some(i128::from(*number)),
        Scalar::Signed(number) => Some(i128::from(*number)),
        Scalar::Double(number) => integral(*number),
        Scalar::Text(text) => text
            .parse::<i128>()
            .ok()
            .or_else(|| text.parse().ok().and_then(integral)),
        other => return Err(mismatch("an integer", other)),
    };
    wide.and_then(|wide| T::try_from(wide).ok())
        .ok_or_else(|| "expected an integer in range".into())
}

/// 1.0 and 1e3 are integers to protobuf's JSON mapping.
fn integral(number: f64) -> Option<i128> {
    (number.fract() == 0.0 && number.abs() < 1e20).then_some(number as i128)
}

/// The number of an enumeration.
pub(super) fn number(scalar: &Scalar<'_>) -> Result<i32, String> {
    match scalar {
        Scalar::Unsigned(_) | Scalar::Signed(_) | Scalar::Double(_) => integer(scalar),
        other => Err(mismatch("an enumeration", other)),
    }
}

pub(super) fn double(scalar: &Scalar<'_>) -> Result<f64, String> {
    let number = match scalar {
        Scalar::Unsigned(number) => Some(*number as f64),
        Scalar::Signed(number) => Some(*number as f64),
        Scalar::Double(number) => Some(*number),
        Scalar::Text(text) => match &**text {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            // Rust also reads "inf", "nan" and "+1", which are not JSON numbers.
            digits => digits
                .starts_with(|c: char| c == '-' || c.is_ascii_digit())
                .then(|| digits.parse().ok().filter(|n: &f64| n.is_finite()))
                .flatten(),
        },
        _ => None,
    };
    number.ok_or_else(|| mismatch("a number, \"NaN\" or \"±Infinity\"", scalar))
}

pub(super) fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let nibble = |digit: u8| char::from(digit).to_digit(16);
    pairs
        .iter()
        .map(|&[high, low]| u8::try_from(nibble(high)? << 4 | nibble(low)?).ok())
        .collect()
}

pub(super) fn decode_base64(text: &str) -> Result<Vec<u8>, String> {
    let alphabet = if text.contains(['-', '_']) {
        alphabet::URL_SAFE
    } else {
        alphabet::STANDARD
    };
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&alphabet, lenient)
        .decode(text)
        .map_err(|e| format!("expected base64: {e}"))
}
