//! Every variable that is read: its names, what it may hold, what stands where
//! it is not set, and what it means, once. The parser, the documentation, the
//! console and a build without `otel` all take it from here.
//!
//! ```
//! use otelier_sdk::variables::{Form, Scope, Unset, VARIABLES};
//!
//! let counts = VARIABLES.iter().filter(|variable| matches!(variable.form, Form::Number(..)));
//! for variable in counts.filter(|variable| variable.scope != Scope::Console) {
//!     if let Unset::Number(number) = variable.default {
//!         assert_eq!(variable.read_number(&number.to_string()), Ok(number));
//!     }
//! }
//! ```

mod table;
pub(crate) mod variable;

pub use self::{
    table::*,
    variable::{Form, Scope, Unset, Variable, get},
};

#[cfg(test)]
mod tests;
