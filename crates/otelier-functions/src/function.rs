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
pub struct Function {
    pub(crate) path: &'static str,
    pub(crate) name: Option<&'static str>,
    pub(crate) names: Names,
}

impl Function {
    /// A function of a path, such as `shop::orders::ship`. Its spans are called by the
    /// last two parts.
    #[must_use]
    pub const fn new(path: &'static str) -> Self {
        Self {
            path,
            name: None,
            names: Names::new(),
        }
    }

    /// Has its spans called otherwise.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Begins a call below what is current, if that is recorded. What is to be told of
    /// it is asked for then alone.
    pub fn call(&'static self, describe: impl FnOnce(&mut Parameters)) -> Call {
        Call {
            function: self,
            of: None,
            prepared: record::prepare(describe),
        }
    }
}
