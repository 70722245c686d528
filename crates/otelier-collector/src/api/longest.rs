//! Traces by how long they take.

use super::{
    Answered, Desk,
    answer::{Answer, Fit, Problem},
    ask::Ask,
    list::Wanted,
    view,
    walk::Walk,
};
use crate::{
    id::TraceId,
    pace::Pace,
    store::{Age, Kind},
};

/// Where a trace stands: how long it takes, and when it came.
type Place = (u64, Age);

fn read(text: &str) -> Option<Place> {
    let (nanos, age) = text.split_once('-')?;
    Some((nanos.parse().ok()?, age.parse().ok()?))
}

/// The traces that are wanted, the longest first, or last.
pub(super) async fn page(
    desk: &Desk,
    ask: &Ask,
    wanted: Wanted,
    limit: usize,
    ascending: bool,
) -> Answered {
    let after: Option<Place> = ask.after(read)?;
    let mut pace = Pace::default();
    let mut found: Vec<(Place, TraceId)> = Vec::new();
    let mut walk = Walk::new(desk.store.clone(), wanted);
    while let Some(trace) = walk.next(&mut pace).await {
        let nanos = u64::try_from(trace.duration().as_nanos()).unwrap_or(u64::MAX);
        found.push(((nanos, walk.age()), trace.id()));
    }
    let matched = found.len();
    found.sort_unstable();
    if !ascending {
        found.reverse();
    }
    let behind = |place: Place| match after {
        Some(after) if ascending => place > after,
        Some(after) => place < after,
        None => true,
    };
    let mut answer = Answer::new(&desk.room);
    answer.open_list("traces");
    let (mut taken, mut last, mut next) = (0, None, None);
    for (place, id) in found {
        if !behind(place) {
            continue;
        }
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
        o.number("matched", matched);
    });
    if let Some((nanos, age)) = next {
        answer.text("next", &format!("{nanos}-{age}"));
    }
    Ok(answer.finish())
}

/// How traces are sorted.
pub(super) enum Sort {
    ByArrival(super::list::Arrival),
    ByDuration { ascending: bool },
}

impl Sort {
    pub(super) fn of(ask: &Ask) -> Result<Self, Problem> {
        use super::list::Arrival;
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
