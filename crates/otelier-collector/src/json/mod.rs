//! OTLP/JSON: the messages as the specification spells them in JSON, both ways.
//!
//! Ids are hex, 64-bit integers are strings (numbers are read as well), enumerations are integers
//! (names are read as well), unknown fields and nulls are ignored. The serde code of
//! opentelemetry-proto is not used: it refuses absent fields and nulls that the specification
//! allows, writes NaN as null, and takes memory without a bound.

mod allowance;
mod field;
mod malformed;
mod message;
mod object;
mod plain;
mod scalar;
mod seed;
mod table;
mod write;

pub(crate) use self::{
    allowance::{Allowance, Stop},
    field::read,
    malformed::Malformed,
    message::Written,
    object::Writer,
    plain::plain_text,
    table::Document,
};
#[cfg(feature = "api")]
pub(crate) use self::{
    object::Object,
    plain::{attributes, plain},
};

#[cfg(test)]
mod tests;
