//! What records have in common: resources and scopes.

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;

use super::{
    Policy,
    attribute::{attributes, plain},
    buffer::Buffer,
    form::{Field, Form, nested},
    secrets::Secrets,
};

const RESOURCE: Field = nested(1, "resource");
const SCOPE: Field = nested(1, "scope");
const SCHEMA_URL: Field = nested(3, "schemaUrl");
const RESOURCE_ATTRIBUTES: Field = nested(1, "attributes");
const NAME: Field = nested(1, "name");
const VERSION: Field = nested(2, "version");
const ATTRIBUTES: Field = nested(3, "attributes");

/// The lists that lead to the records of a signal, from the outside in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Levels {
    pub(super) resources: Field,
    pub(super) scopes: Field,
    pub(super) records: Field,
}

pub(super) const SPANS: Levels = levels(["resourceSpans", "scopeSpans", "spans"]);
pub(super) const LOGS: Levels = levels(["resourceLogs", "scopeLogs", "logRecords"]);
pub(super) const METRICS: Levels = levels(["resourceMetrics", "scopeMetrics", "metrics"]);

/// Their numbers are those of all signals.
const fn levels([resources, scopes, records]: [&'static str; 3]) -> Levels {
    Levels {
        resources: nested(1, resources),
        scopes: nested(2, scopes),
        records: nested(2, records),
    }
}

/// A resource, encoded.
#[derive(Debug, Default)]
pub(super) struct Encoded {
    pub(super) bytes: Vec<u8>,
    pub(super) schema_url: Box<str>,
}

impl Encoded {
    pub(super) fn new<F: Form>(resource: &Resource) -> Self {
        let mut out = F::from(Buffer::default());
        let open = out.open(RESOURCE, 2);
        out.list(RESOURCE_ATTRIBUTES);
        for (name, value) in resource {
            plain(&mut out, RESOURCE_ATTRIBUTES, name.as_str(), value);
        }
        out.end_list();
        out.close(open);
        Self {
            bytes: out.buffer().as_slice().to_vec(),
            schema_url: resource.schema_url().unwrap_or_default().into(),
        }
    }
}

/// Writes what stands before the records of a scope.
pub(super) fn head(
    out: &mut impl Form,
    name: &str,
    scope: &InstrumentationScope,
    secrets: &mut Secrets,
    policy: &impl Policy,
) {
    let open = out.open(SCOPE, 1);
    out.text(NAME, name);
    out.text(VERSION, scope.version().unwrap_or_default());
    attributes(out, ATTRIBUTES, || scope.attributes(), secrets, policy);
    out.close(open);
}

/// Writes the schema URL of a resource or scope, which stands behind all else.
pub(super) fn schema_url(out: &mut impl Form, url: &str) {
    out.text(SCHEMA_URL, url);
}

/// The most bytes that takes.
pub(super) const fn schema_url_len<F: Form>(url: &str) -> usize {
    match url.len() {
        0 => 0,
        len => len * F::WIDEST + 6 * F::WIDEST,
    }
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
