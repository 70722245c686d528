//! What is told of a call's parameters.

use crate::{
    record::{self, Attributes},
    value::Value,
};

/// What is told of a call when it begins.
///
/// See the [example of the crate](crate).
#[derive(Debug, Default)]
pub struct Parameters(pub(crate) Attributes);

impl Parameters {
    /// Adds an attribute; none where there is no value.
    pub fn value(&mut self, key: &'static str, value: Option<Value>) {
        record::add(&mut self.0, (key, value.map(|value| value.0)));
    }

    /// Adds the type of a parameter, and its length where it has one.
    pub fn shape(
        &mut self,
        type_key: &'static str,
        type_name: &'static str,
        length_key: &'static str,
        length: Option<usize>,
    ) {
        record::add_name(&mut self.0, (type_key, type_name));
        if let Some(length) = length {
            record::add_number(&mut self.0, (length_key, length));
        }
    }

    /// Says that there is a value, which is nobody's concern.
    pub fn hide(&mut self, key: &'static str) {
        record::hide(&mut self.0, key);
    }
}
