//! `tracestate`, as Trace Context Level 2 has it
//! (<https://www.w3.org/TR/trace-context-2/#tracestate-header>).

use std::borrow::Cow;

use opentelemetry::trace::TraceState;

/// Longer lists are dropped whole; the specification asks for 512 at least.
const MAX_BYTES: usize = 8 * 1024;
const MAX_MEMBERS: usize = 32;
/// Of a key, and of a value.
const MAX_PART: usize = 256;

/// A list that [`TraceState`] cannot hold, because it allows fewer keys.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WholeState {
    list: Box<str>,
    /// What of it a span can hold.
    held: TraceState,
}

/// What was sent, as far as it can be kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    /// What a span's context is to hold.
    pub(super) held: TraceState,
    /// All of it, where that is more.
    pub(super) whole: Option<WholeState>,
}

/// Reads the lines of a list. One that is malformed or too long is dropped,
/// with all of its lines; the trace goes on without it. Of equal keys the first
/// stays.
pub(super) fn read<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Read {
    match members(lines) {
        Some(members) if !members.is_empty() => hold(&members),
        _ => Read::default(),
    }
}

fn members<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<(&'a str, &'a str)>> {
    let mut left = MAX_BYTES;
    let mut members: Vec<(&str, &str)> = Vec::new();
    for line in lines {
        left = left.checked_sub(line.len())?;
        for member in line.split(|byte| *byte == b',') {
            let member = str::from_utf8(member).ok()?.trim_matches([' ', '\t']);
            if member.is_empty() {
                continue;
            }
            let (key, value) = member.split_once('=')?;
            if !is_key(key) || !is_value(value) {
                return None;
            }
            if members.iter().any(|(known, _)| *known == key) {
                continue;
            }
            if members.len() == MAX_MEMBERS {
                return None;
            }
            members.push((key, value));
        }
    }
    Some(members)
}

/// `@` may stand anywhere but in front.
fn is_key(key: &str) -> bool {
    let starts = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let goes_on = |byte: &u8| starts(byte) || b"_-*/@".contains(byte);
    key.len() <= MAX_PART
        && key.as_bytes().first().is_some_and(starts)
        && key.as_bytes().iter().all(goes_on)
}

/// The space that may not stand at the end has been trimmed.
fn is_value(value: &str) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'=';
    !value.is_empty() && value.len() <= MAX_PART && value.bytes().all(is_allowed)
}

fn hold(members: &[(&str, &str)]) -> Read {
    if let Ok(held) = TraceState::from_key_value(members.iter().copied()) {
        return Read { held, whole: None };
    }
    let can_be_held = |member: &&(&str, &str)| TraceState::from_key_value([**member]).is_ok();
    let some = members.iter().filter(can_be_held).copied();
    let held = TraceState::from_key_value(some).unwrap_or_default();
    let mut list = String::new();
    for member in members {
        push(&mut list, *member);
    }
    let whole = WholeState {
        list: list.into(),
        held: held.clone(),
    };
    Read {
        held,
        whole: Some(whole),
    }
}

fn push(list: &mut String, (key, value): (&str, &str)) {
    if !list.is_empty() {
        list.push(',');
    }
    list.extend([key, "=", value]);
}

/// Writes a list, nothing where there is none.
pub(super) fn write(state: &TraceState) -> String {
    let mut list = String::new();
    for member in state {
        push(&mut list, member);
    }
    list
}

impl WholeState {
    /// The list for a span that may have changed what it can hold of it: its
    /// members first, as the specification wants it, then those that it never
    /// saw.
    pub(super) fn with_changes(&self, now: &TraceState) -> Cow<'_, str> {
        if *now == self.held {
            return Cow::Borrowed(&self.list);
        }
        let mut list = write(now);
        let unseen = self.list.split(',').filter_map(|it| it.split_once('='));
        let unseen = unseen.filter(|(key, _)| self.held.get(key).is_none());
        let left = MAX_MEMBERS.saturating_sub(now.into_iter().len());
        for member in unseen.take(left) {
            push(&mut list, member);
        }
        Cow::Owned(list)
    }
}

#[cfg(test)]
mod tests;
