//! The way that a request has come.

use http::{HeaderMap, HeaderValue};
use std::hash::{BuildHasher as _, RandomState};

/// Which collectors a request has come by, so that it does not go round in a circle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Via(String);

impl Via {
    pub(crate) const HEADER: &str = "otelier-collector-via";
    /// More on the way are taken for a circle.
    const MOST: usize = 16;

    /// A name that no other process has.
    pub(crate) fn new_name() -> String {
        format!("{:016x}", RandomState::new().hash_one(()))
    }

    /// Reads the way of a request, and adds this collector to it; `None` if it has been here
    /// before, or by too many.
    pub(crate) fn through(headers: &HeaderMap, name: &str) -> Option<Self> {
        let before = headers
            .get(Self::HEADER)
            .map_or("", |way| way.to_str().unwrap_or_default());
        if before.split(',').take(Self::MOST + 1).count() > Self::MOST || before.contains(name) {
            return None;
        }
        Some(Self(match before {
            "" => name.to_owned(),
            before => format!("{before},{name}"),
        }))
    }

    pub(crate) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(&self.0).ok()
    }
}
