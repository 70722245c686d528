//! What the type of an error is called, wherever it is recorded.

use std::{any::type_name, error::Error, io};

/// Where the compiler names another path than the one that people write.
const KNOWN: [(&str, &str); 2] = [
    ("std::io::error::Error", IO),
    ("alloc::boxed::Box<dyn core::error::Error", "Box<dyn Error>"),
];
const IO: &str = "std::io::Error";

/// The name of an error's type, for `exception.type` and `error.type`: the path
/// that people write, where that differs from the compiler's.
#[must_use]
pub fn error_name<E: ?Sized>() -> &'static str {
    let name = type_name::<E>();
    let known = KNOWN.iter().find(|(path, _)| name.starts_with(path));
    known.map_or(name, |(_, known)| known)
}

/// The same for an error that does not tell its type, `None` where it is none
/// that is known here.
#[must_use]
pub fn known_error_name(error: &(dyn Error + 'static)) -> Option<&'static str> {
    error.is::<io::Error>().then_some(IO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_one_name_whether_its_type_is_known_or_not() {
        let error = io::Error::other("x");
        assert_eq!(known_error_name(&error), Some(error_name::<io::Error>()));
        assert_eq!(error_name::<io::Error>(), "std::io::Error");
        assert_eq!(
            error_name::<Box<dyn Error + Send + Sync>>(),
            "Box<dyn Error>"
        );
        assert_eq!(known_error_name(&std::fmt::Error), None);
    }
}
