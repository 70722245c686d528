//! The places, and who waits for one.

use std::{
    borrow::Cow,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    http::{
        HeaderValue, Request, Response, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
};
use tokio::time::{error::Elapsed, timeout};

use crate::{
    paths::{Paths, full_uri, is_probe},
    places::{Outcome, Place, Places, Refusal},
    record,
};

/// What a layer was told.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) limit: usize,
    pub(super) waiting: usize,
    pub(super) longest: Duration,
    pub(super) retry_after: Duration,
    pub(super) keeps_streams: bool,
    pub(super) exempt: Paths,
    pub(super) name: Cow<'static, str>,
}

impl Rules {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            waiting: 0,
            longest: Duration::ZERO,
            retry_after: Duration::from_secs(1),
            keeps_streams: false,
            exempt: Paths::default(),
            name: "main".into(),
        }
    }
}

/// What the services of a layer share.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) rules: Rules,
    places: Arc<Places>,
    record: record::Admissions,
}

/// What becomes of a request at the gate.
pub(super) enum Entry {
    Inside(Place),
    Waits(Wait),
    Refused,
}

impl Gate {
    pub(super) fn new(rules: Rules) -> Arc<Self> {
        let places = Arc::new(Places::new(rules.name.clone(), rules.limit));
        record::observe_admissions(&places);
        Arc::new(Self {
            record: record::Admissions::new(rules.name.clone()),
            places,
            rules,
        })
    }

    /// Whether a request never counts.
    pub(super) fn is_exempt<B>(&self, request: &Request<B>) -> bool {
        let path = full_uri(request).path();
        is_probe(path) || self.rules.exempt.has(path)
    }

    pub(super) fn enter(self: &Arc<Self>) -> Entry {
        if let Some(place) = self.places.take() {
            return Entry::Inside(place);
        }
        let Rules {
            waiting, longest, ..
        } = self.rules;
        if !self.places.join(waiting) {
            record::refused(&self.record, Refusal::Full);
            return Entry::Refused;
        }
        let turn = Turn {
            gate: Arc::clone(self),
            since: Instant::now(),
            outcome: Outcome::Cancelled,
        };
        let taken = Box::pin(timeout(longest, self.places.wait()));
        Entry::Waits(Wait { taken, turn })
    }

    /// What is told whom there is no place for.
    pub(super) fn refusal(&self) -> Response<Body> {
        let retry_after = self.rules.retry_after;
        let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
        let mut response = Response::new(Body::from("too many requests at a time\n"));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        let headers = response.headers_mut();
        headers.insert(RETRY_AFTER, seconds.into());
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        headers.insert(CONTENT_TYPE, text);
        response
    }
}

type Taken = Result<Option<Place>, Elapsed>;

/// A request that waits. Dropped, it leaves its turn to the next.
pub(super) struct Wait {
    taken: Pin<Box<dyn Future<Output = Taken> + Send>>,
    turn: Turn,
}

/// One among those who wait.
struct Turn {
    gate: Arc<Gate>,
    since: Instant,
    outcome: Outcome,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.gate.places.leave();
        let Self {
            gate,
            since,
            outcome,
        } = self;
        record::waited(&gate.record, (since.elapsed(), *outcome));
    }
}

impl Future for Wait {
    /// A place, or none.
    type Output = Option<Place>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Place>> {
        let polled = self.taken.as_mut().poll(cx);
        polled.map(|taken| {
            let place = taken.ok().flatten();
            if place.is_some() {
                self.turn.outcome = Outcome::Admitted;
            } else {
                self.turn.outcome = Outcome::Refused;
                record::refused(&self.turn.gate.record, Refusal::Timeout);
            }
            place
        })
    }
}
