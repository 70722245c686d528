//! What is counted or measured, and in what.

/// The name of a metric of the service's own, and its unit.
///
/// ```
/// use otelier_jobs::{count, measure};
///
/// count("embeddings", 128);
/// count(("embeddings", "{embedding}"), 128);
/// measure(("tokens", "{token}"), 512.0);
/// ```
///
/// Units are those of UCUM: `s`, `By`, and what is counted in braces. Of one name
/// the unit that comes first counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
}

impl From<&'static str> for Quantity {
    fn from(name: &'static str) -> Self {
        Self { name, unit: "" }
    }
}

impl From<(&'static str, &'static str)> for Quantity {
    fn from((name, unit): (&'static str, &'static str)) -> Self {
        Self { name, unit }
    }
}
