//! What comes, as it comes: Server-Sent Events.
//!
//! An event is made when the reader is ready for it, of what is there then: a slow reader gets
//! fewer of them, and nothing waits for it.

use super::{
    answer::{Answer, Problem},
    ask::Ask,
    desk::{Answered, Desk},
    doctor::counts,
    list::Wanted,
    pull::{self, Source},
    view,
};
use crate::{
    room::{Full, Held},
    store::{Changes, Kind, Trace, Version},
};
use axum::{
    body::Bytes,
    extract::{RawQuery, State},
};
use http::{HeaderMap, StatusCode};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, sleep, sleep_until},
};

/// No two events follow each other faster.
const PAUSE: Duration = Duration::from_millis(250);
/// So often something is said, so that both ends know of each other.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Traces of one event.
const MOST: usize = 200;

pub(super) async fn listen(
    State(desk): State<Desk>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answered {
    let ask = Ask::of(query.as_deref(), &["query", "after"])?;
    let wanted = Wanted::of(&ask)?;
    let last = headers.get("last-event-id");
    let last = last.and_then(|id| id.to_str().ok()).or(ask.get("after"));
    let place = Arc::clone(&desk.streams).try_acquire_owned();
    let place = place.map_err(|_| {
        let words = "too many listen already: close a page";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, words.into())
    })?;
    let aside = desk.aside.clone();
    let reader = Reader {
        // What is no version of ours is of another run.
        since: last.map(|text| text.parse().ok()),
        known: None,
        ticks: desk.store.ticks(),
        due: Instant::now(),
        wanted,
        desk,
        _place: place,
    };
    Ok(pull::respond(&aside, "text/event-stream", reader))
}

/// Who reads.
struct Reader {
    desk: Desk,
    wanted: Wanted,
    /// What the reader asks to go on from, until it was told something: a version, or what is
    /// none.
    since: Option<Option<Version>>,
    known: Option<Version>,
    ticks: watch::Receiver<u64>,
    due: Instant,
    _place: OwnedSemaphorePermit,
}

impl Source for Reader {
    /// Waits for what there is to tell.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        let mut closing = self.desk.closing.clone();
        let bytes = tokio::select! {
            biased;
            _ = closing.wait_for(|closing| *closing) => return None,
            bytes = self.event() => bytes,
        };
        Some((bytes, self))
    }
}

impl Reader {
    async fn event(&mut self) -> Bytes {
        let first = self.known.is_none();
        if !first {
            let changed = async {
                // The store is ours, and so is the sender.
                let _ = self.ticks.changed().await;
                sleep_until(self.due).await;
            };
            tokio::select! {
                () = changed => {}
                () = sleep(HEARTBEAT) => return Bytes::from_static(b": still here\n\n"),
            }
        }
        self.ticks.mark_unchanged();
        self.due = Instant::now() + PAUSE;
        let resumes = self.since.is_some();
        let since = match self.since.take() {
            Some(since) => since,
            None => Some(self.known.unwrap_or_else(|| self.desk.store.version())),
        };
        let changes = since.and_then(|since| self.desk.store.changes_since(since, MOST));
        // Who goes on after a break may not know of traces that came and went. Who listened all
        // the time is not told to begin anew each time that something goes: it is gone.
        let changes = changes.filter(|changes| !(resumes && changes.lost));
        let name = if changes.is_some() { "change" } else { "reset" };
        let changes = changes.unwrap_or_else(|| Changes {
            traces: Vec::new(),
            skipped: 0,
            lost: false,
            version: self.desk.store.version(),
        });
        self.known = Some(changes.version);
        match self.data(changes).await {
            Ok((data, held)) => {
                let mut event = Vec::with_capacity(data.len() + 64);
                if first {
                    event.extend_from_slice(b"retry: 1000\n");
                }
                let version = self.known.map(|known| known.to_string());
                let id = version.unwrap_or_default();
                event.extend_from_slice(format!("event: {name}\nid: {id}\ndata: ").as_bytes());
                event.extend_from_slice(&data);
                event.push(b'\n');
                drop(held);
                event.into()
            }
            // There is no room now, but there will be: the reader hears of it then.
            Err(Full) => {
                self.since = Some(since);
                Bytes::from_static(b": busy\n\n")
            }
        }
    }

    async fn data(&self, changes: Changes) -> Result<(Vec<u8>, Held), Full> {
        let desk = &self.desk;
        let mut answer = Answer::new(&desk.room);
        answer.text("version", &changes.version.to_string());
        answer.open_list("traces");
        for trace in &changes.traces {
            if !trace.spans().is_empty() && self.wanted.has_trace(trace, &mut answer.pace).await {
                answer
                    .entry(0, |to| to.object(|o| summary(o, trace)))
                    .await?;
            }
        }
        answer.close_list();
        let stats = desk.store.stats();
        let (paused, _) = desk.store.paused();
        answer.fields(|o| {
            o.number("skipped", changes.skipped);
            counts(o, "accepted", &stats, |counts| counts.accepted);
            let rejected = [stats.spans, stats.points, stats.logs];
            let rejected: u64 = rejected.iter().map(|counts| counts.rejected).sum();
            o.number("rejected", rejected);
            counts(o, "evicted", &stats, |counts| counts.evicted);
            o.number("refused", stats.refused);
            o.object("kept", |o| {
                o.number("traces", desk.store.count(Kind::Traces));
                o.number("logs", desk.store.count(Kind::Logs));
                o.number("series", desk.store.count(Kind::Metrics));
            });
            o.number("storeBytes", stats.store_bytes);
            o.number("storeLimit", stats.store_limit);
            o.boolean("paused", paused);
        });
        Ok(answer.into_bytes())
    }
}

fn summary(o: &mut crate::json::Object<'_, 'static>, trace: &Trace) {
    view::summary(o, trace);
}
