//! One series: its history.

use super::{
    answer::{Answer, Problem},
    ask::Ask,
    desk::{Answered, Desk},
    quantiles, view,
};
use crate::{
    json::{Object, Writer},
    store::{Exemplar, Identity, Metric, Point, Reading, Store},
};
use axum::extract::{Path, RawQuery, State};
use http::StatusCode;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogramDataPoint, number_data_point::Value,
};

/// Points of the small picture in the list.
const RECENT: usize = 60;
/// Those of the latest point that are told in the list.
const EXEMPLARS: usize = 16;

type Out<'a, 'w> = Object<'a, 'w>;

pub(super) async fn answer(
    State(desk): State<Desk>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Answered {
    let _reader = desk.reader();
    Ask::of(query.as_deref(), &[])?;
    let series = Identity::read(&name).ok_or_else(|| {
        Problem::bad("a series is what the list of metrics gives as `series`".into())
    })?;
    let found = desk.store.series(series);
    let (metric, history) = found
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no such series (any more)".into()))?;
    let mut answer = Answer::new(&desk.room);
    answer.fields(|o| {
        view::metric(o, &metric);
        recent(o, history.readings(RECENT));
        view::exemplars(o, history.exemplars());
    });
    answer.open_list("points");
    for at in history.points() {
        let write = |to: &mut Writer<'static>| to.object(|o| point(o, at));
        answer.entry(0, write).await?;
    }
    answer.close_list();
    Ok(answer.finish())
}

fn point(o: &mut Out<'_, '_>, at: &Point) {
    o.quoted("timeUnixNano", at.time_unix_nano());
    o.quoted("startTimeUnixNano", at.start_time_unix_nano());
    match at {
        Point::Number(point) => view::number(o, point.value.as_ref()),
        Point::Histogram(point) => {
            view::counted(o, point.count, [point.sum, point.min, point.max]);
            o.array("counts", &point.bucket_counts, |to, n| to.number(n));
        }
        Point::ExponentialHistogram(point) => exponential(o, point),
        Point::Summary(point) => view::quantiles_of(o, point),
    }
}

/// With bounds like a histogram that has them: below the first, between them, above the last.
fn exponential(o: &mut Out<'_, '_>, point: &ExponentialHistogramDataPoint) {
    view::counted(o, point.count, [point.sum, point.min, point.max]);
    let buckets = quantiles::buckets(point);
    let first = buckets.first().map(|(from, ..)| *from);
    let bounds = first
        .into_iter()
        .chain(buckets.iter().map(|(_, to, _)| *to));
    o.array("bounds", bounds, |to, bound| to.double(bound));
    let counts = buckets.iter().map(|(.., count)| *count);
    let counts = std::iter::once(0).chain(counts).chain([0]);
    o.array("counts", counts, |to, count| to.number(count));
}

/// The latest points as numbers: the value, or how many were counted.
fn recent(o: &mut Out<'_, '_>, readings: Vec<Reading>) {
    o.array("recent", readings, |to, (time, value)| {
        to.raw("[");
        to.number(time / 1_000_000);
        to.raw(",");
        match value {
            Some(Value::AsInt(number)) => to.number(number),
            Some(Value::AsDouble(number)) => to.double(number),
            None => to.raw("null"),
        }
        to.raw("]");
    });
}

/// An entry of the list of metrics.
pub(super) fn entry(o: &mut Out<'_, '_>, store: &Store, metric: &Metric) {
    view::metric(o, metric);
    recent(o, store.readings(metric.series(), RECENT));
    let all: Vec<_> = Exemplar::all_of(metric.point()).collect();
    let first = all.len().saturating_sub(EXEMPLARS);
    view::exemplars(o, all.iter().skip(first));
}
