//! Names of events that are only known when they happen.

use std::{
    collections::HashSet,
    sync::{PoisonError, RwLock},
};

use otelier_core::redact_text;

/// The field that names an event.
pub(crate) const FIELD: &str = "event.name";
/// So many names are kept, for ever.
const MOST: usize = 1024;
/// A longer text is no name.
const LONGEST: usize = 128;

/// The text as a name that lives as long as the process, as event names must.
/// Nothing where it is empty, too long, a secret, or one too many: such a field
/// is an attribute like any other.
pub(crate) fn kept(text: &str) -> Option<&'static str> {
    static KEPT: RwLock<Option<HashSet<&'static str>>> = RwLock::new(None);
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let known = KEPT.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = known.as_ref().and_then(|known| known.get(text)) {
        return Some(name);
    }
    drop(known);
    if redact_text(text) != text {
        return None;
    }
    let mut known = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    // Another thread may have been faster.
    if let Some(name) = known.get(text) {
        return Some(name);
    }
    (known.len() < MOST).then(|| {
        let name: &'static str = text.to_owned().leak();
        known.insert(name);
        name
    })
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, MOST, kept};

    #[test]
    fn names_are_kept_once_and_not_without_a_bound() {
        assert_eq!(kept("order.placed"), Some("order.placed"));
        assert_eq!(kept(""), None);
        assert_eq!(kept(&"x".repeat(LONGEST + 1)), None);
        assert_eq!(kept("postgres://ann:s3cr3t@db/shop"), None);
        let names: Vec<_> = (0..2 * MOST).map(|at| format!("name.{at}")).collect();
        let new = names.iter().filter(|name| kept(name).is_some()).count();
        assert_eq!(new, MOST - 1);
        let first = kept("order.placed").map(str::as_ptr);
        assert_eq!(kept("order.placed").map(str::as_ptr), first);
        assert_eq!(kept("one.too.many"), None);
    }
}
