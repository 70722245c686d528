//! The one way in which this crate speaks to people without a subscriber.

use std::{
    fmt::{Arguments, Write as _},
    io::{self, Write as _},
};

use crate::variables::CONSOLE;

/// Writes a warning on standard error, for the time before a subscriber is set.
pub(crate) fn warn(message: Arguments<'_>) {
    to_stderr("WARN", message);
}

/// Writes there what works.
#[cfg_attr(
    not(feature = "otel"),
    expect(dead_code, reason = "without `otel` there are warnings alone")
)]
pub(crate) fn info(message: Arguments<'_>) {
    to_stderr("INFO", message);
}

/// Writes a page for a person, whatever the console's format is.
pub(crate) fn plainly(page: &str) {
    let _ = io::stderr().lock().write_all(page.as_bytes());
}

/// Writes one line: JSON where `OTELIER_CONSOLE` asks for it, text else. A closed
/// terminal is nobody's concern.
fn to_stderr(level: &str, message: Arguments<'_>) {
    let format = CONSOLE.get().unwrap_or_default();
    let line = if format.eq_ignore_ascii_case("json") {
        json(level, &message.to_string())
    } else {
        format!("otelier: {message}\n")
    };
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// The members that the console's lines have, but the time: nothing here knows
/// calendars.
fn json(level: &str, message: &str) -> String {
    let mut line = format!("{{\"level\":\"{level}\",\"target\":\"otelier\",\"message\":\"");
    for character in message.chars() {
        match character {
            '"' | '\\' => line.extend(['\\', character]),
            control if control < ' ' => {
                write!(line, "\\u{:04x}", u32::from(control)).ok();
            }
            other => line.push(other),
        }
    }
    line.push_str("\"}\n");
    line
}

#[cfg(test)]
mod tests {
    use super::json;

    #[test]
    fn a_line_of_json_holds_what_json_would_end_at() {
        assert_eq!(
            json("WARN", "a \"b\" \\c\nd é"),
            "{\"level\":\"WARN\",\"target\":\"otelier\",\"message\":\"a \\\"b\\\" \\\\c\\u000ad é\"}\n"
        );
    }
}
