//! Requests in JSON, as our encoder writes them: without white space.

use bytes::Bytes;

use crate::Signal;

/// The members that lead to the records of a request, from the outside in.
fn path(signal: Signal) -> &'static [&'static [&'static str]] {
    match signal {
        Signal::Traces => &[&["resourceSpans"], &["scopeSpans"], &["spans"]],
        Signal::Logs => &[&["resourceLogs"], &["scopeLogs"], &["logRecords"]],
        Signal::Metrics => &[
            &["resourceMetrics"],
            &["scopeMetrics"],
            &["metrics"],
            &["gauge", "sum", "histogram", "exponentialHistogram"],
            &["dataPoints"],
        ],
    }
}

pub(super) fn gather(bodies: &[Bytes], signal: Signal) -> Option<Vec<u8>> {
    let [name] = path(signal).first()? else {
        return None;
    };
    let head = format!("{{\"{name}\":[");
    let mut whole = head.clone().into_bytes();
    for body in bodies {
        let resources = body.strip_prefix(head.as_bytes())?.strip_suffix(b"]}")?;
        if whole.len() > head.len() {
            whole.push(b',');
        }
        whole.extend_from_slice(resources);
    }
    whole.extend_from_slice(b"]}");
    Some(whole)
}

pub(super) fn divide(body: &[u8], signal: Signal, mut keep: usize) -> Option<(Vec<u8>, Vec<u8>)> {
    let [near, far] = cut(body, path(signal), &mut keep)?;
    Some((near?, far?))
}

/// Two sides, of which one may have no record.
type Sides = [Option<Vec<u8>>; 2];

/// Both sides of one object; `None` where it is none.
fn cut(object: &[u8], path: &[&[&str]], keep: &mut usize) -> Option<Sides> {
    let Some((names, below)) = path.split_first() else {
        // A record goes as it is.
        let is_near = *keep > 0;
        *keep = keep.saturating_sub(1);
        let record = Some(object.to_vec());
        return Some(if is_near {
            [record, None]
        } else {
            [None, record]
        });
    };
    let mut sides = [Vec::new(), Vec::new()];
    let mut has_records = [false; 2];
    for member in parts(object, b'{', b'}')? {
        let (name, value) = split(member)?;
        if !names.iter().any(|known| known.as_bytes() == name) {
            sides.iter_mut().for_each(|side| push(side, member));
            continue;
        }
        let is_list = value.first() == Some(&b'[');
        let objects = if is_list {
            parts(value, b'[', b']')?
        } else {
            vec![value]
        };
        let mut inner = [Vec::new(), Vec::new()];
        for object in objects {
            for (side, part) in inner.iter_mut().zip(cut(object, below, keep)?) {
                if let Some(part) = part {
                    push(side, &part);
                }
            }
        }
        for ((side, has), inner) in sides.iter_mut().zip(&mut has_records).zip(inner) {
            if !inner.is_empty() {
                *has = true;
                let (open, close): (&[u8], &[u8]) = if is_list { (b"[", b"]") } else { (b"", b"") };
                push(side, &[b"\"", name, b"\":", open, &inner, close].concat());
            }
        }
    }
    let [near, far] = sides.map(|side| [b"{", &side[..], b"}"].concat());
    let [in_near, in_far] = has_records;
    Some([in_near.then_some(near), in_far.then_some(far)])
}

fn push(list: &mut Vec<u8>, item: &[u8]) {
    if !list.is_empty() {
        list.push(b',');
    }
    list.extend_from_slice(item);
}

/// What stands between the brackets, at its commas.
fn parts(text: &[u8], open: u8, close: u8) -> Option<Vec<&[u8]>> {
    let mut rest = text.strip_prefix(&[open])?.strip_suffix(&[close])?;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let end = end(rest)?;
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after.strip_prefix(b",").unwrap_or(after);
    }
    Some(parts)
}

/// Where the next comma is that is in no bracket and no text.
fn end(text: &[u8]) -> Option<usize> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    (depth == 0 && !in_text).then_some(text.len())
}

/// Name and value; our names need no escapes.
fn split(member: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = member.strip_prefix(b"\"")?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    let (name, value) = rest.split_at(end);
    Some((name, value.strip_prefix(b"\":")?))
}
