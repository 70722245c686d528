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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// A resource for each list, a scope for each number, so many spans in it.
    fn request(resources: &[Vec<usize>]) -> Value {
        let mut names = (0..).map(|number| format!("span {number} \\\"]}},{{["));
        let mut scope = |spans: usize| {
            let spans = names
                .by_ref()
                .take(spans)
                .map(|name| json!({ "name": name }));
            let spans: Vec<_> = spans.collect();
            json!({ "scope": { "name": "a \"{,[" }, "spans": spans, "schemaUrl": "scope" })
        };
        let resources = resources.iter().map(|scopes| {
            let scopes: Vec<_> = scopes.iter().map(|spans| scope(*spans)).collect();
            json!({ "resource": {}, "scopeSpans": scopes, "schemaUrl": "resource" })
        });
        json!({ "resourceSpans": resources.collect::<Vec<_>>() })
    }

    fn names(request: &Value) -> Vec<String> {
        let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
        let scopes = list(request, "resourceSpans");
        let scopes = scopes.iter().flat_map(|resource| {
            assert_eq!(resource["schemaUrl"], "resource");
            list(resource, "scopeSpans")
        });
        let spans = scopes.flat_map(|scope| {
            assert_eq!(
                (&scope["schemaUrl"], &scope["scope"]["name"]),
                (&json!("scope"), &json!("a \"{,["))
            );
            list(&scope, "spans")
        });
        spans.map(|span| span["name"].to_string()).collect()
    }

    proptest! {
        #[test]
        fn each_record_goes_to_one_side_and_what_is_around_it_to_both(
            resources: Vec<Vec<u8>>,
            keep in 0_usize..50,
        ) {
            let resources: Vec<Vec<usize>> = resources
                .iter()
                .take(4)
                .map(|scopes| scopes.iter().take(4).map(|spans| usize::from(spans % 5)).collect())
                .collect();
            let whole = request(&resources);
            let all = names(&whole);
            let text = whole.to_string();
            match divide(text.as_bytes(), Signal::Traces, keep) {
                None => prop_assert!(keep == 0 || keep >= all.len()),
                Some((near, far)) => {
                    let sides = [&near, &far].map(|side| serde_json::from_slice::<Value>(side).unwrap());
                    prop_assert_eq!(names(&sides[0]), &all[..keep]);
                    prop_assert_eq!(names(&sides[1]), &all[keep..]);
                    let whole = gather(&[near.into(), far.into()], Signal::Traces).unwrap();
                    prop_assert_eq!(names(&serde_json::from_slice(&whole).unwrap()), all);
                }
            }
        }

        #[test]
        fn nothing_that_is_no_request_panics(body: Vec<u8>, text: String, keep in 0_usize..9) {
            for body in [&body[..], text.as_bytes()] {
                let _ = divide(body, Signal::Metrics, keep);
                prop_assert_eq!(gather(&[Bytes::copy_from_slice(body)], Signal::Logs), None);
            }
        }
    }

    #[test]
    fn data_points_are_cut_within_a_metric() {
        let points = |count: usize| vec![json!({ "asInt": "1" }); count];
        let sum = json!({ "dataPoints": points(3), "isMonotonic": true });
        let histogram = json!({ "dataPoints": points(2), "aggregationTemporality": 1 });
        let metrics =
            json!([{ "name": "sum", "sum": sum }, { "name": "h", "histogram": histogram }]);
        let scope = json!({ "metrics": metrics });
        let whole = json!({ "resourceMetrics": [{ "scopeMetrics": [scope] }] }).to_string();
        let (near, far) = divide(whole.as_bytes(), Signal::Metrics, 4).unwrap();
        let metrics = |side: &[u8]| {
            let side: Value = serde_json::from_slice(side).unwrap();
            side["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].clone()
        };
        let (near, far) = (metrics(&near), metrics(&far));
        assert_eq!(
            near[0]["sum"],
            json!({ "dataPoints": points(3), "isMonotonic": true })
        );
        let rest = json!({ "dataPoints": points(1), "aggregationTemporality": 1 });
        assert_eq!(
            (&near[1]["histogram"], &far[0]["histogram"]),
            (&rest, &rest)
        );
        assert_eq!(far.as_array().unwrap().len(), 1);
    }
}
