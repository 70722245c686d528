//! Errors, those that are alike together.

use super::{
    ask::Ask,
    desk::{Answered, DEFAULT_LIMIT, Desk, owned},
    list::{self, Traces, Wanted},
    thrown::{Thrown, Told},
    view,
    walk::Walk,
};
use crate::{
    id::{SpanId, TraceId},
    json::Object,
    pace::Pace,
    refusal::shorten,
    store::{Span, Store, text},
};
use axum::extract::{RawQuery, State};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, hash_map::Entry},
    sync::Arc,
};

/// Different errors that are counted; others are left out.
const MOST: usize = 10_000;
/// Minutes of the history of an error.
const MINUTES: usize = 30;
/// Characters of a stack trace.
const STACK: usize = 8 << 10;
const MINUTE_NANOS: u64 = 60_000_000_000;

/// What is the same in errors that are alike: service, name of the span, type, first frame.
pub(crate) type Key = (String, String, String, Option<String>);

/// What is known of errors that are alike.
#[derive(Debug)]
pub(crate) struct Kind {
    /// Of the latest.
    pub(crate) message: String,
    pub(crate) count: u64,
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Where the latest is.
    pub(crate) sample: (TraceId, SpanId),
    /// In the latest.
    thrown: Thrown,
    /// How many in each minute, of the latest that had any.
    minutes: BTreeMap<u64, u64>,
}

pub(super) async fn answer(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Answered {
    let _reader = desk.reader();
    let ask = Ask::of(query.as_deref(), &["query", "service", "limit", "after"])?;
    let limit = list::limit(&ask, DEFAULT_LIMIT)?;
    let skipped = ask.after(|text| text.parse::<usize>().ok())?.unwrap_or(0);
    let service = owned(ask.get("service"));
    let wanted = Wanted {
        service: None,
        ..Wanted::of(&ask)?
    };
    let kinds = found(
        &desk.store,
        wanted,
        service.as_deref(),
        &mut Pace::default(),
    )
    .await;
    let latest = kinds
        .first()
        .map_or(0, |(_, kind)| kind.last / MINUTE_NANOS);
    let write = |o: &mut Object<'_, 'static>, (key, kind): &(Key, Kind)| {
        write(o, key, kind, latest);
    };
    list::numbered(&desk, "errors", &kinds, skipped, limit, write).await
}

/// The errors of the traces that are wanted, those that are alike together, the latest first.
pub(crate) async fn found(
    store: &Store,
    wanted: Wanted,
    service: Option<&str>,
    pace: &mut Pace,
) -> Vec<(Key, Kind)> {
    let mut kinds: HashMap<Key, Kind> = HashMap::new();
    let mut walk = Walk::new(Traces::all(store.clone(), wanted), None);
    while let Some(trace) = walk.next(pace).await {
        let told = Told::of(&trace);
        for span in trace.spans() {
            let of_service = service.is_none_or(|name| span.service() == name);
            if span.status() == StatusCode::Error && of_service {
                pace.spend(1024).await;
                note(&mut kinds, span, told.in_span(span));
            }
        }
    }
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by(|(a, one), (b, other)| (Reverse(one.last), a).cmp(&(Reverse(other.last), b)));
    kinds
}

fn note(kinds: &mut HashMap<Key, Kind>, span: &Arc<Span>, thrown: Thrown) {
    let kind = text(span.attributes(), "error.type").or_else(|| thrown.kind());
    let kind = kind.map(view::short);
    let status = || span.http_status().map(|status| status.to_string());
    let key = (
        view::short(span.service()),
        view::short(span.name()),
        kind.or_else(status).unwrap_or_default(),
        thrown.frame(),
    );
    let at = span.proto().end_time_unix_nano;
    let full = kinds.len() >= MOST;
    let kind = match kinds.entry(key) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(_) if full => return,
        Entry::Vacant(place) => place.insert(Kind {
            message: String::new(),
            count: 0,
            first: at,
            last: 0,
            sample: (span.trace_id(), span.id()),
            thrown: Thrown::Nowhere,
            minutes: BTreeMap::new(),
        }),
    };
    kind.count += 1;
    kind.first = kind.first.min(at);
    if at >= kind.last {
        kind.last = at;
        let told = thrown.message().unwrap_or_default();
        kind.message = view::short(match span.status_message() {
            "" => told,
            message => message,
        });
        kind.sample = (span.trace_id(), span.id());
        kind.thrown = thrown;
    }
    *kind.minutes.entry(at / MINUTE_NANOS).or_default() += 1;
    if kind.minutes.len() > MINUTES {
        kind.minutes.pop_first();
    }
}

fn write(o: &mut Object<'_, '_>, key: &Key, kind: &Kind, latest: u64) {
    let (service, name, r#type, frame) = key;
    o.text("service", service);
    o.text("name", name);
    o.text("type", r#type);
    o.text("message", &kind.message);
    o.text_or_null("frame", frame.as_ref());
    let stack = kind.thrown.stack();
    o.text_or_null("stacktrace", stack.map(|stack| shorten(stack, STACK)));
    o.number("count", kind.count);
    o.quoted("firstTimeUnixNano", kind.first);
    o.quoted("lastTimeUnixNano", kind.last);
    o.text("traceId", &kind.sample.0.to_string());
    o.text("spanId", &kind.sample.1.to_string());
    let minutes = (0..MINUTES as u64).rev().map(|ago| {
        let minute = latest.checked_sub(ago);
        minute.and_then(|minute| kind.minutes.get(&minute)).copied()
    });
    o.array("perMinute", minutes, |to, count| {
        to.number(count.unwrap_or(0));
    });
}
