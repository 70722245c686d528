//! What the type of an error is called, wherever it is recorded.

use std::{
    any::{Any, type_name},
    error::Error,
    sync::{PoisonError, RwLock},
};

/// The errors of the standard library, by the paths that people write.
macro_rules! of_std {
    ($($error:ty),* $(,)?) => {
        fn std_path(path: &str) -> Option<&'static str> {
            $(if path == type_name::<$error>() {
                return Some(stringify!($error));
            })*
            None
        }

        fn std_name(error: &(dyn Error + 'static)) -> Option<&'static str> {
            $(if error.is::<$error>() {
                return Some(stringify!($error));
            })*
            None
        }
    };
}

of_std! {
    std::io::Error,
    std::fmt::Error,
    std::array::TryFromSliceError,
    std::char::ParseCharError,
    std::env::VarError,
    std::net::AddrParseError,
    std::num::ParseFloatError,
    std::num::ParseIntError,
    std::num::TryFromIntError,
    std::str::ParseBoolError,
    std::str::Utf8Error,
    std::string::FromUtf8Error,
    std::sync::mpsc::RecvError,
    std::sync::mpsc::RecvTimeoutError,
    std::time::SystemTimeError,
}

/// Where others' compilers' paths are not those that people write.
const OTHERS: [(&str, &str); 7] = [
    ("hyper::error::Error", "hyper::Error"),
    ("reqwest::error::Error", "reqwest::Error"),
    (
        "reqwest_middleware::error::Error",
        "reqwest_middleware::Error",
    ),
    ("serde_json::error::Error", "serde_json::Error"),
    ("sqlx_core::error::Error", "sqlx::Error"),
    (
        "tokio::runtime::task::error::JoinError",
        "tokio::task::JoinError",
    ),
    (
        "tokio::sync::oneshot::error::RecvError",
        "tokio::sync::oneshot::RecvError",
    ),
];

/// What is called otherwise by nobody.
const OTHER: &str = "_OTHER";

const BOX: &str = "alloc::boxed::Box<dyn core::error::Error";

/// An error that tells its type to nobody, and who knows it all the same.
#[derive(Clone, Copy)]
struct Named {
    name: &'static str,
    is: fn(&(dyn Error + 'static)) -> bool,
}

static NAMED: RwLock<Vec<Named>> = RwLock::new(Vec::new());

/// The name of an error's type, for `exception.type` and `error.type`: the path
/// that people write, where that is known to differ from the compiler's.
#[must_use]
pub fn error_name<E: ?Sized>() -> &'static str {
    let path = type_name::<E>();
    if path.starts_with(BOX) {
        return "Box<dyn Error>";
    }
    let others = || OTHERS.iter().find(|(theirs, _)| *theirs == path);
    std_path(path)
        .or_else(|| others().map(|(_, written)| *written))
        .unwrap_or(path)
}

/// The same for an error that is there: of one in a box, and with the feature `anyhow` in
/// an `anyhow::Error`, the [known name](known_error_name) of what is inside, and `_OTHER`
/// if there is none. Below what `anyhow` was told as a text it is the first in the chain
/// of causes that is known.
#[must_use]
pub fn error_name_of<E: 'static>(error: &E) -> &'static str {
    match inside(error) {
        Some(name) => name.unwrap_or(OTHER),
        None => error_name::<E>(),
    }
}

/// The name of what is in a box, if it is one.
fn inside(error: &dyn Any) -> Option<Option<&'static str>> {
    if let Some(boxed) = error.downcast_ref::<Box<dyn Error + Send + Sync>>() {
        return Some(known_error_name(&**boxed));
    }
    if let Some(boxed) = error.downcast_ref::<Box<dyn Error + Send>>() {
        return Some(known_error_name(&**boxed));
    }
    if let Some(boxed) = error.downcast_ref::<Box<dyn Error>>() {
        return Some(known_error_name(&**boxed));
    }
    anyhow::inside(error)
}

#[cfg(feature = "anyhow")]
mod anyhow {
    use std::any::Any;

    use super::known_error_name;

    pub(super) fn inside(error: &dyn Any) -> Option<Option<&'static str>> {
        let error = error.downcast_ref::<::anyhow::Error>()?;
        let known = known_error_name(error.as_ref());
        let is_told = || error.is::<&'static str>() || error.is::<String>();
        Some(known.or_else(|| {
            let mut causes = error.chain().skip(1).filter(|_| is_told());
            causes.find_map(known_error_name)
        }))
    }
}

#[cfg(not(feature = "anyhow"))]
mod anyhow {
    use std::any::Any;

    pub(super) fn inside(_: &dyn Any) -> Option<Option<&'static str>> {
        None
    }
}

/// The same for an error that does not tell its type: one of the standard library,
/// or of a type that [`name_error`] was called for. `None` for all others: what
/// `Debug` begins with may be the name of a variant, which is none of the type.
#[must_use]
pub fn known_error_name(error: &(dyn Error + 'static)) -> Option<&'static str> {
    std_name(error).or_else(|| {
        let named = NAMED.read().unwrap_or_else(PoisonError::into_inner);
        let of_type = named.iter().find(|named| (named.is)(error));
        of_type.map(|named| named.name)
    })
}

/// Has errors of a type known by their [`error_name`] where they are a `dyn Error`,
/// in all of the process. A second call for one type changes nothing.
pub fn name_error<E: Error + 'static>() {
    let name = error_name::<E>();
    let is_there = |named: &[Named]| named.iter().any(|named| named.name == name);
    if is_there(&NAMED.read().unwrap_or_else(PoisonError::into_inner)) {
        return;
    }
    let mut named = NAMED.write().unwrap_or_else(PoisonError::into_inner);
    if !is_there(&named) {
        named.push(Named {
            name,
            is: |error| error.is::<E>(),
        });
    }
}

#[cfg(test)]
mod tests;
