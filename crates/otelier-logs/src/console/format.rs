//! What a line looks like, as data.

use std::fmt;
use std::io::{self, IsTerminal as _};
use std::str::FromStr;

/// How events are printed.
///
/// ```
/// use otelier_logs::Format;
///
/// assert_eq!("JSON".parse(), Ok(Format::Json));
/// let unknown = "yaml".parse::<Format>().unwrap_err();
/// assert!(unknown.to_string().contains("text, json, off"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people: time, level, target, message, fields, and the beginning of the trace id.
    #[default]
    Text,
    /// For log shippers: one JSON object a line, with whole ids.
    Json,
    /// Not at all.
    Off,
}

/// A format that is neither `text` nor `json` nor `off`.
///
/// See the example of [`Format`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFormat(());

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the console's format is one of text, json, off")
    }
}

impl std::error::Error for UnknownFormat {}

impl FromStr for Format {
    type Err = UnknownFormat;

    /// Reads `text`, `json` or `off`, in any case and with blanks around it.
    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let text = text.trim();
        [
            ("text", Self::Text),
            ("json", Self::Json),
            ("off", Self::Off),
        ]
        .into_iter()
        .find_map(|(name, format)| name.eq_ignore_ascii_case(text).then_some(format))
        .ok_or(UnknownFormat(()))
    }
}

/// Whether text is coloured.
///
/// See the example of [`Console`](crate::Console).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Color {
    /// When standard output is a terminal, and `NO_COLOR` is unset or empty.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// What [`Auto`](Self::Auto) means for standard output.
    pub(super) fn resolve(self) -> Self {
        match self {
            Self::Auto => {
                let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                if io::stdout().is_terminal() && !unwanted {
                    Self::Always
                } else {
                    Self::Never
                }
            }
            other => other,
        }
    }
}

/// What Datadog's log pipeline joins logs and traces by.
///
/// Adds `dd.trace_id` and `dd.span_id` (decimal, of the low 64 bits) to each JSON line inside a span, and these three
/// to each line, where they are not empty.
///
/// See the example of [`Console`](crate::Console).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
#[must_use]
pub struct Datadog {
    /// `dd.service`.
    pub service: String,
    /// `dd.env`.
    pub env: String,
    /// `dd.version`.
    pub version: String,
}

impl Datadog {
    /// Adds ids alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the service.
    pub fn with_service(mut self, service: impl Into<String>) -> Self {
        self.service = service.into();
        self
    }

    /// Names the environment.
    pub fn with_env(mut self, env: impl Into<String>) -> Self {
        self.env = env.into();
        self
    }

    /// Names the version.
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_read_in_any_case() {
        assert_eq!(" JSON ".parse(), Ok(Format::Json));
        assert_eq!("Text".parse(), Ok(Format::Text));
        assert_eq!("off".parse(), Ok(Format::Off));
        assert_eq!("yaml".parse::<Format>(), Err(UnknownFormat(())));
    }
}
