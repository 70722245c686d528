//! Which methods there are, and what all calls of one have in common.

use std::{borrow::Cow, sync::Arc};

use http::Uri;
use opentelemetry::{KeyValue, StringValue};
use otelier_core::{
    Names,
    edge::{BoundDurations, Few, Known, grpc::Code},
    semconv,
};

/// More methods than these are not told apart: a proxy may see any.
const MAX_METHODS: usize = 256;
/// Longer names are nobody's.
const MAX_NAME_BYTES: usize = 255;
/// Few kinds of ending occur; more are not bound.
const MAX_ENDINGS: usize = 64;

const OTHER: &str = "_OTHER";

/// Names of spans.
static NAMES: Names = Names::new();

/// `shop.Prices/Get`, of the path `/shop.Prices/Get`, `None` if it names no method.
pub(super) fn name(uri: &Uri) -> Option<&str> {
    let name = uri.path().strip_prefix('/')?;
    let is_name = name.len() <= MAX_NAME_BYTES
        && name
            .rsplit_once('/')
            .is_some_and(|(service, method)| !service.is_empty() && !method.is_empty());
    is_name.then_some(name)
}

/// Service and method of a name.
pub(super) fn parts(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or((name, ""))
}

/// Whether a list names a method, or its service.
pub(super) fn lists(names: &[impl AsRef<str>], name: &str) -> bool {
    let (service, _) = parts(name);
    let mut names = names.iter().map(AsRef::as_ref);
    names.any(|listed| listed == name || listed == service)
}

/// What tells the observations of a method from each other.
pub(super) type Ending = (Code, Option<&'static str>);

/// What all calls of a method have in common.
pub(super) struct Method {
    /// `None` stands for all that are not known.
    name: Option<StringValue>,
    span_name: Option<Cow<'static, str>>,
    pub(super) durations: Few<Ending, BoundDurations>,
}

impl Method {
    fn new(name: Option<&str>) -> Self {
        Self {
            name: name.map(|name| Arc::<str>::from(name).into()),
            span_name: name.map(|name| NAMES.keep(name)),
            durations: Few::new(MAX_ENDINGS),
        }
    }

    pub(super) fn is_other(&self) -> bool {
        self.name.is_none()
    }

    /// The label `rpc.method`.
    pub(super) fn label(&self) -> KeyValue {
        let name = self.name.clone();
        KeyValue::new(semconv::RPC_METHOD, name.unwrap_or_else(|| OTHER.into()))
    }

    /// `None` for what is not known.
    pub(super) fn span_name(&self) -> Option<Cow<'static, str>> {
        self.span_name.clone()
    }

    /// `None` for what is not known.
    pub(super) fn name(&self) -> Option<&StringValue> {
        self.name.as_ref()
    }
}

/// The methods of a server, or of the servers at one address.
pub(super) struct Methods {
    known: Known<String, Method>,
    pub(super) other: Arc<Method>,
}

impl Methods {
    pub(super) fn new() -> Self {
        Self {
            known: Known::new(MAX_METHODS),
            other: Arc::new(Method::new(None)),
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<Arc<Method>> {
        self.known.find(name)
    }

    /// Knows a method from now on, as long as there are not too many.
    pub(super) fn learn(&self, name: &str) -> Arc<Method> {
        match self.known.find(name) {
            Some(method) => method,
            None if self.known.len() >= MAX_METHODS => Arc::clone(&self.other),
            None => self.known.get(name, || Method::new(Some(name))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_method_of_a_service() {
        for (path, expected) in [
            ("/shop.Prices/Get", Some("shop.Prices/Get")),
            ("/a/b/C", Some("a/b/C")),
            ("/shop.Prices", None),
            ("/shop.Prices/", None),
            ("//Get", None),
            ("/", None),
        ] {
            assert_eq!(name(&path.parse().unwrap()), expected, "{path}");
        }
        let long = format!("/a/{}", "x".repeat(254));
        assert_eq!(name(&long.parse().unwrap()), None);
    }

    #[test]
    fn a_list_names_methods_and_services() {
        let listed = ["shop.Prices", "shop.Carts/Get"];
        for (name, expected) in [
            ("shop.Prices/Get", true),
            ("shop.Carts/Get", true),
            ("shop.Carts/Put", false),
            ("shop.PricesX/Get", false),
        ] {
            assert_eq!(lists(&listed, name), expected, "{name}");
        }
    }

    #[test]
    fn methods_without_end_become_one() {
        let methods = Methods::new();
        for n in 0..MAX_METHODS {
            assert!(!methods.learn(&format!("a.B/{n}")).is_other());
        }
        assert!(methods.learn("a.B/more").is_other());
        assert!(!methods.learn("a.B/7").is_other());
        assert!(methods.find("a.B/more").is_none());
    }
}
