//! OTLP/JSON: the messages as the specification spells them in JSON, both ways.
//!
//! Ids are hex, 64-bit integers are strings (numbers are read as well), enumerations are integers,
//! unknown fields and nulls are ignored. The serde code of opentelemetry-proto is not used: it
//! refuses absent fields and nulls that the specification allows, and writes NaN as null.

mod fields;
mod object;
mod read;
mod write;

pub(crate) use self::{
    fields::{Allowance, Malformed},
    read::{read_logs, read_metrics, read_traces},
    write::{any_value, attributes, write_logs, write_metrics, write_traces},
};

#[cfg(test)]
mod tests;
