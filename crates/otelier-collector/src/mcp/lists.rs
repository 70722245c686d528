//! Lists: services, traces, logs, metrics, errors.

use super::{
    answer::{Answer, words},
    arguments::Arguments,
    page::{Page, moment},
};
use crate::{
    api::{
        ask::{self, severity},
        desk::Desk,
        errors,
        list::{Arrival, Logs, Metrics, Services, Traces},
        longest::{self, Sorted},
        quantiles,
    },
    clean::clean,
    draw::{
        text::{duration, log_words, pairs, status},
        tree::key_and_value,
    },
    pace::Pace,
    store::{Exemplar, Kind, Log, Metric, Point, Trace},
};
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;

/// Attributes told of a record in a line.
const MOST_ATTRIBUTES: usize = 12;
/// Exemplars told of a series in a line.
const MOST_EXEMPLARS: usize = 3;
/// Services told of a trace in a line.
const MOST_SERVICES: usize = 8;

pub(super) async fn services(desk: &Desk, arguments: &Arguments) -> Answer {
    let after = arguments.after(Services::place)?;
    let mut page = Page::default();
    let [grpc, http] = &desk.endpoints;
    let count = |kind| desk.store.count(kind);
    page.head(&format!(
        "kept: {} traces, {} logs, {} series of metrics; programs send to \
         OTEL_EXPORTER_OTLP_ENDPOINT={grpc} (gRPC) or {http} (HTTP)",
        count(Kind::Traces),
        count(Kind::Logs),
        count(Kind::Metrics),
    ));
    let stats = desk.store.stats();
    if stats.refused > 0 {
        let reasons = desk.refusals.counts().into_iter();
        let reasons = reasons.filter(|(_, count)| *count > 0);
        let reasons: Vec<_> = reasons
            .map(|(why, count)| format!("{why} {count}"))
            .collect();
        let reasons = reasons.join(", ");
        page.head(&format!("refused requests: {} ({reasons})", stats.refused));
    }
    let rejected = stats.spans.rejected + stats.points.rejected + stats.logs.rejected;
    if rejected > 0 {
        page.head(&format!("invalid records left out: {rejected}"));
    }
    if desk.store.paused().0 {
        page.head("receiving is paused: on the page, press the space bar to go on");
    }
    let line = |name: &std::sync::Arc<str>| clean(name, 200);
    let list = Services(desk.store.clone());
    let limit = arguments.count("limit");
    let (found, next) = page.take(list, after, limit, line).await;
    if found == 0 {
        page.head("no services: nothing has arrived yet, or all of it was cleared");
    }
    Ok(page.end(next))
}

pub(super) async fn traces(desk: &Desk, arguments: &Arguments) -> Answer {
    let wanted = arguments.wanted()?;
    let limit = arguments.count("limit");
    let mut page = Page::default();
    page.head(TRACE_COLUMNS);
    let store = desk.store.clone();
    let order = match arguments.text("order") {
        Some("slowest") => {
            let after = arguments.after(longest::read)?;
            let sorted = Sorted::of(&store, wanted, false, &mut Pace::default()).await;
            let (mut taken, mut last) = (0, after);
            for (place, id) in sorted.behind(after) {
                // It may be gone by now.
                if let Some(trace) = store.trace(id) {
                    if taken == limit || !page.row(&trace_line(&trace)) {
                        return Ok(page.end(last.map(longest::name)));
                    }
                    taken += 1;
                }
                last = Some(place);
            }
            return Ok(found(page, taken, desk, Kind::Traces, None));
        }
        Some("oldest") => Arrival::OldestFirst,
        _ => Arrival::NewestFirst,
    };
    let after = arguments.after(Traces::place)?;
    let list = Traces {
        store,
        wanted,
        order,
    };
    let (taken, next) = page.take(list, after, limit, trace_line).await;
    Ok(found(page, taken, desk, Kind::Traces, next))
}

pub(super) async fn logs(desk: &Desk, arguments: &Arguments) -> Answer {
    let mut wanted = arguments.wanted()?;
    wanted.least = arguments.text("min_level").and_then(severity).unwrap_or(0);
    let limit = arguments.count("limit");
    let mut page = Page::default();
    let line = |log: &std::sync::Arc<Log>| log_line(log);
    let store = desk.store.clone();
    let list = match arguments.text("trace_id") {
        Some(id) => {
            let id = ask::trace_id(&store, id).map_err(words)?;
            Logs::of(store, wanted, Some(id))
        }
        None => Logs::all(store, wanted),
    };
    let after = arguments.after(Logs::place)?;
    let (taken, next) = page.take(list, after, limit, line).await;
    Ok(found(page, taken, desk, Kind::Logs, next))
}

pub(super) async fn metrics(desk: &Desk, arguments: &Arguments) -> Answer {
    let list = Metrics {
        store: desk.store.clone(),
        wanted: arguments.wanted()?,
        name: arguments.text("name").map(ToOwned::to_owned),
    };
    let after = arguments.after(Metrics::place)?;
    let limit = arguments.count("limit");
    let mut page = Page::default();
    let line = |metric: &std::sync::Arc<Metric>| metric_line(metric);
    let (taken, next) = page.take(list, after, limit, line).await;
    Ok(found(page, taken, desk, Kind::Metrics, next))
}

pub(super) async fn errors(desk: &Desk, arguments: &Arguments) -> Answer {
    let wanted = crate::api::list::Wanted {
        service: None,
        ..arguments.wanted()?
    };
    let service = arguments.text("service");
    let skipped = arguments
        .after(|text| text.parse::<usize>().ok())?
        .unwrap_or(0);
    let kinds = errors::found(&desk.store, wanted, service, &mut Pace::default()).await;
    let mut page = Page::default();
    let mut place = skipped;
    for (key, kind) in kinds.iter().skip(skipped).take(arguments.count("limit")) {
        if !page.row(&error_line(key, kind)) {
            break;
        }
        place += 1;
    }
    if kinds.is_empty() {
        page.head("no errors in what is kept and matches");
    }
    let next = (place < kinds.len()).then(|| place.to_string());
    Ok(page.end(next))
}

/// Says so where nothing was found, and what there is instead.
fn found(mut page: Page, taken: usize, desk: &Desk, kind: Kind, next: Option<String>) -> String {
    if taken == 0 {
        let kept = desk.store.count(kind);
        let what = match kind {
            Kind::Traces => "traces",
            Kind::Logs => "log records",
            Kind::Metrics => "series",
        };
        page.head(&format!(
            "nothing matches here; {kept} {what} are kept (see `services`)"
        ));
    }
    page.end(next)
}

pub(super) const TRACE_COLUMNS: &str =
    "trace id          start (UTC)              duration  status  size  service: root";

pub(super) fn trace_line(trace: &Trace) -> String {
    let id = trace.id().short();
    let logs = trace.logs().len();
    let Some(root) = trace.root() else {
        return format!("{id}  no spans (yet), {logs} logs");
    };
    let services: Vec<_> = (trace.services().into_iter())
        .filter(|name| *name != root.service())
        .map(|name| clean(name, 60))
        .collect();
    let others = match services.len() {
        0 => String::new(),
        more @ 1..=MOST_SERVICES => {
            format!("  with {} ({more} more services)", services.join(", "))
        }
        more => format!("  with {more} more services"),
    };
    format!(
        "{id}  {}  {:>8}  {}  {} spans, {} errors, {logs} logs  {}: {}{others}",
        moment(root.proto().start_time_unix_nano),
        duration(trace.duration()),
        status(root).0,
        trace.spans().len(),
        trace.error_count(),
        clean(root.service(), 60),
        clean(root.name(), 200),
    )
}

fn log_line(log: &Log) -> String {
    let attributes = log.attributes().iter().filter_map(key_and_value);
    let trace = log.trace_id().map(|id| format!("  trace {}", id.short()));
    let span = log.span_id().map(|id| format!(" span #{id}"));
    format!(
        "{}  {:<5}  {}  {}{}{}{}",
        moment(log.time_unix_nano()),
        log.level(),
        clean(log.service(), 60),
        log_words(log),
        pairs(attributes, MOST_ATTRIBUTES),
        trace.unwrap_or_default(),
        span.unwrap_or_default(),
    )
}

fn metric_line(metric: &Metric) -> String {
    let attributes = metric.attributes().iter().filter_map(key_and_value);
    let unit = match metric.unit() {
        "" => "no unit".into(),
        unit => clean(unit, 40),
    };
    let count = |count: u64, sum: Option<f64>, guesses: Option<quantiles::Estimates>| {
        let sum = sum.map(|sum| format!(" sum={sum}")).unwrap_or_default();
        let guesses = quantiles::NAMES.iter().zip(guesses.into_iter().flatten());
        let guesses: String = guesses
            .map(|(name, value)| format!(" {name}≈{value:.6}"))
            .collect();
        format!("count={count}{sum}{guesses}")
    };
    let value = match metric.point() {
        Point::Number(point) => match point.value {
            Some(Value::AsInt(number)) => number.to_string(),
            Some(Value::AsDouble(number)) => number.to_string(),
            None => "no value".into(),
        },
        Point::Histogram(point) => count(point.count, point.sum, quantiles::of_histogram(point)),
        Point::ExponentialHistogram(point) => {
            count(point.count, point.sum, quantiles::of_exponential(point))
        }
        Point::Summary(point) => {
            let told = point.quantile_values.iter().take(8);
            let told = told.map(|told| format!(" q{}={}", told.quantile, told.value));
            count(point.count, Some(point.sum), None) + &told.collect::<String>()
        }
    };
    let exemplars: Vec<_> = Exemplar::all_of(metric.point()).collect();
    let newest = exemplars.iter().rev().take(MOST_EXEMPLARS);
    let exemplars: String = newest
        .map(|it| format!("  e.g. {} in trace {}", it.value, it.trace_id.short()))
        .collect();
    format!(
        "{} [{unit}] {}  {value}  {}{}  at {}{exemplars}",
        clean(metric.name(), 200),
        metric.kind().as_str(),
        clean(metric.service(), 60),
        pairs(attributes, MOST_ATTRIBUTES),
        moment(metric.time_unix_nano()),
    )
}

fn error_line((service, name, kind, frame): &errors::Key, error: &errors::Kind) -> String {
    let frame = frame
        .as_ref()
        .map(|frame| format!("  at {}", clean(frame, 200)));
    let kind = match kind.as_str() {
        "" => "error".into(),
        kind => clean(kind, 120),
    };
    format!(
        "×{}  {}: {}  {kind}: {}{}  first {}, last {}: trace {} span #{}",
        error.count,
        clean(service, 60),
        clean(name, 200),
        clean(&error.message, 300),
        frame.unwrap_or_default(),
        moment(error.first),
        moment(error.last),
        error.sample.0.short(),
        error.sample.1,
    )
}
