//! What may leave.

use std::borrow::Cow;

/// What may not leave as it is.
///
/// See the example of [`Encoder`](crate::Encoder).
pub trait Policy {
    /// Tells whether the value of this key is replaced: of an attribute of a
    /// span, event, link, log record or data point, or of an entry of a map in one
    /// or in a body. Asked once for each key, as the answers are kept for up to 1,024 of
    /// them, so it may take its time.
    fn is_secret(&self, key: &str) -> bool {
        let _ = key;
        false
    }

    /// Tells whether the values of this key come from a closed set, so that
    /// [`text`](Self::text) need not look at them. Asked as seldom.
    fn is_closed(&self, key: &str) -> bool {
        let _ = key;
        false
    }

    /// What leaves of a text: a value whose key is no secret, the name of a span
    /// or event, the description of a status, or the body of a log record. Asked
    /// once for each text that is written.
    fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        text.into()
    }

    /// What stands in the place of a secret. An array stays one, of this alone.
    fn replacement(&self) -> &str {
        "[REDACTED]"
    }

    /// What is left of a text that may have so many characters, where one request
    /// cannot hold its record otherwise. Comes after [`text`](Self::text).
    fn shorten<'a>(&self, text: &'a str, most: usize) -> Cow<'a, str> {
        let end = text
            .char_indices()
            .nth(most)
            .map_or(text.len(), |(at, _)| at);
        text.get(..end).unwrap_or_default().into()
    }
}
