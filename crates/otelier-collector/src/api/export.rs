//! What is kept, as lines of OTLP JSON that `--open` reads again.

use super::{
    ask::Ask,
    desk::{Answered, Desk},
    list::{Traces, Wanted},
    pull::{self, Source},
    walk::Walk,
};
use crate::{
    aside::Aside,
    decode::Export,
    pace::Pace,
    query::Record,
    store::{Log, LogPlace, Metric, Origin, SeriesPlace, Span, Store, Trace},
};
use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::Response,
};
use http::{HeaderValue, header};
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    logs::v1::{ResourceLogs, ScopeLogs},
    metrics::v1::{ResourceMetrics, ScopeMetrics},
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans},
};
use prost::Message as _;
use std::{collections::VecDeque, sync::Arc};

/// Records of one line.
const MOST: usize = 256;
/// Bytes of one line before they are JSON, where it has more than one record.
const MOST_BYTES: usize = 1 << 20;

pub(super) async fn all(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Answered {
    let ask = Ask::of(query.as_deref(), &["query"])?;
    let lines = Lines {
        walk: Some(Walk::new(
            Traces::all(desk.store.clone(), Wanted::of(&ask)?),
            None,
        )),
        loose: Some((Wanted::of(&ask)?, None, None)),
        store: desk.store.clone(),
        waiting: VecDeque::new(),
    };
    Ok(download(&desk.aside, lines))
}

/// One trace.
pub(super) fn one(desk: &Desk, trace: &Trace) -> Response {
    let lines = Lines {
        walk: None,
        loose: None,
        store: desk.store.clone(),
        waiting: pieces(trace),
    };
    download(&desk.aside, lines)
}

fn download(aside: &Aside, lines: Lines) -> Response {
    let mut response = pull::respond(aside, "application/jsonl", lines);
    let saved = HeaderValue::from_static("attachment; filename=\"telemetry.jsonl\"");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_DISPOSITION, saved);
    response
}

/// Records of one origin, a line each.
enum Piece {
    Spans(Vec<Arc<Span>>),
    Logs(Vec<Arc<Log>>),
    Metrics(Vec<Arc<Metric>>),
}

type Loose = (Wanted, Option<LogPlace>, Option<SeriesPlace>);

struct Lines {
    store: Store,
    walk: Option<Walk<Traces>>,
    /// What is in no trace: logs, and then series.
    loose: Option<Loose>,
    waiting: VecDeque<Piece>,
}

/// Neighbours of one origin together, as many as a line may have.
fn grouped<T>(
    records: &[Arc<T>],
    origin: impl Fn(&T) -> &Origin,
    bytes: impl Fn(&T) -> usize,
) -> Vec<Vec<Arc<T>>> {
    let mut groups: Vec<Vec<Arc<T>>> = Vec::new();
    let mut weight = 0;
    for record in records {
        let more = bytes(record);
        let fits = |group: &&mut Vec<Arc<T>>| {
            group.len() < MOST
                && weight + more <= MOST_BYTES
                && group.first().is_some_and(|first| {
                    let (a, b) = (origin(first), origin(record));
                    std::ptr::eq(a, b) || a == b
                })
        };
        match groups.last_mut().filter(fits) {
            Some(group) => {
                weight += more;
                group.push(Arc::clone(record));
            }
            None => {
                weight = more;
                groups.push(vec![Arc::clone(record)]);
            }
        }
    }
    groups
}

fn pieces(trace: &Trace) -> VecDeque<Piece> {
    let spans = grouped(
        trace.spans(),
        |span| span.origin(),
        |span| span.proto().encoded_len(),
    );
    let logs = grouped(
        trace.logs(),
        |log| log.origin(),
        |log| log.proto().encoded_len(),
    );
    let spans = spans.into_iter().map(Piece::Spans);
    spans.chain(logs.into_iter().map(Piece::Logs)).collect()
}

impl Source for Lines {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        let mut pace = Pace::default();
        loop {
            if let Some(piece) = self.waiting.pop_front() {
                let mut line = piece.export().to_json();
                line.push('\n');
                return Some((line.into(), self));
            }
            if let Some(walk) = &mut self.walk {
                match walk.next(&mut pace).await {
                    Some(trace) => self.waiting = pieces(&trace),
                    None => self.walk = None,
                }
                continue;
            }
            let (wanted, log, series) = self.loose.as_mut()?;
            let logs = match series {
                None => self.store.logs_before(*log, MOST),
                Some(_) => Vec::new(),
            };
            if let Some((place, _)) = logs.last() {
                *log = Some(*place);
                let mut found = Vec::new();
                for (_, record) in logs {
                    let loose = record.trace_id().is_none();
                    if loose && wanted.query.holds(Record::Log(&record), &mut pace).await {
                        found.push(record);
                    }
                }
                let groups = grouped(&found, |log| log.origin(), |log| log.proto().encoded_len());
                self.waiting.extend(groups.into_iter().map(Piece::Logs));
                continue;
            }
            let metrics = self.store.metrics_after(series.clone(), MOST);
            let Some((place, _)) = metrics.last() else {
                self.loose = None;
                continue;
            };
            *series = Some(place.clone());
            let mut found = Vec::new();
            for (_, record) in metrics {
                if wanted.query.holds(Record::Series(&record), &mut pace).await {
                    found.push(record);
                }
            }
            let groups = grouped(&found, |metric| metric.origin(), |_| 0);
            self.waiting.extend(groups.into_iter().map(Piece::Metrics));
        }
    }
}

fn resource(origin: Option<&Origin>) -> Option<Resource> {
    origin.map(|origin| origin.resource().clone())
}

impl Piece {
    fn export(self) -> Export {
        match self {
            Self::Spans(spans) => {
                let origin = spans.first().map(|span| span.origin());
                let scope_spans = vec![ScopeSpans {
                    scope: origin.map(|origin| origin.scope().clone()),
                    spans: spans.iter().map(|span| span.proto().clone()).collect(),
                    schema_url: String::new(),
                }];
                let resource = resource(origin);
                Export::Traces(ExportTraceServiceRequest {
                    resource_spans: vec![ResourceSpans {
                        resource,
                        scope_spans,
                        schema_url: String::new(),
                    }],
                })
            }
            Self::Logs(logs) => {
                let origin = logs.first().map(|log| log.origin());
                let scope_logs = vec![ScopeLogs {
                    scope: origin.map(|origin| origin.scope().clone()),
                    log_records: logs.iter().map(|log| log.proto().clone()).collect(),
                    schema_url: String::new(),
                }];
                let resource = resource(origin);
                Export::Logs(ExportLogsServiceRequest {
                    resource_logs: vec![ResourceLogs {
                        resource,
                        scope_logs,
                        schema_url: String::new(),
                    }],
                })
            }
            Self::Metrics(metrics) => {
                let origin = metrics.first().map(|metric| metric.origin());
                let scope_metrics = vec![ScopeMetrics {
                    scope: origin.map(|origin| origin.scope().clone()),
                    metrics: metrics.iter().map(|metric| metric.to_proto()).collect(),
                    schema_url: String::new(),
                }];
                let resource = resource(origin);
                Export::Metrics(ExportMetricsServiceRequest {
                    resource_metrics: vec![ResourceMetrics {
                        resource,
                        scope_metrics,
                        schema_url: String::new(),
                    }],
                })
            }
        }
    }
}
