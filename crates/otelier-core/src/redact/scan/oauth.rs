//! Codes of OAuth, which are secret beside a `state`.

use super::{ESCAPES, Scan};
use crate::redact::bare::ends_url;
use crate::redact::unit::{is_quote, is_word, over, unit};
use crate::redact::value::Value;

/// How far from an OAuth `code` its `state` may stand, and how long a code is
/// that stands in quotes.
pub(super) const BESIDE: usize = 512;
const CODE: usize = 12;

/// How many of them are looked at.
const NEAR: usize = 16;

/// What stands beside a code: where it is sent to, and where it is traded.
const COMPANIONS: [&str; 5] = [
    "code_verifier",
    "redirect_uri",
    "scope",
    "session_state",
    "state",
];

impl Scan<'_> {
    /// Whether a key `state` stands near.
    pub(super) fn is_near_state(&mut self, at: usize) -> bool {
        let bytes = self.bytes;
        let states = self.states.get_or_insert_with(|| states(bytes));
        let next = states.partition_point(|state| state + BESIDE < at);
        states.get(next).is_some_and(|state| *state < at + BESIDE)
    }

    /// Whether a key `state` stands beside the value of a key `code`.
    pub(super) fn is_beside_state(&mut self, at: usize, code: &Value) -> bool {
        let bytes = self.bytes;
        let is_quoted = bytes
            .get(code.range.start.saturating_sub(1))
            .is_some_and(|byte| is_quote(*byte));
        let states = self.states.get_or_insert_with(|| states(bytes));
        let first = states.partition_point(|state| state + BESIDE < at);
        let beside = states.get(first..).unwrap_or_default();
        let mut beside = beside.iter().take_while(|state| **state < at + BESIDE);
        if is_quoted {
            let code = bytes.get(code.range.clone()).unwrap_or_default();
            // Names of errors have no digits, or no small letters.
            let is_code = code.len() >= CODE
                && code.iter().any(u8::is_ascii_digit)
                && code.iter().any(u8::is_ascii_lowercase);
            is_code && beside.next().is_some()
        } else {
            let code = bytes.get(code.range.clone()).unwrap_or_default();
            // What is as short as a status is one.
            let is_status = code.len() <= 3 && code.iter().all(u8::is_ascii_digit);
            // In one query, which has no blanks.
            !is_status
                && beside.take(NEAR).any(|state| {
                    let between = bytes.get(at.min(*state)..at.max(*state));
                    !between
                        .unwrap_or_default()
                        .iter()
                        .any(|byte| ends_url(*byte))
                })
        }
    }
}

/// Where a key starts that stands beside a code.
fn states(bytes: &[u8]) -> Vec<usize> {
    let starts = bytes.iter().enumerate().filter(|(at, byte)| {
        let is_first = matches!(byte, b's' | b'S' | b'c' | b'C' | b'r' | b'R');
        is_first
            && COMPANIONS
                .iter()
                .any(|name| is_key(bytes, *at, name.as_bytes()))
    });
    starts.map(|(at, _)| at).collect()
}

fn is_key(bytes: &[u8], at: usize, name: &[u8]) -> bool {
    let there = bytes.get(at..at + name.len());
    if !there.is_some_and(|there| there.eq_ignore_ascii_case(name)) {
        return false;
    }
    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
    let end = over(bytes, at + name.len(), 2, |unit| is_quote(unit.byte));
    !before.is_some_and(|byte| is_word(*byte) && !before_is_code(bytes, at))
        && unit(bytes, end).is_some_and(|unit| matches!(unit.byte, b'=' | b':'))
}

/// Whether an encoded character ends at `at`.
pub(super) fn before_is_code(bytes: &[u8], at: usize) -> bool {
    let code = bytes.get(at.saturating_sub(ESCAPES)..at.saturating_sub(2));
    let code = code.unwrap_or_default();
    let nested = code
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b'2' | b'5'));
    code.iter().rev().nth(nested.count()) == Some(&b'%')
}
