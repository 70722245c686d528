//! What a function is called.

use std::{borrow::Cow, sync::OnceLock};

/// The names of a function, worked out at its first call.
#[derive(Debug)]
pub(crate) struct Names {
    /// The module's path and the function's name.
    path: &'static str,
    /// What it is called in the place of that.
    name: Option<&'static str>,
    known: OnceLock<Known>,
}

/// The names of a function of one type, or of none.
#[derive(Debug)]
struct Known {
    of: Option<&'static str>,
    path: Cow<'static, str>,
    name: Cow<'static, str>,
}

impl Names {
    pub(crate) const fn new(path: &'static str) -> Self {
        Self {
            path,
            name: None,
            known: OnceLock::new(),
        }
    }

    /// Has its spans called otherwise.
    pub(crate) const fn rename(&mut self, name: &'static str) {
        self.name = Some(name);
    }
}

/// The path of a function and the name of its span.
pub(super) fn names(
    names: &'static Names,
    of: Option<&'static str>,
) -> (Cow<'static, str>, Cow<'static, str>) {
    let known = names.known.get_or_init(|| Known::new(names, of));
    if known.of == of {
        return (Cow::Borrowed(&*known.path), Cow::Borrowed(&*known.name));
    }
    // Of a trait's own method, or of a generic type.
    let other = Known::new(names, of);
    (other.path, other.name)
}

impl Known {
    fn new(names: &'static Names, of: Option<&'static str>) -> Self {
        let path = match of {
            None => Cow::Borrowed(names.path),
            Some(of) => {
                let (_, ident) = names.path.rsplit_once("::").unwrap_or_default();
                [plain(of), ident].join("::").into()
            }
        };
        let name = match names.name {
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
        let function = Box::leak(Box::new(Names::new(path)));
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
        static SHIP: Names = Names::new("shop::ship");
        for _ in 0..2 {
            for (of, name) in [("shop::A", "A::ship"), ("shop::B", "B::ship")] {
                assert_eq!(names(&SHIP, Some(of)).1, name);
            }
        }
        let mut named = Names::new("shop::ship");
        named.rename("sends");
        assert_eq!(
            names(Box::leak(Box::new(named)), Some("shop::A")),
            ("shop::A::ship".into(), "sends".into())
        );
    }
}
