//! Lists: filtered, in pages, in slices.

use super::{
    answer::{Answer, Fit, Problem},
    ask::{Ask, MOST},
    desk::{Answered, Desk, owned},
    series, view,
    walk::{List, Walk},
};
use crate::{
    id::TraceId,
    json::{Object, Writer},
    pace::Pace,
    query::{Needle, Query, Record},
    store::{Age, Identity, Kind, Log, LogPlace, Metric, SeriesPlace, Store, Trace},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{cmp::Reverse, sync::Arc};

/// Writes a page of a list, and where the next one begins.
pub(super) async fn page<L: List>(
    answer: &mut Answer,
    key: &str,
    list: L,
    place: Option<L::Place>,
    limit: usize,
) -> Result<(), Problem> {
    let mut walk = Walk::new(list, place);
    let mut taken = 0;
    let mut whole = true;
    answer.open_list(key);
    while let Some(entry) = walk.next(&mut answer.pace).await {
        if taken == limit {
            whole = false;
            break;
        }
        let fit = answer.entry(0, |to| walk.list.write(to, &entry)).await?;
        if fit == Fit::TooLarge && taken > 0 {
            whole = false;
            break;
        }
        if fit == Fit::TooLarge {
            answer.entry(0, |to| walk.list.stand_in(to, &entry)).await?;
        }
        taken += 1;
    }
    answer.close_list();
    if !whole && let Some(next) = walk.before() {
        answer.text("next", &L::name(next));
    }
    Ok(())
}

/// Answers with entries that are told apart by their number: so many behind those that are
/// skipped.
pub(super) async fn numbered<T: Sync>(
    desk: &Desk,
    key: &str,
    all: &[T],
    skipped: usize,
    limit: usize,
    write: impl Fn(&mut Object<'_, 'static>, &T) + Send + Sync,
) -> Answered {
    let mut answer = Answer::new(&desk.room);
    answer.open_list(key);
    let mut place = skipped;
    for entry in all.iter().skip(skipped).take(limit) {
        let write = |to: &mut Writer<'static>| to.object(|o| write(o, entry));
        if answer.entry(0, write).await? == Fit::TooLarge {
            break;
        }
        place += 1;
    }
    answer.close_list();
    answer.fields(|o| o.number("total", all.len()));
    if place < all.len() {
        answer.text("next", &place.to_string());
    }
    Ok(answer.finish())
}

/// How many entries are wanted of a list.
pub(super) fn limit(ask: &Ask, default: usize) -> Result<usize, Problem> {
    ask.limit(default, MOST)
}

/// Traces, the newest first.
pub(crate) struct Traces {
    pub(crate) store: Store,
    pub(crate) wanted: Wanted,
    pub(crate) order: Arrival,
}

/// In which order traces are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    NewestFirst,
    OldestFirst,
}

impl Traces {
    /// Those that are wanted, in the order in which they came.
    pub(crate) const fn all(store: Store, wanted: Wanted) -> Self {
        Self {
            store,
            wanted,
            order: Arrival::OldestFirst,
        }
    }

    pub(crate) fn place(text: &str) -> Option<Age> {
        text.parse().ok()
    }
}

impl List for Traces {
    type Place = Age;
    type Entry = Trace;

    fn kind(&self) -> Option<Kind> {
        Some(Kind::Traces)
    }

    fn fetch(&self, place: Option<Age>, most: usize) -> Vec<(Age, Trace)> {
        match self.order {
            Arrival::NewestFirst => self.store.traces_before(place, most),
            Arrival::OldestFirst => self.store.traces_after(place, most),
        }
    }

    async fn wants(&self, trace: &Trace, pace: &mut Pace) -> bool {
        self.wanted.has_trace(trace, pace).await
    }

    fn write(&self, to: &mut Writer<'static>, trace: &Trace) {
        to.object(|object| view::summary(object, trace));
    }

    fn stand_in(&self, to: &mut Writer<'static>, trace: &Trace) {
        to.object(|object| {
            object.text("traceId", &trace.id().to_string());
            view::omitted(object);
        });
    }

    fn name(place: &Age) -> String {
        place.to_string()
    }
}

/// What records are wanted.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) service: Option<String>,
    pub(crate) least: i32,
    /// In lower case.
    pub(crate) needle: String,
    pub(crate) query: Query,
}

impl Wanted {
    /// What is asked for by `service`, `q` and `query`.
    pub(super) fn of(ask: &Ask) -> Result<Self, Problem> {
        Ok(Self {
            service: owned(ask.get("service")),
            needle: ask.needle()?,
            query: ask.query()?,
            ..Self::default()
        })
    }

    fn is_of(&self, service: &str) -> bool {
        self.service.as_ref().is_none_or(|name| service == name)
    }

    pub(crate) async fn has_trace(&self, trace: &Trace, pace: &mut Pace) -> bool {
        // Its summary is made of all its spans.
        pace.spend(trace.spans().len() * 64).await;
        let mut spans = trace.spans().iter();
        spans.any(|span| self.is_of(span.service()))
            && Needle(&self.needle).is_in_trace(trace, pace).await
            && self.query.holds_in_trace(trace, pace).await
    }

    async fn has(&self, log: &Log, pace: &mut Pace) -> bool {
        log.severity() >= self.least
            && self.is_of(log.service())
            && Needle(&self.needle).is_in_log(log, pace).await
            && self.query.holds(Record::Log(log), pace).await
    }
}

/// Logs, the latest first: all, or those of one trace.
pub(crate) struct Logs {
    store: Store,
    wanted: Wanted,
    of: Option<Vec<Arc<Log>>>,
}

impl Logs {
    pub(crate) const fn all(store: Store, wanted: Wanted) -> Self {
        Self {
            store,
            wanted,
            of: None,
        }
    }

    /// None where there is no such trace.
    pub(crate) fn of(store: Store, wanted: Wanted, trace: Option<TraceId>) -> Self {
        let trace = trace.and_then(|id| store.trace(id));
        let mut logs = trace.map_or_else(Vec::new, |trace| trace.logs().to_vec());
        logs.sort_by_key(|log| Reverse(Self::place_of(log)));
        Self {
            of: Some(logs),
            ..Self::all(store, wanted)
        }
    }

    fn place_of(log: &Log) -> LogPlace {
        (log.time_unix_nano(), log.seq())
    }

    pub(crate) fn place(text: &str) -> Option<LogPlace> {
        let (time, age) = text.split_once('-')?;
        Some((time.parse().ok()?, age.parse().ok()?))
    }
}

impl List for Logs {
    type Place = LogPlace;
    type Entry = Arc<Log>;

    fn kind(&self) -> Option<Kind> {
        self.of.is_none().then_some(Kind::Logs)
    }

    fn fetch(&self, place: Option<LogPlace>, most: usize) -> Vec<(LogPlace, Arc<Log>)> {
        let Some(logs) = &self.of else {
            return self.store.logs_before(place, most);
        };
        let is_before = |log: &Arc<Log>| place.is_some_and(|place| Self::place_of(log) >= place);
        let logs = logs.iter().skip(logs.partition_point(is_before));
        logs.take(most)
            .map(|log| (Self::place_of(log), Arc::clone(log)))
            .collect()
    }

    async fn wants(&self, log: &Arc<Log>, pace: &mut Pace) -> bool {
        self.wanted.has(log, pace).await
    }

    fn write(&self, to: &mut Writer<'static>, log: &Arc<Log>) {
        to.object(|object| view::log(object, log, None));
    }

    fn stand_in(&self, to: &mut Writer<'static>, log: &Arc<Log>) {
        to.object(|object| view::log_stand_in(object, log));
    }

    fn name((time, age): &LogPlace) -> String {
        format!("{time}-{age}")
    }
}

/// Series, by name.
pub(crate) struct Metrics {
    pub(crate) store: Store,
    pub(crate) wanted: Wanted,
    pub(crate) name: Option<String>,
}

impl Metrics {
    pub(crate) fn place(text: &str) -> Option<SeriesPlace> {
        let (identity, name) = text.split_once('.')?;
        Some((unpack(name)?, Identity::read(identity)?))
    }
}

impl List for Metrics {
    type Place = SeriesPlace;
    type Entry = Arc<Metric>;

    fn kind(&self) -> Option<Kind> {
        Some(Kind::Metrics)
    }

    fn fetch(&self, place: Option<SeriesPlace>, most: usize) -> Vec<(SeriesPlace, Arc<Metric>)> {
        let before = || self.name.as_deref().map(Store::before_name);
        let mut series = self.store.metrics_after(place.or_else(before), most);
        if let Some(wanted) = &self.name {
            series.retain(|((name, _), _)| **name == **wanted);
        }
        series
    }

    async fn wants(&self, metric: &Arc<Metric>, pace: &mut Pace) -> bool {
        self.wanted.is_of(metric.service())
            && self.wanted.query.holds(Record::Series(metric), pace).await
    }

    fn write(&self, to: &mut Writer<'static>, metric: &Arc<Metric>) {
        to.object(|object| series::entry(object, &self.store, metric));
    }

    fn stand_in(&self, to: &mut Writer<'static>, metric: &Arc<Metric>) {
        to.object(|object| {
            object.text("name", &view::short(metric.name()));
            view::omitted(object);
        });
    }

    fn name((name, identity): &SeriesPlace) -> String {
        format!("{identity}.{}", pack(name))
    }
}

/// Names of services.
pub(crate) struct Services(pub(crate) Store);

impl Services {
    pub(crate) fn place(text: &str) -> Option<Arc<str>> {
        unpack(text)
    }
}

impl List for Services {
    type Place = Arc<str>;
    type Entry = Arc<str>;

    fn fetch(&self, place: Option<Arc<str>>, most: usize) -> Vec<(Arc<str>, Arc<str>)> {
        let names = self.0.services_after(place.as_deref(), most);
        names
            .into_iter()
            .map(|name| (Arc::clone(&name), name))
            .collect()
    }

    async fn wants(&self, _: &Arc<str>, _: &mut Pace) -> bool {
        true
    }

    fn write(&self, to: &mut Writer<'static>, name: &Arc<str>) {
        to.text(name);
    }

    fn stand_in(&self, to: &mut Writer<'static>, name: &Arc<str>) {
        to.text(&view::short(name));
    }

    fn name(place: &Arc<str>) -> String {
        pack(place)
    }
}

/// A name in letters that mean the same in a URL, encoded once more or not.
fn pack(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(name)
}

fn unpack(text: &str) -> Option<Arc<str>> {
    let name = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?);
    Some(name.ok()?.into())
}
