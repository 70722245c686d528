//! All conversations, the latest first.

use super::{
    step::{Step, steps},
    talk::{Key, Talk},
};
use crate::{
    api::{
        ask::Ask,
        desk::{Answered, DEFAULT_LIMIT, Desk},
        list::{Arrival, Traces, Wanted, limit, numbered},
        walk::Walk,
    },
    json::Object,
    pace::Pace,
};
use axum::extract::{RawQuery, State};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

/// Conversations that are counted, of the newest traces; others are left out.
const MOST: usize = 10_000;

pub(crate) async fn answer(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Answered {
    let _reader = desk.reader();
    let ask = Ask::of(query.as_deref(), &["query", "service", "limit", "after"])?;
    let limit = limit(&ask, DEFAULT_LIMIT)?;
    let skipped = ask.after(|text| text.parse::<usize>().ok())?.unwrap_or(0);
    let wanted = Wanted::of(&ask)?;
    let mut pace = Pace::default();
    let mut talks: HashMap<Key, Talk> = HashMap::new();
    let mut walk = Walk::new(
        Traces {
            store: desk.store.clone(),
            wanted,
            order: Arrival::NewestFirst,
        },
        None,
    );
    while let Some(trace) = walk.next(&mut pace).await {
        pace.spend(trace.spans().len() * 64).await;
        let all = steps(&trace);
        let mut of: BTreeMap<Key, Vec<&Step>> = BTreeMap::new();
        for step in &all {
            of.entry(Key::of(step)).or_default().push(step);
        }
        for (key, steps) in of {
            pace.spend(steps.len() * 1024).await;
            if talks.len() < MOST || talks.contains_key(&key) {
                talks.entry(key).or_default().add(steps);
            }
        }
    }
    let mut talks: Vec<_> = talks.into_iter().collect();
    talks.sort_by(|(a, one), (b, other)| (Reverse(one.last), a).cmp(&(Reverse(other.last), b)));
    let write = |o: &mut Object<'_, 'static>, (key, talk): &(Key, Talk)| talk.write(o, key);
    numbered(&desk, "conversations", &talks, skipped, limit, write).await
}
