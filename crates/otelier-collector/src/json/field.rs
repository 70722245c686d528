//! Reads fields of messages from JSON as it goes by, by the rules of protobuf's JSON mapping.
//!
//! Nothing is kept of a document but the messages, and these are paid for from an [`Allowance`]
//! before they are made: what is unknown is skipped without memory.

use super::{
    allowance::Allowance,
    malformed::Malformed,
    message::{Field, Message},
    scalar::{Scalar, Scalars, decode_base64, decode_hex, double, integer, mismatch, number},
    seed::{List, Messages, OneMessage, OneScalar},
};
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess};
use std::borrow::Cow;

/// Reads a whole document.
pub(crate) fn read<T: Message>(text: &[u8], allowance: &Allowance) -> Result<T, Malformed> {
    // Some editors and shells put a byte order mark in front.
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let mut json = serde_json::Deserializer::from_slice(text);
    let document = OneMessage::new(allowance)
        .deserialize(&mut json)
        .and_then(|message| json.end().map(|()| message));
    document.map_err(|error| allowance.explain(&error))
}

impl<'a, 'de, A: MapAccess<'de>> Field<'a, A> {
    pub(super) fn skip(&mut self) -> Result<(), A::Error> {
        self.map.next_value::<IgnoredAny>().map(|_| ())
    }

    /// A null is as if the field were not there.
    fn scalar<T>(
        &mut self,
        read: impl FnOnce(Scalar<'de>) -> Result<T, String>,
    ) -> Result<Option<T>, A::Error> {
        let allowance = self.allowance;
        match self.map.next_value_seed(Scalars(allowance))? {
            Scalar::Null => Ok(None),
            scalar => read(scalar).map(Some).map_err(|e| allowance.fail(e)),
        }
    }

    fn set<T>(
        &mut self,
        to: &mut T,
        read: impl FnOnce(Scalar<'de>) -> Result<T, String>,
    ) -> Result<(), A::Error> {
        if let Some(value) = self.scalar(read)? {
            *to = value;
        }
        Ok(())
    }

    pub(super) fn some_string(&mut self) -> Result<Option<String>, A::Error> {
        let allowance = self.allowance;
        match self.scalar(Scalar::text)? {
            None => Ok(None),
            // What was unescaped has been paid for already.
            Some(Cow::Owned(text)) => Ok(Some(text)),
            Some(Cow::Borrowed(text)) => {
                allowance.spend_block::<A::Error>(text.len())?;
                Ok(Some(text.to_owned()))
            }
        }
    }

    /// A text that is there, also if it is empty.
    pub(super) fn text(&mut self, to: &mut String) -> Result<(), A::Error> {
        self.string(to)
    }

    pub(super) fn string(&mut self, to: &mut String) -> Result<(), A::Error> {
        if let Some(text) = self.some_string()? {
            *to = text;
        }
        Ok(())
    }

    pub(super) fn some_bool(&mut self) -> Result<Option<bool>, A::Error> {
        self.scalar(|scalar| match scalar {
            Scalar::Bool(flag) => Ok(flag),
            other => Err(mismatch("true or false", &other)),
        })
    }

    pub(super) fn flag(&mut self, to: &mut bool) -> Result<(), A::Error> {
        self.some_bool().map(|flag| *to = flag.unwrap_or(*to))
    }

    pub(super) fn int<T: TryFrom<i128>>(&mut self, to: &mut T) -> Result<(), A::Error> {
        self.set(to, |scalar| integer(&scalar))
    }

    pub(super) fn some_int<T: TryFrom<i128>>(&mut self) -> Result<Option<T>, A::Error> {
        self.scalar(|scalar| integer(&scalar))
    }

    pub(super) fn any_double(&mut self, to: &mut f64) -> Result<(), A::Error> {
        self.set(to, |scalar| double(&scalar))
    }

    pub(super) fn optional(&mut self, to: &mut Option<f64>) -> Result<(), A::Error> {
        self.some_double().map(|number| *to = number.or(*to))
    }

    pub(super) fn some_double(&mut self) -> Result<Option<f64>, A::Error> {
        self.scalar(|scalar| double(&scalar))
    }

    /// An enumeration: the specification wants its integer; its name is read as well, as the
    /// OpenTelemetry Collector does.
    pub(super) fn enumeration(
        &mut self,
        to: &mut i32,
        by_name: fn(&str) -> Option<i32>,
    ) -> Result<(), A::Error> {
        self.set(to, |scalar| match &scalar {
            Scalar::Text(name) => match by_name(name) {
                Some(number) => Ok(number),
                None => Err("expected an enumeration, found an unknown name".into()),
            },
            _ => number(&scalar),
        })
    }

    pub(super) fn hex(&mut self, to: &mut Vec<u8>) -> Result<(), A::Error> {
        let allowance = self.allowance;
        if let Some(text) = self.scalar(Scalar::text)? {
            allowance.spend_block::<A::Error>(text.len() / 2)?;
            *to = decode_hex(&text)
                .ok_or_else(|| allowance.fail("expected an id in hex digits".into()))?;
        }
        Ok(())
    }

    pub(super) fn some_base64(&mut self) -> Result<Option<Vec<u8>>, A::Error> {
        let allowance = self.allowance;
        let Some(text) = self.scalar(Scalar::text)? else {
            return Ok(None);
        };
        allowance.spend_block::<A::Error>(text.len() / 4 * 3 + 3)?;
        let bytes = decode_base64(&text).map_err(|e| allowance.fail(e))?;
        Ok(Some(bytes))
    }

    pub(super) fn some_message<T: Message>(&mut self) -> Result<Option<T>, A::Error> {
        self.map.next_value_seed(Messages::new(self.allowance))
    }

    pub(super) fn message<T: Message>(&mut self, to: &mut Option<T>) -> Result<(), A::Error> {
        if let Some(message) = self.some_message()? {
            *to = Some(message);
        }
        Ok(())
    }

    /// A message that holds values, which may hold values.
    pub(super) fn deeper<T: Message>(&mut self) -> Result<Option<T>, A::Error> {
        self.allowance.enter()?;
        let message = self.some_message();
        self.allowance.leave();
        message
    }

    /// A list that is there, also of nothing.
    pub(super) fn all<T: Message>(&mut self, to: &mut Vec<T>) -> Result<(), A::Error> {
        self.list(to)
    }

    pub(super) fn list<T: Message>(&mut self, to: &mut Vec<T>) -> Result<(), A::Error> {
        self.values(to, OneMessage::new)
    }

    pub(super) fn strings(&mut self, to: &mut Vec<String>) -> Result<(), A::Error> {
        self.values(to, |allowance| OneScalar {
            allowance,
            read: |scalar| Ok(scalar.text()?.into_owned()),
        })
    }

    pub(super) fn ints<T: TryFrom<i128>>(&mut self, to: &mut Vec<T>) -> Result<(), A::Error> {
        self.values(to, |allowance| OneScalar {
            allowance,
            read: |scalar| integer(&scalar),
        })
    }

    pub(super) fn doubles(&mut self, to: &mut Vec<f64>) -> Result<(), A::Error> {
        self.values(to, |allowance| OneScalar {
            allowance,
            read: |scalar| double(&scalar),
        })
    }

    fn values<T, S>(&mut self, to: &mut Vec<T>, one: fn(&'a Allowance) -> S) -> Result<(), A::Error>
    where
        S: DeserializeSeed<'de, Value = T>,
    {
        let allowance = self.allowance;
        if let Some(list) = self.map.next_value_seed(List { allowance, one })? {
            *to = list;
        }
        Ok(())
    }
}
