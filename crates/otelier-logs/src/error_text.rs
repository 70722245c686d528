//! The text of an error and its sources.

use std::error::Error;
use std::fmt::Write as _;

/// Sources beyond this many are left out, so that an error that is its own source ends.
const MOST_SOURCES: usize = 16;

/// Writes the error and its sources, outermost first, joined by `: `.
///
/// A source whose text the error before it ends with already is not repeated.
pub(crate) fn write_chain(text: &mut String, error: &(dyn Error + 'static)) {
    // A Display that fails has written what it could.
    let _ = write!(text, "{error}");
    let mut source = error.source();
    for _ in 0..MOST_SOURCES {
        let Some(cause) = source else { break };
        let mark = text.len();
        let _ = write!(text, ": {cause}");
        let (before, added) = text.split_at(mark);
        if added
            .strip_prefix(": ")
            .is_some_and(|added| before.ends_with(added))
        {
            text.truncate(mark);
        }
        source = cause.source();
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[derive(Debug)]
    struct Layered(&'static str, Option<Box<Self>>);

    impl fmt::Display for Layered {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Layered {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|source| source as _)
        }
    }

    #[derive(Debug)]
    struct Circle;

    impl fmt::Display for Circle {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("round")
        }
    }

    impl Error for Circle {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self)
        }
    }

    fn chain(error: &(dyn Error + 'static)) -> String {
        let mut text = String::new();
        write_chain(&mut text, error);
        text
    }

    #[test]
    fn sources_follow_the_error() {
        let error = Layered(
            "not saved",
            Some(Box::new(Layered(
                "disk",
                Some(Box::new(Layered("full", None))),
            ))),
        );
        assert_eq!(chain(&error), "not saved: disk: full");
    }

    #[test]
    fn a_source_that_is_said_already_is_not_repeated() {
        let error = Layered(
            "not saved: disk full",
            Some(Box::new(Layered("disk full", None))),
        );
        assert_eq!(chain(&error), "not saved: disk full");
    }

    #[test]
    fn an_error_that_is_its_own_source_ends() {
        assert_eq!(chain(&Circle), "round");
    }
}
