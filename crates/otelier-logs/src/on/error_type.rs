//! The type of a `dyn Error`, as far as its `Debug` reveals it.

use std::error::Error;
use std::fmt::{self, Write};

/// Longer names are texts.
const LONGEST_NAME: usize = 96;

/// The name of the error's type, or of its variant, where its `Debug` begins with one.
///
/// `dyn Error` does not know its type. Derived `Debug` writes `Name`, `Name(..)` or `Name { .. }`; a text such as
/// `"no rows"` is not taken for a name.
pub(super) fn type_name(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(name) = otelier_core::known_error_name(error) {
        return Some(name.to_owned());
    }
    let mut name = LeadingName {
        text: String::new(),
        ended: false,
        refused: false,
    };
    let _ = write!(name, "{error:?}");
    (!name.refused && name.text.starts_with(|c: char| c.is_ascii_alphabetic()))
        .then(|| name.text.trim_end().to_owned())
        .filter(|name| {
            name.rsplit("::")
                .next()
                .is_some_and(|last| last.starts_with(|c: char| c.is_ascii_uppercase()))
        })
}

/// Takes the first words of a `Debug` and stops it as soon as they are known to be a name or not.
struct LeadingName {
    text: String,
    ended: bool,
    refused: bool,
}

impl Write for LeadingName {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        for c in s.chars() {
            let after_space = self.text.ends_with(' ');
            match c {
                '(' | '{' => self.ended = true,
                ' ' if !after_space => self.text.push(c),
                'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | ':'
                    if !after_space && self.text.len() < LONGEST_NAME =>
                {
                    self.text.push(c);
                }
                _ => self.refused = true,
            }
            if self.ended || self.refused {
                return Err(fmt::Error);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    #[expect(dead_code, reason = "only its Debug is read")]
    enum Store {
        Closed,
        Rejected { code: u16 },
        Io(std::io::Error),
    }

    impl fmt::Display for Store {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("could not save")
        }
    }

    impl Error for Store {}

    struct Says(&'static str);

    impl fmt::Debug for Says {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl fmt::Display for Says {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Says {}

    #[test]
    fn a_derived_debug_reveals_the_name() {
        assert_eq!(type_name(&Store::Closed).unwrap(), "Closed");
        assert_eq!(type_name(&Store::Rejected { code: 3 }).unwrap(), "Rejected");
        assert_eq!(
            type_name(&Store::Io(std::io::Error::other("x"))).unwrap(),
            "Io"
        );
        assert_eq!(
            type_name(&Says("reqwest::Error { kind: Request }")).unwrap(),
            "reqwest::Error"
        );
        assert_eq!(
            type_name(&std::io::Error::other("x")).unwrap(),
            "std::io::Error"
        );
    }

    #[test]
    fn a_text_is_not_taken_for_a_name() {
        for text in [
            "connection refused",
            "Connection refused",
            "\"Closed\"",
            "",
            "no: rows",
            "timeout",
            "Disk full (28)",
        ] {
            assert_eq!(type_name(&Says(text)), None, "{text}");
        }
    }
}
