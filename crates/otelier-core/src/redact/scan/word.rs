//! Words, and what tells itself or stands behind one.

use std::ops::Range;

use super::oauth::before_is_code;
use super::{Key, PATH, Scan};
use crate::redact::bare::ends_url;
use crate::redact::keys::{decoded, names_secret};
use crate::redact::unit::{Form, count, is_quote, is_word, unit};
use crate::redact::value::{self, Value};
use crate::redact::{
    tokens,
    tools::{Argument, Tool},
};

/// The signatures that the conventions name, and what is as secret in a query alone;
/// their case counts.
pub(in crate::redact) const SIGNATURES: [&str; 20] = [
    "AWSAccessKeyId",
    "SAMLResponse",
    "SAMLart",
    "Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Goog-Signature",
    "assertion",
    "auth",
    "connect.sid",
    "device_code",
    "hdnea",
    "hdnts",
    "hmac",
    "oauth_signature",
    "openid.sig",
    "sid",
    "sig",
    "wresult",
];

/// Hosts whose paths are secret.
const HOOKS: [&str; 6] = [
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "hooks.slack.com/",
    "hooks.zapier.com/hooks/",
    "outlook.office.com/webhook/",
    ".webhook.office.com/",
];

impl Scan<'_> {
    pub(super) fn word(&mut self) {
        let start = self.at;
        let plain = count(self.bytes, start, usize::MAX, is_word);
        let mut end = start + plain;
        let mut is_coded = false;
        while let Some(unit) = unit(self.bytes, end)
            && is_word(unit.byte)
        {
            is_coded |= unit.form != Form::Plain;
            end += unit.len;
        }
        let is_behind_escape = std::mem::take(&mut self.is_behind_escape);
        self.at = end;
        let mut start = start;
        while let Some(secret) = self.token(start..end, is_behind_escape) {
            start = secret.end;
            self.mask_value(&secret.into());
            if start >= end {
                return;
            }
        }
        let before = std::mem::replace(&mut self.word, start..end);
        let key = self.joined(Key {
            start,
            end,
            is_coded,
            is_behind_escape,
            is_index_of_secret: false,
            is_over: false,
            opener: self.opener(start),
            is_path: matches!(self.last, b'/' | PATH),
            before: (before.end + 1 == start && self.bytes.get(before.end) == Some(&b' '))
                .then_some(before.start),
        });
        // `b"…"` is one text.
        let is_prefix = matches!(self.slice(start..end + 1), [b'b', b'"' | b'\'']);
        if !is_prefix {
            self.last = b'a';
        }
        if let Some(secret) = self.argument(key).or_else(|| self.literal(key)) {
            return self.mask_value(&secret);
        }
        let word = self.slice(start..end);
        if self.bytes.get(end) == Some(&b'/')
            && let Some(path) = self.hook(word, end)
        {
            return self.mask_value(&path.into());
        }
        self.key = Some(key);
        self.note_element(key);
        let is_login = word == b"login"
            && b"docker podman nerdctl helm oras crane skopeo buildah az cf"
                .split(|byte| *byte == b' ')
                .any(|tool| tool == self.slice(before.clone()))
            || self.slice(before.clone()) == b"registry";
        if let Some(tool) = Tool::of(word).filter(|_| word != b"login" || is_login) {
            self.tool = Some(tool);
        }
    }

    /// A secret that needs no key.
    fn token(&self, word: Range<usize>, is_behind_escape: bool) -> Option<Range<usize>> {
        let found = tokens::in_word(self.bytes, word.clone())
            .or_else(|| tokens::behind_scheme(self.bytes, self.slice(word.clone()), word.end));
        match word.start.checked_sub(1).filter(|_| is_behind_escape) {
            Some(start) if found.is_none() => {
                let len = tokens::token(self.bytes.get(start..)?, usize::MAX)?;
                Some(start..start + len)
            }
            _ => found,
        }
    }

    /// The key with what it knows of the one before, whose index it is.
    fn joined(&self, mut key: Key) -> Key {
        if let Some(before) = self.key
            && !before.is_over
        {
            key.is_index_of_secret = before.is_index_of_secret || self.names_secret(before);
            key.opener = key.opener.or(before.opener);
        }
        key
    }

    /// What stands before the quote that a word starts behind, but for blanks.
    pub(super) fn opener(&self, start: usize) -> Option<u8> {
        let quote = self.bytes.get(start.checked_sub(1)?)?;
        // An encoded one ends in its number: `%22`, `%27`.
        let is_coded = || {
            let code = self.slice(start.saturating_sub(2)..start);
            matches!(code, b"22" | b"27" | b"60") && before_is_code(self.bytes, start)
        };
        (is_quote(*quote) || is_coded()).then_some(self.last)
    }

    /// The secret behind `--password`, or the flag of a tool.
    fn argument(&self, flag: Key) -> Option<Value> {
        let word = self.slice(flag.start..flag.end);
        if word.first() != Some(&b'-') {
            return None;
        }
        let argument = self.tool.and_then(|tool| tool.argument(word));
        if let Some(Argument::Here(len)) = argument {
            let start = flag.start + len;
            return Some((start..value::word_end(self.bytes, start)).into());
        }
        let next = unit(self.bytes, flag.end)?;
        let is_told = || argument.is_some() || self.names_secret(flag);
        match next.byte {
            // `"-p" "X"`, `["-p", "X"]`
            byte if is_quote(byte) && flag.opener.is_some() => is_told()
                .then(|| value::listed(self.bytes, flag.end + next.len))
                .flatten(),
            // `-p'X y'`
            byte if is_quote(byte) && self.tool.is_some_and(|tool| tool.is_flag(word)) => {
                value::quoted(self.bytes, flag.end)
            }
            b' ' | b'\t' if is_told() => value::argument(self.bytes, flag.end),
            // `--user=ann:X`
            b'=' if argument.is_some() => value::argument(self.bytes, flag.end + next.len),
            _ => None,
        }
    }

    /// The path of a host that takes messages from whoever knows it.
    fn hook(&self, host: &[u8], end: usize) -> Option<Range<usize>> {
        let rest = self.bytes.get(end..)?;
        let path = HOOKS.into_iter().find_map(|hook| {
            let (name, _) = hook.split_at(hook.find('/')?);
            let path = hook.strip_prefix(name)?;
            let is_it = host.ends_with(name.as_bytes()) && rest.starts_with(path.as_bytes());
            is_it.then_some(end + path.len())
        })?;
        let is_part = |byte: u8| !ends_url(byte) && !matches!(byte, b'?' | b')' | b',');
        let len = count(self.bytes, path, usize::MAX, is_part);
        (len > 0).then_some(path..path + len)
    }

    pub(super) fn names_secret(&self, key: Key) -> bool {
        let word = self.slice(key.start..key.end);
        if key.is_coded {
            return names_secret(&decoded(word));
        }
        let start = key.start - usize::from(key.is_behind_escape);
        let is_half = [&b"key"[..], b"id", b"rekey", b"hexkey", b"hexrekey"]
            .into_iter()
            .any(|half| half.eq_ignore_ascii_case(word));
        names_secret(word)
            || (key.is_behind_escape && names_secret(self.slice(start..key.end)))
            // `secret key: X`
            || key.before.is_some_and(|start| is_half && names_secret(self.slice(start..key.end)))
    }

    pub(super) fn is_signature(&self, key: Key) -> bool {
        let is = |key: &[u8]| {
            SIGNATURES.iter().any(|name| name.as_bytes() == key)
                || key
                    .len()
                    .checked_sub(10)
                    .and_then(|at| key.get(at..))
                    .is_some_and(|end| end.eq_ignore_ascii_case(b"-signature"))
        };
        is(self.slice(key.start..key.end))
            || (key.is_coded && is(&decoded(self.slice(key.start..key.end))))
    }
}
