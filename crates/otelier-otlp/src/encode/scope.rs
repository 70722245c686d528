//! What records have in common: resources and scopes.

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;

use super::{
    Policy,
    buffer::{BYTES, Buffer, key},
    secrets::Secrets,
    value,
};

/// Fields of `ResourceSpans`, `ScopeSpans` and their likes for logs.
const OWNER: u8 = key(1, BYTES);
pub(super) const LIST: u8 = key(2, BYTES);
const SCHEMA_URL: u8 = key(3, BYTES);

/// What stands before the scopes, and after them.
pub(super) fn resource(resource: &Resource) -> (Vec<u8>, Vec<u8>) {
    let mut out = Buffer::default();
    let open = out.open(OWNER, 2);
    for (name, value) in resource {
        value::attribute(&mut out, key(1, BYTES), name.as_str(), value);
    }
    out.close(open);
    let mut tail = Buffer::default();
    tail.text(SCHEMA_URL, resource.schema_url().unwrap_or_default());
    (out.as_slice().to_vec(), tail.as_slice().to_vec())
}

/// Writes what stands before the records of a scope.
pub(super) fn head(
    out: &mut Buffer,
    name: &str,
    scope: &InstrumentationScope,
    secrets: &mut Secrets,
    policy: &impl Policy,
) {
    let open = out.open(OWNER, 1);
    out.text(key(1, BYTES), name);
    out.text(key(2, BYTES), scope.version().unwrap_or_default());
    let attributes: Vec<_> = scope.attributes().cloned().collect();
    if !attributes.is_empty() {
        // The copies lie elsewhere, and not for long.
        secrets.forget();
        value::attributes(out, key(3, BYTES), &attributes, secrets, policy);
        secrets.forget();
    }
    out.close(open);
}

/// Writes what stands after them.
pub(super) fn tail(out: &mut Buffer, scope: &InstrumentationScope) {
    out.text(SCHEMA_URL, scope.schema_url().unwrap_or_default());
}

/// `==`, but mostly by a look at where the parts lie.
pub(super) fn same(one: &InstrumentationScope, other: &InstrumentationScope) -> bool {
    let place = |scope: &InstrumentationScope| {
        let version = scope.version();
        let schema_url = scope.schema_url();
        (
            (scope.name().as_ptr(), scope.name().len()),
            version.map(|text| (text.as_ptr(), text.len())),
            schema_url.map(|text| (text.as_ptr(), text.len())),
        )
    };
    let bare = |scope: &InstrumentationScope| scope.attributes().next().is_none();
    (place(one) == place(other) && bare(one) && bare(other)) || one == other
}

/// Whether two scopes differ in their names at most. None and empty are the
/// same here, as they are on the wire.
pub(super) fn same_but_name(one: &InstrumentationScope, other: &InstrumentationScope) -> bool {
    let text =
        |a: Option<&str>, b: Option<&str>| same_text(a.unwrap_or_default(), b.unwrap_or_default());
    if !text(one.version(), other.version()) || !text(one.schema_url(), other.schema_url()) {
        return false;
    }
    let bare = |scope: &InstrumentationScope| scope.attributes().next().is_none();
    match (bare(one), bare(other)) {
        (true, true) => true,
        (false, false) => nameless(one) == nameless(other),
        _ => false,
    }
}

/// Equality of attributes does not depend on their order.
fn nameless(scope: &InstrumentationScope) -> InstrumentationScope {
    InstrumentationScope::builder("")
        .with_attributes(scope.attributes().cloned())
        .build()
}

#[inline]
pub(super) fn same_text(one: &str, other: &str) -> bool {
    (one.as_ptr() == other.as_ptr() && one.len() == other.len()) || one == other
}
