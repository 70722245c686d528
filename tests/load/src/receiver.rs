//! A receiver that holds each span against the request that caused it.
//!
//! It reads ids and keeps nothing else: it runs on the cores of the service
//! that is measured, and what a collector does with spans is not its cost.

use std::{
    collections::BTreeMap,
    future::ready,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::DefaultBodyLimit,
    http::{HeaderMap, HeaderValue, Response, header},
    routing::post,
};
use http_body_util::{BodyExt as _, Full};
use otelier_collector::proto::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    common::v1::{AnyValue, any_value},
    metrics::v1::{Metric, NumberDataPoint, metric::Data, number_data_point::Value},
    resource::v1::Resource,
    trace::v1::span::SpanKind,
};
use prost::Message;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use self::wire::{Logs, Span, Traces};
use crate::{ids, say};

/// What marks the line with the books.
pub(crate) const TALLY: &str = "tally ";

/// The parts of the messages that are looked at; the others are passed over.
mod wire {
    use axum::body::Bytes;
    use otelier_collector::proto::resource::v1::Resource;

    #[derive(prost::Message)]
    pub(super) struct Traces {
        #[prost(message, repeated, tag = "1")]
        pub(super) services: Vec<Service>,
    }

    #[derive(prost::Message)]
    pub(super) struct Service {
        #[prost(message, optional, tag = "1")]
        pub(super) resource: Option<Resource>,
        #[prost(message, repeated, tag = "2")]
        pub(super) scopes: Vec<Scope>,
    }

    #[derive(prost::Message)]
    pub(super) struct Scope {
        #[prost(message, repeated, tag = "2")]
        pub(super) spans: Vec<Span>,
    }

    #[derive(prost::Message)]
    pub(super) struct Span {
        #[prost(bytes = "bytes", tag = "1")]
        pub(super) trace: Bytes,
        #[prost(bytes = "bytes", tag = "2")]
        pub(super) id: Bytes,
        #[prost(bytes = "bytes", tag = "4")]
        pub(super) parent: Bytes,
        #[prost(bytes = "bytes", tag = "5")]
        pub(super) name: Bytes,
        #[prost(int32, tag = "6")]
        pub(super) kind: i32,
    }

    #[derive(prost::Message)]
    pub(super) struct Logs {
        #[prost(message, repeated, tag = "1")]
        pub(super) services: Vec<LogsOfService>,
    }

    #[derive(prost::Message)]
    pub(super) struct LogsOfService {
        #[prost(message, repeated, tag = "2")]
        pub(super) scopes: Vec<LogsOfScope>,
    }

    #[derive(prost::Message)]
    pub(super) struct LogsOfScope {
        #[prost(bytes = "bytes", repeated, tag = "2")]
        pub(super) records: Vec<Bytes>,
    }
}

/// What has arrived.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Tally {
    /// Spans by service and name.
    pub(crate) spans: BTreeMap<String, u64>,
    /// Spans that arrived more than once.
    pub(crate) doubled: u64,
    /// Server spans whose parent is not their request's.
    pub(crate) strays: u64,
    /// Spans whose parent never arrived.
    pub(crate) orphans: u64,
    pub(crate) logs: u64,
    pub(crate) requests: u64,
    pub(crate) bytes: u64,
    /// Sums about telemetry itself, by service, name and `error.type`.
    pub(crate) own: BTreeMap<String, f64>,
    /// Requests that the service's histogram has counted.
    pub(crate) measured: u64,
}

impl Tally {
    /// The spans of this name.
    pub(crate) fn named(&self, name: &str) -> u64 {
        self.spans.get(name).copied().unwrap_or_default()
    }

    /// The spans whose service is this, with a blank after it.
    pub(crate) fn of_service(&self, service: &str) -> u64 {
        let spans = self.spans.iter();
        let spans = spans.filter(|(name, _)| name.starts_with(service));
        spans.map(|(_, count)| count).sum()
    }

    /// One of the sums about telemetry.
    pub(crate) fn own(&self, name: &str) -> u64 {
        self.own.get(name).copied().unwrap_or_default() as u64
    }
}

/// Receives until SIGTERM or Ctrl-C, then prints the books.
pub(crate) async fn run(run: u64) -> anyhow::Result<()> {
    let books = Arc::new(Mutex::new(Books {
        run,
        ..Books::default()
    }));
    let enter = |signal: &str, enter: fn(&mut Books, Bytes) -> anyhow::Result<()>| {
        let books = Arc::clone(&books);
        let (first, rest) = signal.split_at(1);
        let path = format!(
            "/opentelemetry.proto.collector.{signal}.v1.{}{rest}Service/Export",
            first.to_uppercase()
        );
        let handler = post(async move |body: Bytes| {
            let mut books = books.lock().unwrap_or_else(PoisonError::into_inner);
            books.tally.requests += 1;
            books.tally.bytes += body.len() as u64;
            // After the flag and the length of the one message.
            let message = body.get(5..).map(|_| body.slice(5..));
            let entered = message
                .context("no message")
                .and_then(|message| enter(&mut books, message));
            answer(entered.is_ok())
        });
        (path, handler)
    };
    let mut router = Router::new();
    for (path, handler) in [
        enter("trace", Books::traces),
        enter("metrics", Books::metrics),
        enter("logs", Books::logs),
    ] {
        router = router.route(&path, handler);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&format!("listening on http://{}", listener.local_addr()?))?;
    axum::serve(listener, router.layer(DefaultBodyLimit::max(16 << 20)))
        .with_graceful_shutdown(otelier::shutdown_signal())
        .await?;
    let books = std::mem::take(&mut *books.lock().unwrap_or_else(PoisonError::into_inner));
    let tally = serde_json::to_string(&books.close())?;
    say(&format!("{TALLY}{tally}"))?;
    Ok(())
}

/// OK with an empty message, or INVALID_ARGUMENT.
fn answer(is_ok: bool) -> Response<Body> {
    let mut trailers = HeaderMap::new();
    let status = if is_ok { "0" } else { "3" };
    trailers.insert("grpc-status", HeaderValue::from_static(status));
    let message = Full::new(Bytes::from_static(&[0; 5]));
    let mut response = Response::new(Body::new(message.with_trailers(ready(Some(Ok(trailers))))));
    let grpc = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert(header::CONTENT_TYPE, grpc);
    response
}

#[derive(Default)]
struct Books {
    run: u64,
    /// Ids in the order of their arrival: what is found out by looking them up
    /// is found out at the end.
    ids: Vec<u64>,
    /// The parents of those that are not a request's server span.
    parents: Vec<u64>,
    /// How many spans there are of each service and name: few names, of which
    /// the next is mostly one of the first.
    names: Vec<(String, Bytes, u64)>,
    tally: Tally,
}

impl Books {
    fn traces(&mut self, message: Bytes) -> anyhow::Result<()> {
        for service in Traces::decode(message)?.services {
            let name = service_name(service.resource.as_ref());
            for span in service.scopes.iter().flat_map(|scope| &scope.spans) {
                self.span(&name, span)?;
            }
        }
        Ok(())
    }

    fn span(&mut self, service: &str, span: &Span) -> anyhow::Result<()> {
        let is_its = |known: &&mut (String, Bytes, u64)| known.1 == span.name && known.0 == service;
        match self.names.iter_mut().find(is_its) {
            Some((.., count)) => *count += 1,
            // A copy, as the batch lives as long as a piece of it.
            None => {
                let name = Bytes::copy_from_slice(&span.name);
                self.names.push((service.to_owned(), name, 1));
            }
        }
        self.ids.push(u64::from_be_bytes(span.id[..].try_into()?));
        let parent = span.parent[..].try_into().ok().map(u64::from_be_bytes);
        match (ids::number(self.run, &span.trace), parent) {
            (Some(number), parent) if span.kind == SpanKind::Server as i32 => {
                self.tally.strays += u64::from(parent != Some(number));
            }
            (_, parent) => self.parents.extend(parent),
        }
        Ok(())
    }

    fn logs(&mut self, message: Bytes) -> anyhow::Result<()> {
        for service in Logs::decode(message)?.services {
            let records = service
                .scopes
                .iter()
                .map(|scope| scope.records.len() as u64);
            self.tally.logs += records.sum::<u64>();
        }
        Ok(())
    }

    /// Keeps the last value of each sum: they are cumulative.
    fn metrics(&mut self, message: Bytes) -> anyhow::Result<()> {
        let mut latest = BTreeMap::new();
        let mut measured = None;
        for group in ExportMetricsServiceRequest::decode(message)?.resource_metrics {
            let service = service_name(group.resource.as_ref());
            for Metric { name, data, .. } in group.scope_metrics.into_iter().flat_map(|s| s.metrics)
            {
                match data {
                    Some(Data::Sum(sum)) if is_own(&name) => {
                        for point in sum.data_points {
                            let key = format!("{service} {name}{}", outcome(&point));
                            *latest.entry(key).or_default() += number(&point);
                        }
                    }
                    Some(Data::Histogram(data)) if name == "http.server.request.duration" => {
                        measured = Some(data.data_points.iter().map(|point| point.count).sum());
                    }
                    _ => {}
                }
            }
        }
        self.tally.own.extend(latest);
        self.tally.measured = measured.unwrap_or(self.tally.measured);
        Ok(())
    }

    fn close(mut self) -> Tally {
        for (service, name, count) in self.names {
            let name = format!("{service} {}", String::from_utf8_lossy(&name));
            *self.tally.spans.entry(name).or_default() += count;
        }
        self.ids.sort_unstable();
        let arrived = self.ids.len();
        self.ids.dedup();
        self.tally.doubled = (arrived - self.ids.len()) as u64;
        let never = |parent: &&u64| self.ids.binary_search(parent).is_err();
        self.tally.orphans = self.parents.iter().filter(never).count() as u64;
        self.tally
    }
}

fn is_own(name: &str) -> bool {
    name.starts_with("otel.sdk.") || name.starts_with("otelier.")
}

fn number(point: &NumberDataPoint) -> f64 {
    match point.value {
        Some(Value::AsDouble(number)) => number,
        Some(Value::AsInt(number)) => number as f64,
        None => 0.0,
    }
}

fn outcome(point: &NumberDataPoint) -> String {
    let mut attributes = point.attributes.iter();
    let outcome = attributes.find(|a| ["error.type", "otelier.reason"].contains(&&*a.key));
    let text = outcome.and_then(|attribute| text(attribute.value.as_ref()));
    text.map(|text| format!(" {text}")).unwrap_or_default()
}

fn service_name(resource: Option<&Resource>) -> String {
    let attributes = resource.map(|resource| resource.attributes.as_slice());
    let mut attributes = attributes.unwrap_or_default().iter();
    let name = attributes.find(|attribute| attribute.key == "service.name");
    let name = name.and_then(|attribute| text(attribute.value.as_ref()));
    name.unwrap_or_default().to_owned()
}

fn text(value: Option<&AnyValue>) -> Option<&str> {
    match value?.value.as_ref()? {
        any_value::Value::StringValue(text) => Some(text),
        _ => None,
    }
}
