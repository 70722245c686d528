//! What a function is called.

use std::{borrow::Cow, sync::OnceLock};

use crate::function::Function;

/// The names of a function, worked out at its first call.
#[derive(Debug)]
pub(crate) struct Names(OnceLock<Known>);

/// The names of a function of one type, or of none.
#[derive(Debug)]
struct Known {
    of: Option<&'static str>,
    path: Cow<'static, str>,
    name: Cow<'static, str>,
}

impl Names {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }
}

/// The path of a function and the name of its span.
pub(super) fn names(
    function: &'static Function,
    of: Option<&'static str>,
) -> (Cow<'static, str>, Cow<'static, str>) {
    let known = function.names.0.get_or_init(|| Known::new(function, of));
    if known.of == of {
        return (Cow::Borrowed(&*known.path), Cow::Borrowed(&*known.name));
    }
    // Of a trait's own method, or of a generic type.
    let other = Known::new(function, of);
    (other.path, other.name)
}

impl Known {
    fn new(function: &'static Function, of: Option<&'static str>) -> Self {
        let path = match of {
            None => Cow::Borrowed(function.path),
            Some(of) => {
                let (_, ident) = function.path.rsplit_once("::").unwrap_or_default();
                [plain(of), ident].join("::").into()
            }
        };
        let name = match function.name {
            Some(name) => Cow::Borrowed(name),
            None => match &path {
                Cow::Borrowed(path) => Cow::Borrowed(last_two(path)),
                Cow::Owned(path) => last_two(path).to_owned().into(),
            },
        };
        Self { of, path, name }
    }
}

/// A type without its parameters, and without what is before it.
fn plain(of: &str) -> &str {
    let of = of.trim_start_matches('&');
    let of = of.strip_prefix("mut ").unwrap_or(of);
    let of = of.strip_prefix("dyn ").unwrap_or(of);
    of.split(['<', ' ']).next().unwrap_or(of)
}

fn last_two(path: &str) -> &str {
    let mut starts = path.rmatch_indices("::").map(|(at, _)| at + 2);
    let start = starts.nth(1).unwrap_or_default();
    path.get(start..).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(path: &'static str, of: Option<&'static str>) -> (String, String) {
        let function = Box::leak(Box::new(Function::new(path)));
        let (path, name) = names(function, of);
        (path.into_owned(), name.into_owned())
    }

    #[test]
    fn a_function_is_called_by_its_module_and_a_method_by_its_type() {
        for (path, of, full, name) in [
            ("shop::ship", None, "shop::ship", "shop::ship"),
            ("shop::a::ship", None, "shop::a::ship", "a::ship"),
            (
                "shop::a::ship",
                Some("shop::b::Store"),
                "shop::b::Store::ship",
                "Store::ship",
            ),
            (
                "shop::a::ship",
                Some("shop::Store<alloc::string::String>"),
                "shop::Store::ship",
                "Store::ship",
            ),
            (
                "shop::a::ship",
                Some("&mut shop::Store"),
                "shop::Store::ship",
                "Store::ship",
            ),
            (
                "shop::a::ship",
                Some("dyn shop::Ships + core::marker::Send"),
                "shop::Ships::ship",
                "Ships::ship",
            ),
            ("ship", None, "ship", "ship"),
        ] {
            assert_eq!(
                known(path, of),
                (full.to_owned(), name.to_owned()),
                "{path} {of:?}"
            );
        }
    }

    #[test]
    fn a_method_of_many_types_is_called_by_each() {
        static SHIP: Function = Function::new("shop::ship");
        for _ in 0..2 {
            for (of, name) in [("shop::A", "A::ship"), ("shop::B", "B::ship")] {
                assert_eq!(names(&SHIP, Some(of)).1, name);
            }
        }
        static NAMED: Function = Function::new("shop::ship").named("sends");
        assert_eq!(
            names(&NAMED, Some("shop::A")),
            ("shop::A::ship".into(), "sends".into())
        );
    }
}
