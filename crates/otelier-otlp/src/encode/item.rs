//! What is written one by one.

use super::{
    Policy,
    form::{Field, Form},
    secrets::Secrets,
};

/// A span, a log record or a data point.
pub(super) trait Item: Copy {
    /// What it stands in.
    const LIST: Field;
    /// Whether its texts may be cut until it fits into a request.
    const MAY_BE_CUT: bool = true;

    fn write(self, out: &mut impl Form, secrets: &mut Secrets, policy: &impl Policy);
}
