//! Every variable that is read: its names, what it may hold, what stands where
//! it is not set, and what it means, once. The parser, the documentation, the
//! console and a build without `otel` all take it from here.

mod table;
pub(crate) mod variable;

pub use self::{
    table::*,
    variable::{Form, Scope, Unset, Variable, get},
};

#[cfg(test)]
mod tests;
