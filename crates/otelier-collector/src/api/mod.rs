//! What is in the store, as JSON over HTTP.

mod act;
pub(crate) mod answer;
pub(crate) mod ask;
pub(crate) mod desk;
mod doctor;
pub(crate) mod errors;
mod export;
mod exposition;
pub(crate) mod list;
pub(crate) mod longest;
mod map;
mod models;
mod perfetto;
mod pieces;
mod pull;
pub(crate) mod quantiles;
mod series;
mod stream;
mod thrown;
mod trace;
pub(crate) mod view;
pub(crate) mod walk;

use self::{
    answer::{Answer, Problem},
    ask::{Ask, severity},
    desk::{Answered, DEFAULT_LIMIT, Desk, owned},
    list::{Logs, Metrics, Services, Traces, Wanted},
    longest::Sort,
    walk::List,
};
use crate::{aside::Aside, assets, mcp, server::Intake, store::Counts};
use axum::{
    Router,
    extract::{Path, RawQuery, Request, State},
    middleware::{Next, from_fn_with_state},
    routing::{get, post},
};
use http::{HeaderMap, Method, StatusCode};
use std::{path::PathBuf, sync::Arc};
use tokio::sync::Semaphore;

/// What shows what was received: to programs, to agents, and in a browser.
pub(crate) fn router(
    intake: &Arc<Intake>,
    places: Arc<Semaphore>,
    endpoints: [String; 2],
    page: Option<PathBuf>,
) -> Router {
    let desk = Desk::of(intake, places, endpoints);
    let agents = mcp::router(desk.clone());
    questions(desk).merge(agents).merge(assets::router(page))
}

fn questions(desk: Desk) -> Router {
    let aside = desk.aside.clone();
    Router::new()
        .route("/metrics", get(own_metrics))
        .route("/api/traces", get(traces))
        .route("/api/traces/{id}", get(one_trace))
        .route("/api/logs", get(logs))
        .route("/api/metrics", get(metrics))
        .route("/api/metrics/{series}", get(series::answer))
        .route("/api/export", get(export::all))
        .route("/api/services", get(services))
        .route("/api/stats", get(stats))
        .route("/api/doctor", get(doctor::answer))
        .route("/api/errors", get(errors::answer))
        .route("/api/map", get(map::answer))
        .route("/api/conversations", get(models::all))
        .route("/api/conversation", get(models::one))
        .route("/api/stream", get(stream::listen))
        .route("/api/clear", post(act::clear))
        .route("/api/pause", post(act::pause))
        .layer(from_fn_with_state(aside, answer_aside))
        .route("/", get(index))
        .route("/healthz", get(async || "ok\n"))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "nothing here: see /".into()))
        .method_not_allowed_fallback(async |method: Method| {
            // Each path has one of the two.
            let words = match method {
                Method::GET | Method::HEAD => "send with POST",
                _ => "ask with GET",
            };
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, words.into())
        })
        .with_state(desk)
}

/// Has an answer made where no sender waits for it.
async fn answer_aside(State(aside): State<Aside>, request: Request, next: Next) -> Answered {
    let answer = aside.run(next.run(request)).await;
    answer.ok_or_else(|| {
        let words = "the answer came to no end".into();
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, words)
    })
}

async fn index(
    State(desk): State<Desk>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answered {
    if let Some(page) = assets::index(&headers) {
        return Ok(page);
    }
    Ask::of(query.as_deref(), &[])?;
    let mut answer = Answer::new(&desk.room);
    answer.fields(|o| {
        let otlp = ["/v1/traces", "/v1/metrics", "/v1/logs"];
        o.array("otlp", otlp, |to, path| to.text(path));
        let api = [
            "/api/traces?query=&service=&q=&sort=&limit=&after=",
            "/api/traces/{id}?limit=&after=",
            "/api/traces/{id}.svg",
            "/api/traces/{id}.txt",
            "/api/traces/{id}.perfetto.json",
            "/api/traces/{id}.otlp.json",
            "/api/logs?query=&trace_id=&service=&min_severity=&q=&limit=&after=",
            "/api/metrics?query=&service=&name=&limit=&after=",
            "/api/metrics/{series}",
            "/api/services?limit=&after=",
            "/api/export?query=",
            "/api/stats",
            "/api/doctor",
            "/api/errors?query=&service=&limit=&after=",
            "/api/map?query=&trace=",
            "/api/conversations?query=&service=&limit=&after=",
            "/api/conversation?id=&trace=&limit=&after=",
            "/api/stream?query=&after=",
            "/metrics",
            "/healthz",
        ];
        o.array("api", api, |to, path| to.text(path));
    });
    Ok(answer.finish())
}

/// Answers with one page of a list.
async fn page<L: List>(
    desk: &Desk,
    key: &str,
    list: L,
    place: Option<L::Place>,
    limit: usize,
) -> Answered {
    let mut answer = Answer::new(&desk.room);
    let kind = list.kind();
    list::page(&mut answer, key, list, place, limit).await?;
    answer.fields(|o| {
        o.text("version", &desk.store.version().to_string());
        if let Some(kind) = kind {
            o.number("total", desk.store.count(kind));
        }
    });
    Ok(answer.finish())
}

async fn traces(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Answered {
    let _reader = desk.reader();
    let known = ["service", "q", "limit", "after", "query", "sort"];
    let ask = Ask::of(query.as_deref(), &known)?;
    let wanted = Wanted::of(&ask)?;
    let limit = list::limit(&ask, DEFAULT_LIMIT)?;
    let order = match Sort::of(&ask)? {
        Sort::ByArrival(order) => order,
        Sort::ByDuration { ascending } => {
            return longest::page(&desk, &ask, wanted, limit, ascending).await;
        }
    };
    let store = desk.store.clone();
    let list = Traces {
        store,
        wanted,
        order,
    };
    let place = ask.after(Traces::place)?;
    page(&desk, "traces", list, place, limit).await
}

async fn one_trace(
    State(desk): State<Desk>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Answered {
    let _reader = desk.reader();
    let whole = |id: &str| {
        Ask::of(query.as_deref(), &[])?;
        let id = ask::trace_id(&desk.store, id)?;
        desk.store.trace(id).ok_or_else(Problem::no_trace)
    };
    if let Some(id) = name.strip_suffix(".svg") {
        return desk.text("image/svg+xml", whole(id)?.picture());
    }
    if let Some(id) = name.strip_suffix(".txt") {
        let tree = whole(id)?.tree(crate::Style::Plain) + "\n";
        return desk.text("text/plain; charset=utf-8", tree);
    }
    if let Some(id) = name.strip_suffix(".otlp.json") {
        return Ok(export::one(&desk, &whole(id)?));
    }
    if let Some(id) = name.strip_suffix(".perfetto.json") {
        return perfetto::answer(&desk, &whole(id)?).await;
    }
    let ask = Ask::of(query.as_deref(), &["limit", "after"])?;
    let id = ask::trace_id(&desk.store, &name)?;
    let limit = ask.limit(trace::MOST, trace::MOST)?;
    let place = ask.after(trace::Place::read)?;
    let trace = desk.store.trace(id).ok_or_else(Problem::no_trace)?;
    trace::page(&desk, &trace, place.unwrap_or_default(), limit).await
}

async fn logs(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Answered {
    let _reader = desk.reader();
    let known = [
        "trace_id",
        "service",
        "min_severity",
        "q",
        "limit",
        "after",
        "query",
    ];
    let ask = Ask::of(query.as_deref(), &known)?;
    let least = ask.get("min_severity").map_or(Some(0), severity);
    let wanted = Wanted {
        least: least.ok_or_else(|| {
            Problem::bad(
                "min_severity is a number from 1 to 24, or trace, debug, info, warn, error, fatal"
                    .into(),
            )
        })?,
        ..Wanted::of(&ask)?
    };
    let limit = list::limit(&ask, DEFAULT_LIMIT)?;
    let store = desk.store.clone();
    let list = match ask.get("trace_id").map(|id| ask::trace_id(&store, id)) {
        None => Logs::all(store, wanted),
        Some(Err(problem)) if !problem.is_not_found() => return Err(problem),
        Some(id) => Logs::of(store, wanted, id.ok()),
    };
    page(&desk, "logs", list, ask.after(Logs::place)?, limit).await
}

async fn metrics(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Answered {
    let _reader = desk.reader();
    let known = ["service", "name", "limit", "after", "query"];
    let ask = Ask::of(query.as_deref(), &known)?;
    let list = Metrics {
        store: desk.store.clone(),
        wanted: Wanted::of(&ask)?,
        name: owned(ask.get("name")),
    };
    let place = ask.after(Metrics::place)?;
    page(&desk, "metrics", list, place, list::limit(&ask, ask::MOST)?).await
}

async fn services(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Answered {
    let _reader = desk.reader();
    let ask = Ask::of(query.as_deref(), &["limit", "after"])?;
    let place = ask.after(Services::place)?;
    let limit = list::limit(&ask, ask::MOST)?;
    page(
        &desk,
        "services",
        Services(desk.store.clone()),
        place,
        limit,
    )
    .await
}

async fn own_metrics(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Answered {
    Ask::of(query.as_deref(), &[])?;
    let text = exposition::text(&desk);
    desk.text("text/plain; version=0.0.4; charset=utf-8", text)
}

async fn stats(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Answered {
    Ask::of(query.as_deref(), &[])?;
    let stats = desk.store.stats();
    let mut answer = Answer::new(&desk.room);
    answer.fields(|o| {
        let all: [(&str, Counts); 3] = [
            ("spans", stats.spans),
            ("points", stats.points),
            ("logs", stats.logs),
        ];
        for (key, counts) in all {
            o.object(key, |o| {
                o.number("accepted", counts.accepted);
                o.number("rejected", counts.rejected);
                o.number("evicted", counts.evicted);
            });
        }
        doctor::requests(o, &desk, &stats);
        o.number("wireBytes", stats.wire_bytes);
        o.number("decodedBytes", stats.decoded_bytes);
        o.number("traces", stats.traces);
        o.number("storeBytes", stats.store_bytes);
        o.number("storeLimit", stats.store_limit);
        o.number("underWayBytes", desk.room.used());
        o.number("underWayLimit", desk.room.limit());
        o.object("forward", |o| {
            o.number("sent", stats.forward.sent);
            o.number("failed", stats.forward.failed);
            o.number("dropped", stats.forward.dropped);
            o.number("lostSpans", stats.forward.lost_spans);
            o.number("lostPoints", stats.forward.lost_points);
            o.number("lostLogs", stats.forward.lost_logs);
        });
    });
    Ok(answer.finish())
}

#[cfg(test)]
mod tests;
