//! Who records, as it stands beside what is recorded.

use opentelemetry::InstrumentationScope;

use crate::semconv::SCHEMA_URL;

/// The scope of an instrumentation that names things as [`semconv`](crate::semconv)
/// does, and says so by the address of the schema. No version is told where it is
/// not known.
#[must_use]
pub fn scope(name: &'static str, version: impl Into<Option<&'static str>>) -> InstrumentationScope {
    let scope = InstrumentationScope::builder(name).with_schema_url(SCHEMA_URL);
    match version.into() {
        Some(version) => scope.with_version(version).build(),
        None => scope.build(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_says_which_schema_its_names_are_of() {
        let known = scope("shop", "1.2.3");
        assert_eq!(known.schema_url(), Some(SCHEMA_URL));
        assert_eq!((known.name(), known.version()), ("shop", Some("1.2.3")));
        assert_eq!(scope("shop", None).version(), None);
    }
}
