//! The names of spans, each kept once.

use std::{
    borrow::Cow,
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
};

/// More names than these are made anew with every span.
const MAX_NAMES: usize = 4096;

static NAMES: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);

/// The text as one that lives as long as the process, or a copy if there are too many.
pub(super) fn keep(text: &str) -> Cow<'static, str> {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = names.get(text) {
        return Cow::Borrowed(name);
    }
    if names.len() >= MAX_NAMES {
        return text.to_owned().into();
    }
    let name: &'static str = Box::leak(text.into());
    names.insert(name);
    name.into()
}
