//! What an error says, where that describes the status of a span.

use std::fmt::{Display, Write as _};

use opentelemetry::trace::Status;

use crate::{redact_text, shorten};

/// How much of it is kept, in bytes.
const MAX_MESSAGE: usize = 2048;

/// What an error says, fit to leave: without what can be told to be a secret, and
/// 2 KiB of it. Nothing where nobody said anything, as of a panic or of what was
/// cancelled.
///
/// ```
/// use opentelemetry::trace::Status;
/// use otelier_core::Message;
///
/// let said = Message::of("no way in: password=hunter2");
/// assert_eq!(said.status("io"), Status::error("no way in: password=[REDACTED]"));
/// ```
///
/// # Cost
/// One word, in records that move with every poll; an allocation where there is a
/// message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::box_collection, reason = "a text itself is three words large")]
pub struct Message(Option<Box<String>>);

impl Message {
    /// Takes down what an error says: in the alternate form, which is the chain of
    /// causes for some types.
    #[must_use]
    #[cold]
    pub fn of(error: impl Display) -> Self {
        let mut text = String::new();
        // One that cannot be written is described by what there is; `format!` panics.
        write!(text, "{error:#}").ok();
        let text = shorten(&redact_text(&text), MAX_MESSAGE).into_owned();
        Self((!text.is_empty()).then(|| Box::new(text)))
    }

    /// The text, if there is any.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.0.as_ref().map(|text| text.as_str())
    }

    /// The status of a span that failed, whose `error.type` is `kind`. A
    /// description that only repeats that is left out.
    #[must_use]
    pub fn status(self, kind: &str) -> Status {
        match self.0 {
            Some(text) if *text != kind => Status::error(*text),
            _ => Status::error(""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_of_a_status_is_masked_and_cut() {
        let said = Message::of("no way in: password=hunter2");
        let status = Status::error("no way in: password=[REDACTED]");
        assert_eq!(said.status("io"), status);

        let long = Message::of("a ".repeat(MAX_MESSAGE));
        let long = long.text().unwrap();
        assert!(long.len() <= MAX_MESSAGE);
        assert!(
            long.ends_with("(truncated, original size: 4096 bytes)"),
            "{long}"
        );
    }

    #[test]
    fn an_error_that_cannot_be_written_panics_nobody() {
        struct Broken;
        impl Display for Broken {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("half")?;
                Err(std::fmt::Error)
            }
        }
        assert_eq!(Message::of(Broken).text(), Some("half"));
    }

    #[test]
    fn a_status_has_no_description_that_says_nothing_new() {
        for (said, kind) in [
            (Message::of("timeout"), "timeout"),
            (Message::of(""), "io"),
            (Message::default(), "panic"),
        ] {
            assert_eq!(said.status(kind), Status::error(""), "{kind}");
        }
    }
}
