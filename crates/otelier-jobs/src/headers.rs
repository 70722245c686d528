//! The headers of a message, whatever queue it is of.

use std::collections::{BTreeMap, HashMap};

use crate::{carrier::Carrier, context::Context};

/// The headers of a message: names and texts. What a queue's own type does not fit
/// into is left out.
///
/// Three lines for a type of a queue's library:
///
/// ```
/// use otelier_jobs::{Context, Headers};
///
/// struct Table(Vec<(String, Vec<u8>)>);
///
/// impl Headers for Table {
///     fn each(&self, tell: &mut dyn FnMut(&str, &str)) {
///         for (name, value) in &self.0 {
///             if let Ok(value) = std::str::from_utf8(value) {
///                 tell(name, value);
///             }
///         }
///     }
///
///     fn set(&mut self, name: &str, value: &str) {
///         self.0.retain(|(known, _)| known != name);
///         self.0.push((name.to_owned(), value.into()));
///     }
/// }
///
/// let mut table = Table(Vec::new());
/// Context::current().write_to(&mut table);
/// let same = Context::read_from(&table);
/// # assert_eq!(same, Context::current());
/// ```
pub trait Headers {
    /// Tells name and value of each header that is text.
    fn each(&self, tell: &mut dyn FnMut(&str, &str));

    /// Sets a header, in the place of those of its name.
    fn set(&mut self, name: &str, value: &str);
}

impl Context {
    /// Writes the fields into the headers of a message, in the place of those that
    /// are there. An empty context changes nothing.
    pub fn write_to(&self, headers: &mut impl Headers) {
        for (name, value) in self.iter() {
            headers.set(name, value);
        }
    }

    /// Reads the fields out of the headers of a message, as the type's own
    /// documentation says of other sources.
    #[must_use]
    pub fn read_from(headers: &impl Headers) -> Self {
        let mut carrier = Carrier::default();
        headers.each(&mut |name, value| carrier.add(name, value));
        Self::from_carrier(&carrier)
    }
}

impl<S: std::hash::BuildHasher> Headers for HashMap<String, String, S> {
    fn each(&self, tell: &mut dyn FnMut(&str, &str)) {
        for (name, value) in self {
            tell(name, value);
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        self.insert(name.to_owned(), value.to_owned());
    }
}

impl Headers for BTreeMap<String, String> {
    fn each(&self, tell: &mut dyn FnMut(&str, &str)) {
        for (name, value) in self {
            tell(name, value);
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        self.insert(name.to_owned(), value.to_owned());
    }
}

impl Headers for Vec<(String, String)> {
    fn each(&self, tell: &mut dyn FnMut(&str, &str)) {
        for (name, value) in self {
            tell(name, value);
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        self.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.push((name.to_owned(), value.to_owned()));
    }
}

#[cfg(feature = "async-nats")]
impl Headers for async_nats::HeaderMap {
    fn each(&self, tell: &mut dyn FnMut(&str, &str)) {
        for (name, values) in self.iter() {
            for value in values {
                tell(name.as_ref(), value.as_str());
            }
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        self.insert(name, value);
    }
}
