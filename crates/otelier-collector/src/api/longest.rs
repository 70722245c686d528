//! Traces by how long they take.

use super::{
    answer::{Answer, Fit, Problem},
    ask::Ask,
    desk::{Answered, Desk},
    list::{Arrival, Traces, Wanted},
    view,
    walk::Walk,
};
use crate::{
    id::TraceId,
    pace::Pace,
    store::{Age, Kind, Store},
};

/// Where a trace stands: how long it takes, and when it came.
pub(crate) type Place = (u64, Age);

pub(crate) fn name((nanos, age): Place) -> String {
    format!("{nanos}-{age}")
}

pub(crate) fn read(text: &str) -> Option<Place> {
    let (nanos, age) = text.split_once('-')?;
    Some((nanos.parse().ok()?, age.parse().ok()?))
}

/// The traces that are wanted, sorted by how long they take.
pub(crate) struct Sorted {
    found: Vec<(Place, TraceId)>,
    ascending: bool,
}

impl Sorted {
    pub(crate) async fn of(
        store: &Store,
        wanted: Wanted,
        ascending: bool,
        pace: &mut Pace,
    ) -> Self {
        let mut found: Vec<(Place, TraceId)> = Vec::new();
        let mut walk = Walk::new(Traces::all(store.clone(), wanted), None);
        while let Some(trace) = walk.next(pace).await {
            let nanos = u64::try_from(trace.duration().as_nanos()).unwrap_or(u64::MAX);
            let age = walk.place().copied().unwrap_or_default();
            found.push(((nanos, age), trace.id()));
        }
        found.sort_unstable();
        if !ascending {
            found.reverse();
        }
        Self { found, ascending }
    }

    pub(crate) const fn len(&self) -> usize {
        self.found.len()
    }

    /// Those behind this place.
    pub(crate) fn behind(&self, after: Option<Place>) -> impl Iterator<Item = (Place, TraceId)> {
        let from = self.found.partition_point(|(place, _)| match after {
            Some(after) if self.ascending => *place <= after,
            Some(after) => *place >= after,
            None => false,
        });
        self.found.iter().skip(from).copied()
    }
}

/// The traces that are wanted, the longest first, or last.
pub(super) async fn page(
    desk: &Desk,
    ask: &Ask,
    wanted: Wanted,
    limit: usize,
    ascending: bool,
) -> Answered {
    let after = ask.after(read)?;
    let sorted = Sorted::of(&desk.store, wanted, ascending, &mut Pace::default()).await;
    let mut answer = Answer::new(&desk.room);
    answer.open_list("traces");
    let (mut taken, mut last, mut next) = (0, None, None);
    for (place, id) in sorted.behind(after) {
        if taken == limit {
            next = last;
            break;
        }
        // It may be gone by now.
        if let Some(trace) = desk.store.trace(id) {
            let fit = answer.entry(0, |to| to.object(|o| view::summary(o, &trace)));
            if fit.await? == Fit::TooLarge {
                next = last;
                break;
            }
            taken += 1;
        }
        last = Some(place);
    }
    answer.close_list();
    answer.fields(|o| {
        o.text("version", &desk.store.version().to_string());
        o.number("total", desk.store.count(Kind::Traces));
        o.number("matched", sorted.len());
    });
    if let Some(next) = next {
        answer.text("next", &name(next));
    }
    Ok(answer.finish())
}

/// How traces are sorted.
pub(super) enum Sort {
    ByArrival(Arrival),
    ByDuration { ascending: bool },
}

impl Sort {
    pub(super) fn of(ask: &Ask) -> Result<Self, Problem> {
        Ok(match ask.get("sort") {
            None | Some("-start") => Self::ByArrival(Arrival::NewestFirst),
            Some("start") => Self::ByArrival(Arrival::OldestFirst),
            Some("-duration") => Self::ByDuration { ascending: false },
            Some("duration") => Self::ByDuration { ascending: true },
            Some(_) => {
                let words = "sort is start, -start, duration or -duration";
                return Err(Problem::bad(words.into()));
            }
        })
    }
}
