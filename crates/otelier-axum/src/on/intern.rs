//! Names that live as long as the process, because spans take those without a
//! copy.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// Only routes and methods of the program come here, but a program can make
/// routers without end.
const MAX_NAMES: usize = 4096;
/// Longer ones are copied each time.
const MAX_BYTES: usize = 512;

static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// Returns the text as one that lives as long as the process, or as a copy if
/// there are too many of them.
pub(super) fn intern(text: &str) -> Cow<'static, str> {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = names.get(text) {
        return Cow::Borrowed(name);
    }
    if names.len() >= MAX_NAMES || text.len() > MAX_BYTES {
        return text.to_owned().into();
    }
    let name: &'static str = Box::leak(Box::from(text));
    names.insert(name);
    name.into()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{MAX_BYTES, intern};

    #[test]
    fn a_name_is_kept_once_and_a_long_one_never() {
        let (Cow::Borrowed(first), Cow::Borrowed(second)) =
            (intern("GET /orders"), intern("GET /orders"))
        else {
            unreachable!("both are kept")
        };
        assert!(std::ptr::eq(first, second));
        let long = "r".repeat(MAX_BYTES + 1);
        assert!(matches!(intern(&long), Cow::Owned(_)));
    }
}
