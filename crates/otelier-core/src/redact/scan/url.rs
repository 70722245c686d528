//! Credentials of URLs.

use super::{CREDENTIALS, Scan};
use crate::redact::bare::ends_url;
use crate::redact::unit::{Form, Unit, unit};

/// How far a password with a slash in it may reach beyond what looks like a host.
const SLASHED: usize = 64;

impl Scan<'_> {
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
        while let Some(unit) = unit(self.bytes, at)
            && !ends(unit)
        {
            match unit.byte {
                b'@' => last = Some(at),
                b':' => port = Some(at + unit.len),
                _ => {}
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
