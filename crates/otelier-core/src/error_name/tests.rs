use std::{fmt, io};

use super::*;

#[derive(Debug)]
enum Store {
    Closed,
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed")
    }
}

impl Error for Store {}

/// Both names of one error.
fn names<E: Error + 'static>(error: &E) -> (&'static str, Option<&'static str>) {
    (error_name::<E>(), known_error_name(error))
}

#[test]
fn an_error_has_one_name_whether_its_type_is_known_or_not() {
    let io = "std::io::Error";
    assert_eq!(names(&io::Error::other("x")), (io, Some(io)));
    let number = "std::num::ParseIntError";
    assert_eq!(
        names(&"x".parse::<u8>().unwrap_err()),
        (number, Some(number))
    );
    let name = "otelier_core::error_name::tests::Store";
    assert_eq!(names(&Store::Closed), (name, None));
    for _ in 0..2 {
        name_error::<Store>();
        assert_eq!(names(&Store::Closed), (name, Some(name)));
    }
    let named = NAMED.read().unwrap();
    assert_eq!(named.iter().filter(|named| named.name == name).count(), 1);
}

#[test]
fn an_error_in_a_box_has_its_own_name_where_that_is_known() {
    #[derive(Debug)]
    struct Unknown;
    impl fmt::Display for Unknown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("unknown")
        }
    }
    impl Error for Unknown {}
    fn full() -> io::Error {
        io::Error::other("full")
    }
    let boxed: Box<dyn Error + Send + Sync> = full().into();
    assert_eq!(error_name_of(&boxed), "std::io::Error");
    let boxed: Box<dyn Error + Send> = Box::new(full());
    assert_eq!(error_name_of(&boxed), "std::io::Error");
    let boxed: Box<dyn Error> = full().into();
    assert_eq!(error_name_of(&boxed), "std::io::Error");
    let boxed: Box<dyn Error> = Unknown.into();
    assert_eq!(error_name_of(&boxed), "_OTHER");
    let boxed: Box<dyn Error> = "no flour".into();
    assert_eq!(error_name_of(&boxed), "_OTHER");
    assert_eq!(error_name_of(&full()), "std::io::Error");
    assert_eq!(error_name_of(&Unknown), error_name::<Unknown>());
}

#[cfg(feature = "anyhow")]
#[test]
fn an_error_of_anyhow_has_the_name_of_what_is_below_its_texts() {
    use ::anyhow::{Context as _, anyhow};

    let full = || Err::<(), _>(io::Error::other("full"));
    let named = |result: ::anyhow::Result<()>| error_name_of(&result.unwrap_err());
    assert_eq!(named(full().map_err(Into::into)), "std::io::Error");
    assert_eq!(named(full().context("baking")), "std::io::Error");
    let twice = full().context("baking").context(String::from("the day"));
    assert_eq!(named(twice), "std::io::Error");
    assert_eq!(named(Err(anyhow!("no flour"))), "_OTHER");
    // What is no text may have a name of its own, which its cause has not.
    assert_eq!(named(full().context(7)), "_OTHER");
}

#[test]
fn what_is_in_a_box_is_not_part_of_its_name() {
    let boxes = [
        error_name::<Box<dyn Error>>(),
        error_name::<Box<dyn Error + Send + Sync>>(),
    ];
    assert_eq!(boxes, ["Box<dyn Error>"; 2]);
}

#[test]
fn an_error_of_the_standard_library_is_called_as_it_is_written() {
    assert_eq!(error_name::<std::str::Utf8Error>(), "std::str::Utf8Error");
    assert_eq!(std_path("std::str::Utf8Error"), None);
}
