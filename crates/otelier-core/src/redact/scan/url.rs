//! Credentials of URLs, and of what has as many colons.

use std::ops::Range;

use super::{CREDENTIALS, Scan};
use crate::redact::bare::ends_url;
use crate::redact::unit::{Form, Unit, count, is_letter, is_word, unit};

/// How far a password with a slash in it may reach beyond what looks like a host.
const SLASHED: usize = 64;

/// How long a field is that has no name.
const FIELD: usize = 64;

impl Scan<'_> {
    /// What stands behind a number and tells itself: `123456789:AA…` of Telegram, and
    /// the last of `host:5432:name:user:X`.
    pub(super) fn numbered(&self, at: usize) -> Option<Range<usize>> {
        let rest = self.bytes.get(at + 1..)?;
        let is_field = |byte: u8| is_word(byte) || byte == b'*';
        if let Some(mut rest) = rest
            .strip_prefix(b"5432:")
            .or_else(|| rest.strip_prefix(b"*:"))
        {
            for _ in 0..2 {
                let len = count(rest, 0, FIELD, is_field);
                rest = rest.get(len..).filter(|_| len > 0)?.strip_prefix(b":")?;
            }
            let start = self.bytes.len() - rest.len();
            let len = count(rest, 0, usize::MAX, |byte| !ends_url(byte));
            return (len > 0).then_some(start..start + len);
        }
        let key = self.key.filter(|key| key.end == at)?;
        let name = self.slice(key.start..key.end);
        let name = name.strip_prefix(b"bot").unwrap_or(name);
        let len = count(rest, 0, FIELD, |byte| is_letter(byte) || byte == b'-');
        let is_token = (8..=10).contains(&name.len())
            && name.iter().all(u8::is_ascii_digit)
            && rest.starts_with(b"AA")
            && len > 30;
        is_token.then_some(at + 1..at + 1 + len)
    }

    /// What stands before the `@` of the URL whose authority starts at `start`.
    pub(super) fn credentials(&mut self, start: usize, form: Form) {
        self.at = start;
        let ends = |unit: Unit| {
            let counts = unit.form != Form::Encoded || form == Form::Encoded;
            let ends_encoded = form == Form::Encoded && unit.byte == b'&';
            counts
                && (ends_url(unit.byte) || ends_encoded || matches!(unit.byte, b'/' | b'?' | b'#'))
        };
        let mut at = start;
        let mut last = None;
        let mut port = None;
        // Behind a port a quote ends the URL, while a password may hold one.
        let mut is_password = false;
        let is_held = |unit: Unit| unit.byte == b'\'' && unit.form == Form::Plain;
        while let Some(unit) = unit(self.bytes, at)
            && (!ends(unit) || (is_password && is_held(unit)))
        {
            if unit.byte == b':' {
                port = Some(at + unit.len);
                is_password = false;
            } else {
                is_password |= port.is_some() && !unit.byte.is_ascii_digit();
            }
            if unit.byte == b'@' {
                last = Some(at);
            }
            at += unit.len;
        }
        // A password may hold a slash that nobody encoded.
        if last.is_none()
            && let Some(port) = port
            && !self.slice(port..at).iter().all(u8::is_ascii_digit)
            && !self.slice(port..at).ends_with(b"]")
        {
            let reach = at + SLASHED;
            while at < reach
                && let Some(unit) = unit(self.bytes, at)
                && !ends_url(unit.byte)
            {
                if unit.byte == b'@' {
                    last = Some(at);
                }
                at += unit.len;
            }
        }
        if let Some(last) = last.filter(|last| *last > start)
            && self.slice(start..last) != CREDENTIALS.as_bytes()
        {
            self.mask(start..last, CREDENTIALS);
        }
    }
}
