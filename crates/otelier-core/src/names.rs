//! Names that live as long as the process.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// Only routes, methods and statements of the program become names, but a
/// program can make those without end.
const MAX_NAMES: usize = 4096;
/// Longer ones are copied each time.
const MAX_BYTES: usize = 512;

/// Names of one kind, each kept once for as long as the process lives, because
/// spans take those without a copy. At most 4096 of at most 512 bytes, where
/// nothing else is said.
///
/// ```
/// use std::borrow::Cow;
///
/// use otelier_core::Names;
///
/// static NAMES: Names = Names::new();
///
/// let name = NAMES.keep(&format!("SELECT {}", "orders"));
/// assert!(matches!(name, Cow::Borrowed("SELECT orders")));
/// ```
#[derive(Debug)]
pub struct Names {
    kept: Mutex<BTreeSet<&'static str>>,
    most: usize,
}

impl Names {
    /// No name yet.
    #[must_use]
    pub const fn new() -> Self {
        Self::up_to(MAX_NAMES)
    }

    /// No name yet; at most so many will be.
    #[must_use]
    pub const fn up_to(most: usize) -> Self {
        Self {
            kept: Mutex::new(BTreeSet::new()),
            most,
        }
    }

    /// Returns the text as one that lives as long as the process, or as a copy
    /// if it is too long or there are too many of them.
    ///
    /// # Cost
    /// A lock, and a look-up that goes with the logarithm of their number: for
    /// what is asked once per route or statement, not per request.
    #[must_use]
    pub fn keep(&self, text: &str) -> Cow<'static, str> {
        let mut names = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = names.get(text) {
            return Cow::Borrowed(name);
        }
        if names.len() >= self.most || text.len() > MAX_BYTES {
            return text.to_owned().into();
        }
        let name: &'static str = Box::leak(Box::from(text));
        names.insert(name);
        name.into()
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{MAX_BYTES, MAX_NAMES, Names};

    #[test]
    fn a_name_is_kept_once_and_a_long_one_never() {
        let names = Names::new();
        let (Cow::Borrowed(first), Cow::Borrowed(second)) =
            (names.keep("GET /orders"), names.keep("GET /orders"))
        else {
            unreachable!("both are kept")
        };
        assert!(std::ptr::eq(first, second));
        let long = "r".repeat(MAX_BYTES + 1);
        assert!(matches!(names.keep(&long), Cow::Owned(_)));
    }

    #[test]
    fn names_without_end_are_copied_from_some_on() {
        let names = Names::new();
        let kept = (0..MAX_NAMES + 10)
            .filter(|n| matches!(names.keep(&format!("GET /{n}")), Cow::Borrowed(_)));
        assert_eq!(kept.count(), MAX_NAMES);
        assert!(matches!(names.keep("GET /0"), Cow::Borrowed(_)));
    }
}
