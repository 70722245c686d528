//! Messages that are read and written field by field.

use super::{allowance::Allowance, object::Object};
use serde::de::MapAccess;

/// A message of which each field is read when its name comes by.
pub(crate) trait Message: Default {
    /// Reads the value that follows, or skips it.
    fn field<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        field: &mut Field<'_, A>,
    ) -> Result<(), A::Error>;
}

/// A message that becomes an object.
pub(crate) trait Written {
    /// Writes its fields.
    fn write(&self, to: &mut Object<'_, '_>);
}

/// The value of one field, still unread.
pub(crate) struct Field<'a, A> {
    pub(super) map: &'a mut A,
    pub(super) allowance: &'a Allowance,
}
