//! Requests in protobuf: two messages one after the other are one message with the
//! lists of both.

use bytes::Bytes;

use crate::{
    Signal,
    wire::{Fields, Value, varint_to},
};

/// The fields that lead to the records of a request, from the outside in.
fn path(signal: Signal) -> &'static [&'static [u32]] {
    match signal {
        // Resource, scope, record.
        Signal::Traces | Signal::Logs => &[&[1], &[2], &[2]],
        // Resource, scope, metric, its kind, data point.
        Signal::Metrics => &[&[1], &[2], &[2], &[5, 7, 9, 10, 11], &[1]],
    }
}

/// Whether it is a request as a whole: nothing but a list of resources.
fn is_request(body: &[u8]) -> bool {
    let mut fields = Fields(body);
    let is_list = fields.all(|(number, value)| number == 1 && matches!(value, Value::Bytes(_)));
    is_list && fields.0.is_empty() && !body.is_empty()
}

pub(super) fn gather(bodies: &[Bytes]) -> Option<Vec<u8>> {
    let are_requests = bodies.iter().all(|body| is_request(body));
    are_requests.then(|| bodies.concat())
}

pub(super) fn divide(body: &[u8], signal: Signal, mut keep: usize) -> Option<(Vec<u8>, Vec<u8>)> {
    if !is_request(body) {
        return None;
    }
    let [near, far] = cut(body, path(signal), &mut keep);
    Some((near?, far?))
}

/// Both sides of one message, `None` where no record is in it.
fn cut(message: &[u8], path: &[&[u32]], keep: &mut usize) -> [Option<Vec<u8>>; 2] {
    let Some((list, below)) = path.split_first() else {
        // A record goes as it is.
        return if *keep == 0 {
            [None, Some(message.to_vec())]
        } else {
            *keep -= 1;
            [Some(message.to_vec()), None]
        };
    };
    let mut sides = [Vec::new(), Vec::new()];
    let mut has_records = [false; 2];
    let mut fields = Fields(message);
    let mut before = message;
    while let Some((number, value)) = fields.next() {
        let whole = before.len() - fields.0.len();
        let raw = before.get(..whole).unwrap_or_default();
        before = fields.0;
        let inner = match value {
            Value::Bytes(inner) if list.contains(&number) => inner,
            _ => {
                sides
                    .iter_mut()
                    .for_each(|side| side.extend_from_slice(raw));
                continue;
            }
        };
        for (at, part) in cut(inner, below, keep).into_iter().enumerate() {
            if let (Some(part), Some(side), Some(has)) =
                (part, sides.get_mut(at), has_records.get_mut(at))
            {
                *has = true;
                varint_to(side, u64::from(number) << 3 | 2);
                varint_to(side, part.len() as u64);
                side.extend_from_slice(&part);
            }
        }
    }
    let [near, far] = sides;
    let [in_near, in_far] = has_records;
    [in_near.then_some(near), in_far.then_some(far)]
}
