//! Takes typed fields out of a JSON object, by the rules of protobuf's JSON mapping.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::{Map, Value};
use std::{cell::Cell, fmt};

/// Why a document is not OTLP/JSON, with the path to the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Malformed {
    path: String,
    reason: String,
    too_large: bool,
}

impl Malformed {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            reason: reason.into(),
            too_large: false,
        }
    }

    /// Whether nothing is wrong but the size.
    pub(crate) const fn is_too_large(&self) -> bool {
        self.too_large
    }

    fn within(mut self, place: &str) -> Self {
        let separator = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("{place}{separator}{}", self.path);
        self
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.reason)
        } else {
            write!(f, "{}: {}", self.path, self.reason)
        }
    }
}

/// The memory that the messages of one document may still take.
///
/// An empty span is three bytes in JSON and hundreds in memory.
#[derive(Debug)]
pub(crate) struct Allowance(Cell<usize>);

impl Allowance {
    pub(crate) const fn of(bytes: usize) -> Self {
        Self(Cell::new(bytes))
    }

    fn spend(&self, bytes: usize) -> Result<(), Malformed> {
        let left = self.0.get().checked_sub(bytes);
        self.0.set(left.unwrap_or_default());
        left.map(|_| ()).ok_or_else(|| Malformed {
            too_large: true,
            ..Malformed::new("the document takes too much memory when decoded")
        })
    }
}

/// The fields of one object; each is taken at most once, what stays is ignored.
pub(super) struct Fields<'a> {
    map: Map<String, Value>,
    allowance: &'a Allowance,
}

impl<'a> Fields<'a> {
    pub(super) fn of(value: Value, allowance: &'a Allowance) -> Result<Self, Malformed> {
        match value {
            Value::Object(map) => Ok(Self { map, allowance }),
            other => Err(Malformed::new(format!(
                "expected an object, found {}",
                kind(&other)
            ))),
        }
    }

    fn take<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(Value) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        match self.map.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value).map(Some).map_err(|e| e.within(key)),
        }
    }

    pub(super) fn message<T>(
        &mut self,
        key: &str,
        read: fn(Fields<'_>) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        let allowance = self.allowance;
        self.take(key, |value| read(Self::of(value, allowance)?))
    }

    pub(super) fn list<T>(
        &mut self,
        key: &str,
        read: fn(Fields<'_>) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let allowance = self.allowance;
        self.values(key, |value| {
            allowance.spend(size_of::<T>())?;
            read(Self::of(value, allowance)?)
        })
    }

    fn values<T>(
        &mut self,
        key: &str,
        read: impl Fn(Value) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let list = self.take(key, |value| match value {
            Value::Array(items) => items
                .into_iter()
                .enumerate()
                .map(|(at, item)| read(item).map_err(|e| e.within(&format!("[{at}]"))))
                .collect(),
            other => Err(mismatch("an array", &other)),
        })?;
        Ok(list.unwrap_or_default())
    }

    pub(super) fn string(&mut self, key: &str) -> Result<String, Malformed> {
        Ok(self.take(key, string)?.unwrap_or_default())
    }

    pub(super) fn some_string(&mut self, key: &str) -> Result<Option<String>, Malformed> {
        self.take(key, string)
    }

    pub(super) fn strings(&mut self, key: &str) -> Result<Vec<String>, Malformed> {
        self.values(key, string)
    }

    pub(super) fn some_bool(&mut self, key: &str) -> Result<Option<bool>, Malformed> {
        self.take(key, |value| match value {
            Value::Bool(b) => Ok(b),
            other => Err(mismatch("true or false", &other)),
        })
    }

    pub(super) fn int<T: TryFrom<i128> + Default>(&mut self, key: &str) -> Result<T, Malformed> {
        Ok(self.some_int(key)?.unwrap_or_default())
    }

    pub(super) fn some_int<T: TryFrom<i128>>(&mut self, key: &str) -> Result<Option<T>, Malformed> {
        self.take(key, |value| integer(&value))
    }

    pub(super) fn ints<T: TryFrom<i128>>(&mut self, key: &str) -> Result<Vec<T>, Malformed> {
        self.values(key, |value| integer(&value))
    }

    /// An enumeration; the specification allows its integer only, never its name.
    pub(super) fn enumeration(&mut self, key: &str) -> Result<i32, Malformed> {
        let number = self.take(key, |value| match value {
            Value::Number(_) => integer(&value),
            other => Err(mismatch("the integer of an enumeration", &other)),
        })?;
        Ok(number.unwrap_or_default())
    }

    pub(super) fn double(&mut self, key: &str) -> Result<f64, Malformed> {
        Ok(self.some_double(key)?.unwrap_or_default())
    }

    pub(super) fn some_double(&mut self, key: &str) -> Result<Option<f64>, Malformed> {
        self.take(key, |value| double(&value))
    }

    pub(super) fn doubles(&mut self, key: &str) -> Result<Vec<f64>, Malformed> {
        self.values(key, |value| double(&value))
    }

    pub(super) fn hex(&mut self, key: &str) -> Result<Vec<u8>, Malformed> {
        let id = self.take(key, |value| {
            let text = string(value)?;
            decode_hex(&text).ok_or_else(|| Malformed::new("expected an id in hex digits"))
        })?;
        Ok(id.unwrap_or_default())
    }

    pub(super) fn some_base64(&mut self, key: &str) -> Result<Option<Vec<u8>>, Malformed> {
        self.take(key, |value| {
            let text = string(value)?;
            let alphabet = if text.contains(['-', '_']) {
                alphabet::URL_SAFE
            } else {
                alphabet::STANDARD
            };
            let lenient = GeneralPurposeConfig::new()
                .with_decode_padding_mode(DecodePaddingMode::Indifferent);
            GeneralPurpose::new(&alphabet, lenient)
                .decode(text)
                .map_err(|e| Malformed::new(format!("expected base64: {e}")))
        })
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn mismatch(expected: &str, found: &Value) -> Malformed {
    Malformed::new(format!("expected {expected}, found {}", kind(found)))
}

fn string(value: Value) -> Result<String, Malformed> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(mismatch("a string", &other)),
    }
}

fn integer<T: TryFrom<i128>>(value: &Value) -> Result<T, Malformed> {
    let wide = match value {
        Value::Number(n) => n
            .as_u64()
            .map(i128::from)
            .or_else(|| n.as_i64().map(i128::from))
            .or_else(|| n.as_f64().and_then(integral)),
        Value::String(text) => text
            .parse::<i128>()
            .ok()
            .or_else(|| text.parse().ok().and_then(integral)),
        _ => return Err(mismatch("an integer", value)),
    };
    wide.and_then(|n| T::try_from(n).ok())
        .ok_or_else(|| Malformed::new("expected an integer in range"))
}

/// 1.0 and 1e3 are integers to protobuf's JSON mapping.
fn integral(number: f64) -> Option<i128> {
    (number.fract() == 0.0 && number.abs() < 1e20).then_some(number as i128)
}

fn double(value: &Value) -> Result<f64, Malformed> {
    let number = match value {
        Value::Number(n) => n.as_f64(),
        Value::String(text) => match text.as_str() {
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
    number.ok_or_else(|| mismatch("a number, \"NaN\" or \"±Infinity\"", value))
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let nibble = |digit: u8| char::from(digit).to_digit(16);
    pairs
        .iter()
        .map(|&[high, low]| u8::try_from(nibble(high)? << 4 | nibble(low)?).ok())
        .collect()
}
