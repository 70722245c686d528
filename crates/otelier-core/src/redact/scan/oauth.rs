//! Codes of OAuth, which are secret beside a `state`.

use super::{ESCAPES, Scan};
use crate::redact::bare::ends_url;
use crate::redact::unit::{is_quote, is_word, over, unit};
use crate::redact::value::Value;

/// How far from an OAuth `code` its `state` may stand, and how long a code is
/// that stands in quotes.
pub(super) const BESIDE: usize = 512;
const CODE: usize = 12;

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
            // In one query, which has no blanks.
            beside.take(2).any(|state| {
                let between = bytes.get(at.min(*state)..at.max(*state));
                !between
                    .unwrap_or_default()
                    .iter()
                    .any(|byte| ends_url(*byte))
            })
        }
    }
}

/// Where a key `state` starts.
fn states(bytes: &[u8]) -> Vec<usize> {
    let name = b"state";
    let is_key = |at: &usize| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let end = over(bytes, at + name.len(), 2, |unit| is_quote(unit.byte));
        !before.is_some_and(|byte| is_word(*byte) && !before_is_code(bytes, *at))
            && unit(bytes, end).is_some_and(|unit| matches!(unit.byte, b'=' | b':'))
    };
    bytes
        .windows(name.len())
        .enumerate()
        .filter(|(_, window)| window.eq_ignore_ascii_case(name))
        .map(|(at, _)| at)
        .filter(is_key)
        .collect()
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
