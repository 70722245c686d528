//! A function whose calls are recorded.

use crate::{
    call::Call,
    parameters::Parameters,
    record::{self, Names},
};

/// A function whose calls are recorded: one `static` for each.
///
/// See the [example of the crate](crate).
#[derive(Debug)]
pub struct Function(Names);

impl Function {
    /// A function of a path, such as `shop::orders::ship`. Its spans are called by the
    /// last two parts.
    #[must_use]
    pub const fn new(path: &'static str) -> Self {
        Self(Names::new(path))
    }

    /// Has its spans called otherwise.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.0.rename(name);
        self
    }

    /// Begins a call below what is current, if that is recorded. What is to be told of
    /// it is asked for then alone.
    pub fn call(&'static self, describe: impl FnOnce(&mut Parameters)) -> Call {
        let prepared = record::prepare(|attributes| {
            let mut parameters = Parameters(attributes);
            describe(&mut parameters);
            parameters.0
        });
        Call {
            names: &self.0,
            of: None,
            prepared,
        }
    }
}
