//! Values of a query whose secret shows only in what they mean.

use std::borrow::Cow;

use super::bare::Within;
use super::filter::may_hold_secret;
use super::masked::IN_QUERY;
use super::scan;
use super::unit::{Form, unit};

/// A query without the values in which a secret shows as soon as they are decoded, and
/// not before: SQL, XML, a command.
pub(super) fn without_encoded(query: Cow<'_, str>) -> Cow<'_, str> {
    if !query.contains(['%', '+']) {
        return query;
    }
    let mut shown = String::new();
    let mut copied = 0;
    let mut start = 0;
    for part in query.split_inclusive(['&', '#']) {
        let value = part.trim_end_matches(['&', '#']);
        let end = start + value.len();
        let from = start + value.find('=').map_or(0, |at| at + 1);
        if query.get(from..end).is_some_and(means_secret) {
            shown.push_str(query.get(copied..from).unwrap_or_default());
            shown.push_str(IN_QUERY);
            copied = end;
        }
        start += part.len();
    }
    if copied == 0 {
        return query;
    }
    shown.push_str(query.get(copied..).unwrap_or_default());
    shown.into()
}

fn means_secret(value: &str) -> bool {
    if !value.contains(['%', '+']) {
        return false;
    }
    let bytes = value.as_bytes();
    let mut meant = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(unit) = unit(bytes, at) {
        match (unit.form, unit.byte) {
            (Form::Encoded, byte) => meant.push(byte),
            (Form::Plain, b'+') => meant.push(b' '),
            _ => meant.extend_from_slice(bytes.get(at..at + unit.len).unwrap_or_default()),
        }
        at += unit.len;
    }
    let meant = String::from_utf8_lossy(&meant);
    may_hold_secret(meant.as_bytes()) && scan::redact(&meant, Within::Text).is_some()
}
