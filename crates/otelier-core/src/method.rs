//! Which request methods may be label values.

use std::{borrow::Cow, sync::Arc};

use http::Method;
use opentelemetry::StringValue;

/// The methods of RFC 9110 and RFC 5789, and QUERY, as the conventions list them.
const KNOWN: [&str; 10] = [
    "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUERY", "CONNECT", "TRACE",
];

/// Stands for every method that is not known.
const OTHER: &str = "_OTHER";

/// The known methods, the standard ones unless the environment replaces them.
///
/// ```
/// use http::Method;
/// use otelier_core::Methods;
///
/// let methods = Methods::new(None);
/// let place = |method: &Method| methods.position(method).unwrap_or_else(|| methods.count());
/// assert_eq!(methods.label(place(&Method::GET)).as_str(), "GET");
/// assert_eq!(methods.label(place(&Method::from_bytes(b"BREW").unwrap())).as_str(), "_OTHER");
/// ```
#[derive(Clone, Debug)]
pub struct Methods(Vec<(Method, StringValue)>);

impl Methods {
    /// Takes the methods of [`Conventions`](crate::Conventions), or the standard ones.
    #[must_use]
    pub fn new(replaced: Option<&[String]>) -> Self {
        let known = |name: &str, label: StringValue| {
            let method = Method::from_bytes(name.as_bytes()).ok()?;
            Some((method, label))
        };
        Self(match replaced {
            None => KNOWN
                .iter()
                .filter_map(|name| known(name, (*name).into()))
                .collect(),
            Some(names) => names
                .iter()
                .filter_map(|name| known(name, Arc::<str>::from(name.as_str()).into()))
                .collect(),
        })
    }

    /// The method as a label, or `None` if it is not known. Case counts.
    #[must_use]
    pub fn known(&self, method: &Method) -> Option<StringValue> {
        let found = self.0.iter().find(|(known, _)| known == method);
        found.map(|(_, label)| label.clone())
    }

    /// The place of a known method among them. Case counts.
    #[must_use]
    pub fn position(&self, method: &Method) -> Option<usize> {
        let mut known = self.0.iter();
        known.position(|(known, _)| known == method)
    }

    /// The label of the method at a place, of an unknown one elsewhere.
    #[must_use]
    pub fn label(&self, position: usize) -> StringValue {
        let known = self.0.get(position);
        known.map_or_else(Self::other, |(_, label)| label.clone())
    }

    /// How many are known.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What stands for a method that is not known.
    #[must_use]
    pub fn other() -> StringValue {
        OTHER.into()
    }

    /// The method as a span's name starts with it: `HTTP` for unknown ones.
    ///
    /// # Cost
    /// No allocation for a standard method.
    #[must_use]
    pub fn name(label: &StringValue) -> Cow<'static, str> {
        match label.as_str() {
            OTHER => "HTTP".into(),
            label => match KNOWN.into_iter().find(|known| *known == label) {
                Some(known) => known.into(),
                None => label.to_owned().into(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_methods_are_known_in_their_own_case() {
        let methods = Methods::new(None);
        assert_eq!(methods.known(&Method::GET), Some("GET".into()));
        for unknown in ["get", "PURGE"] {
            let method = Method::from_bytes(unknown.as_bytes()).unwrap();
            assert_eq!(methods.known(&method), None, "{unknown}");
        }
    }

    #[test]
    fn a_list_replaces_the_standard_methods() {
        let methods = Methods::new(Some(&["PURGE".to_owned()]));
        let purge = Method::from_bytes(b"PURGE").unwrap();
        assert_eq!(methods.known(&purge), Some("PURGE".into()));
        assert_eq!(methods.known(&Method::GET), None);
    }

    #[test]
    fn unknown_methods_give_no_names() {
        assert_eq!(Methods::name(&"GET".into()), "GET");
        assert_eq!(Methods::name(&"PURGE".into()), "PURGE");
        assert_eq!(Methods::name(&Methods::other()), "HTTP");
    }
}
