//! What arrived that does not look right.

use super::{
    answer::Answer,
    ask::Ask,
    desk::{Answered, Desk, MOST_STREAMS},
};
use crate::{
    json::Object,
    pace::Pace,
    received::{Outcome, Received},
    refusal::shorten,
    store::{Counts, Stats, Store},
};
use axum::extract::{RawQuery, State};
use std::{
    collections::HashMap,
    sync::atomic::Ordering::Relaxed,
    time::{SystemTime, UNIX_EPOCH},
};

/// Refused requests that are told of.
const REFUSALS: usize = 20;
/// What ends later than this from now was timed by a clock that is wrong.
const AHEAD_NANOS: u64 = 60_000_000_000;

/// What is odd in what is kept.
#[derive(Debug, Default)]
struct Odd {
    unknown_service: u64,
    skewed: u64,
    future: u64,
    missing_parents: u64,
}

impl Odd {
    async fn of(store: &Store) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |now| u64::try_from(now.as_nanos()).unwrap_or(u64::MAX));
        let mut pace = Pace::default();
        let mut odd = Self::default();
        let mut place = None;
        loop {
            let traces = store.traces_before(place, 256);
            let Some((last, _)) = traces.last() else {
                return odd;
            };
            place = Some(*last);
            for (_, trace) in &traces {
                let spans = trace.spans();
                pace.spend(spans.len() * 64).await;
                let starts: HashMap<_, _> = (spans.iter())
                    .map(|span| (span.id(), span.proto().start_time_unix_nano))
                    .collect();
                for span in spans {
                    let proto = span.proto();
                    odd.unknown_service += u64::from(span.service() == "unknown_service");
                    odd.future +=
                        u64::from(proto.end_time_unix_nano > now.saturating_add(AHEAD_NANOS));
                    match span.parent_id().map(|parent| starts.get(&parent)) {
                        None => {}
                        Some(None) => odd.missing_parents += 1,
                        Some(Some(start)) => {
                            odd.skewed += u64::from(proto.start_time_unix_nano < *start);
                        }
                    }
                }
            }
        }
    }
}

pub(super) async fn answer(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Answered {
    let _reader = desk.reader();
    Ask::of(query.as_deref(), &[])?;
    let odd = Odd::of(&desk.store).await;
    let stats = desk.store.stats();
    let (paused, ignored) = desk.store.paused();
    let mut answer = Answer::new(&desk.room);
    answer.fields(|o| {
        requests(o, &desk, &stats);
        counts(o, "rejected", &stats, |counts| counts.rejected);
        counts(o, "evicted", &stats, |counts| counts.evicted);
        o.number("ignored", ignored);
        o.number("unknownService", odd.unknown_service);
        o.number("skewed", odd.skewed);
        o.number("future", odd.future);
        o.number("missingParents", odd.missing_parents);
        o.number("readers", desk.readers.load(Relaxed));
        o.number(
            "streams",
            MOST_STREAMS - desk.streams.available_permits().min(MOST_STREAMS),
        );
        o.boolean("paused", paused);
        let requests = desk.store.requests();
        let refused = requests
            .iter()
            .rev()
            .filter_map(|request| match &request.outcome {
                Outcome::Refused(refusal) => Some((request, refusal.message())),
                _ => None,
            });
        o.array(
            "refusals",
            refused.take(REFUSALS),
            |to, (request, message)| {
                to.object(|o| refusal(o, request, message));
            },
        );
        let [grpc, http] = &desk.endpoints;
        o.object("endpoints", |o| {
            o.text("grpc", grpc);
            o.text("http", http);
        });
    });
    Ok(answer.finish())
}

/// One count of each signal.
pub(super) fn requests(o: &mut Object<'_, '_>, desk: &Desk, stats: &Stats) {
    o.number("requests", stats.requests);
    o.number("refused", stats.refused);
    o.object("refusedBy", |o| {
        for (reason, count) in desk.refusals.counts() {
            o.number(reason, count);
        }
    });
}

pub(super) fn counts(
    o: &mut Object<'_, '_>,
    key: &str,
    stats: &Stats,
    count: impl Fn(Counts) -> u64,
) {
    o.object(key, |o| {
        o.number("spans", count(stats.spans));
        o.number("points", count(stats.points));
        o.number("logs", count(stats.logs));
    });
}

fn refusal(o: &mut Object<'_, '_>, request: &Received, message: &str) {
    let at = request.at.duration_since(UNIX_EPOCH).unwrap_or_default();
    o.quoted("timeUnixNano", at.as_nanos());
    o.text("signal", &request.signal.to_string());
    o.text("transport", &request.transport.to_string());
    o.text("contentType", &shorten(&request.content_type, 200));
    o.text("message", &shorten(message, 1000));
}
