use std::{env, process};

use super::*;
use crate::circles::graph::circles;

/// Arrows by name between files that are written for it.
fn arrows(test: &str, files: &[(&str, &str)]) -> (Vec<String>, usize) {
    let folder = env::temp_dir().join(format!("shape-{}-{test}", process::id()));
    for (name, text) in files {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let modules = Modules::read(&folder.join("lib.rs")).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let found = modules.arrows();
    let named =
        |(from, to): &(usize, usize)| format!("{} {}", modules.files[*from], modules.files[*to]);
    let mut all: Vec<_> = found.iter().map(named).collect();
    all.sort();
    (all, circles(modules.files.len(), &found).len())
}

#[test]
fn an_import_leads_to_the_file_that_defines_the_thing() {
    let (arrows, circles) = arrows(
        "import",
        &[
            ("lib.rs", "mod a; mod b; pub use self::a::{A, Other as O};"),
            ("a.rs", "pub struct A; pub struct Other;"),
            ("b.rs", "use crate::{A, O,}; fn f(_: A) {}"),
        ],
    );
    assert_eq!(arrows, ["b.rs a.rs", "lib.rs a.rs"]);
    assert_eq!(circles, 0);
}

#[test]
fn files_that_name_each_other_are_a_circle() {
    let (arrows, circles) = arrows(
        "circle",
        &[
            ("lib.rs", "mod a; mod c { use super::a; }"),
            ("a/mod.rs", "mod b; pub struct A; fn f() { b::g() }"),
            ("a/b.rs", "pub fn g() -> super::A { super::A }"),
        ],
    );
    assert_eq!(
        arrows,
        ["a/b.rs a/mod.rs", "a/mod.rs a/b.rs", "lib.rs a/mod.rs"]
    );
    assert_eq!(circles, 1);
}

#[test]
fn what_a_type_captures_is_no_import() {
    let (arrows, _) = arrows(
        "captures",
        &[
            ("lib.rs", "mod a; mod b;"),
            (
                "a.rs",
                "pub struct A; pub fn f<T>() -> impl Sized + use<T> { crate::b::g() }",
            ),
            ("b.rs", "pub fn g() {}"),
        ],
    );
    assert_eq!(arrows, ["a.rs b.rs"]);
}

#[test]
fn tests_texts_and_comments_name_nothing() {
    let (arrows, circles) = arrows(
        "tests",
        &[
            ("lib.rs", "mod a; mod b; #[cfg(test)] mod tests;"),
            (
                "a.rs",
                "use crate::b::B; // crate::a::A\nconst A: &str = \"crate::a::A\";",
            ),
            (
                "b.rs",
                "pub struct B; #[cfg(test)] mod tests { use super::*; use crate::a::A; }",
            ),
        ],
    );
    assert_eq!(arrows, ["a.rs b.rs"]);
    assert_eq!(circles, 0);
}

#[test]
fn a_module_with_two_files_is_both() {
    let (arrows, circles) = arrows(
        "two",
        &[
            (
                "lib.rs",
                "mod a; #[cfg_attr(feature = \"otel\", path = \"record/mod.rs\")] \
                 #[cfg_attr(not(feature = \"otel\"), path = \"silent.rs\")] mod record;",
            ),
            ("a.rs", "use crate::record::R; pub(crate) struct A;"),
            ("record/mod.rs", "mod r; pub(crate) use self::r::R;"),
            ("record/r.rs", "pub(crate) struct R(crate::a::A);"),
            ("silent.rs", "pub(crate) struct R;"),
        ],
    );
    let expected = [
        "a.rs record/r.rs",
        "a.rs silent.rs",
        "record/mod.rs record/r.rs",
        "record/r.rs a.rs",
    ];
    assert_eq!(arrows, expected);
    assert_eq!(circles, 1);
}

#[test]
fn a_module_whose_file_is_elsewhere_has_none_of_its_name() {
    let (arrows, circles) = arrows(
        "elsewhere",
        &[
            (
                "lib.rs",
                "mod a; mod b; #[path = \"silent.rs\"] mod record;",
            ),
            ("a.rs", "pub(crate) struct A;"),
            ("b.rs", "use crate::record::a::R; pub(crate) struct B(R);"),
            ("silent.rs", "#[path = \"silent/a.rs\"] pub(crate) mod a;"),
            ("silent/a.rs", "pub(crate) struct R;"),
        ],
    );
    assert_eq!(arrows, ["b.rs silent/a.rs"]);
    assert_eq!(circles, 0);
}
