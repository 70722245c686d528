//! opentelemetry-otlp as the encoder, where `OTELIER_EXPORTER=stock` asks for it:
//! for comparison, and as a way out. What it encodes is looked at once more, so that
//! the same leaves as by ours, and goes to the same outbox.

use std::{
    borrow::Cow,
    collections::HashSet,
    fmt, mem,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Request as HttpRequest, Response, header};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{
    LogExporter, MetricExporter, Protocol as Encoding, RetryPolicy, SpanExporter,
    WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::{AnyValue, KeyValue, any_value::Value},
    logs::v1::LogRecord,
    metrics::v1::metric::Data as Points,
    trace::v1::Span,
};
use opentelemetry_sdk::{
    Resource,
    logs::{LogBatch, LogExporter as _},
    metrics::exporter::PushMetricExporter as _,
    trace::SpanExporter as _,
};
use otelier_core::{Arguments, REDACTED, Treatment, redact_text, treatment};
use otelier_otlp::{Compression, Protocol, Request, Signal, Tally};
use prost::Message;

use super::data::{Data, data_points};

/// The longest body that the exporters make, in bytes.
const LONGEST: usize = 64 * 1024 * 1024;
/// It is never looked at, but the exporters want one.
const ENDPOINT: &str = "http://otelier.invalid";

/// One exporter, and what it encoded last.
pub(super) struct Stock {
    exporter: Exporter,
    kept: Keeper,
}

enum Exporter {
    Spans(SpanExporter),
    Logs(LogExporter),
    Metrics(MetricExporter),
}

/// Whether there is one.
pub(crate) const HAS_STOCK: bool = true;

macro_rules! exporter {
    ($exporter:ident, $client:expr) => {
        $exporter::builder()
            .with_http()
            .with_http_client($client)
            .with_protocol(Encoding::HttpBinary)
            .with_endpoint(ENDPOINT)
            .with_retry_policy(RetryPolicy::disabled())
            .build()
    };
}

impl Stock {
    pub(super) fn new(signal: Signal) -> Result<Self, String> {
        let kept = Keeper::default();
        let client = kept.clone();
        let exporter = match signal {
            Signal::Traces => exporter!(SpanExporter, client).map(Exporter::Spans),
            Signal::Logs => exporter!(LogExporter, client).map(Exporter::Logs),
            Signal::Metrics => exporter!(MetricExporter, client).map(Exporter::Metrics),
        };
        let exporter = exporter.map_err(|error| error.to_string())?;
        Ok(Self { exporter, kept })
    }

    pub(super) fn set_resource(&mut self, resource: &Resource) {
        match &mut self.exporter {
            Exporter::Spans(exporter) => exporter.set_resource(resource),
            Exporter::Logs(exporter) => exporter.set_resource(resource),
            Exporter::Metrics(_) => {}
        }
    }

    /// Hands out each request; nothing is cut to fit into one.
    pub(super) fn each(
        &mut self,
        limit: usize,
        data: Data<'_>,
        emit: &mut dyn FnMut(Request<'_>),
    ) -> Tally {
        let (signal, items, exported) = match (&self.exporter, data) {
            (Exporter::Spans(exporter), Data::Spans(batch)) => {
                let exported = now(exporter.export(batch.to_vec()));
                (Signal::Traces, batch.len(), exported)
            }
            (Exporter::Logs(exporter), Data::Logs(batch)) => {
                let exported = now(exporter.export(LogBatch::new(batch)));
                (Signal::Logs, batch.len(), exported)
            }
            (Exporter::Metrics(exporter), Data::Metrics(metrics, _)) => {
                let exported = now(exporter.export(metrics));
                (Signal::Metrics, data_points(metrics), exported)
            }
            _ => return Tally::default(),
        };
        let body = self.kept.take();
        let (Some(Ok(())), Some((mut body, redacted))) = (exported, redact(&body, signal)) else {
            return Tally {
                oversized: items,
                redacted: 0,
            };
        };
        let oversized =
            Request::of(&mut body, items).split(Protocol::HttpProtobuf, signal, limit, emit);
        Tally {
            oversized,
            redacted,
        }
    }
}

impl fmt::Debug for Stock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stock")
    }
}

/// The end of what never waits: the reader of metrics is a block of async code
/// already, in which none can be waited for.
fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(end) => Some(end),
        Poll::Pending => None,
    }
}

/// An HTTP client as opentelemetry-otlp wants one, which keeps what it is to send:
/// the clients of its own are chosen by cargo features that any crate can turn on.
#[derive(Clone, Debug, Default)]
struct Keeper(Arc<Mutex<Bytes>>);

impl Keeper {
    fn take(&self) -> Bytes {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl HttpClient for Keeper {
    async fn send_bytes(&self, request: HttpRequest<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let body = plain(&head.headers, body)?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = body;
        Ok(Response::new(Bytes::new()))
    }
}

/// Undoes the compression of opentelemetry-otlp, which a cargo feature turns on, too:
/// how we compress is for our own settings to say.
fn plain(headers: &HeaderMap, body: Bytes) -> Result<Bytes, HttpError> {
    let Some(encoding) = headers.get(header::CONTENT_ENCODING) else {
        return Ok(body);
    };
    let known = encoding.to_str().ok().and_then(Compression::from_encoding);
    let compression = known.ok_or("opentelemetry-otlp compresses in an unknown way")?;
    Ok(compression.decompress(body, LONGEST)?)
}

/// A request with each key once and without secrets, and how many there were; `None`
/// if it is none.
fn redact(body: &[u8], signal: Signal) -> Option<(Vec<u8>, u64)> {
    let mut redacted = 0;
    let request = match signal {
        Signal::Traces => spans(body, &mut redacted),
        Signal::Logs => logs(body, &mut redacted),
        Signal::Metrics => metrics(body, &mut redacted),
    };
    request.ok().map(|request| (request, redacted))
}

fn spans(body: &[u8], redacted: &mut u64) -> Result<Vec<u8>, prost::DecodeError> {
    let mut request = ExportTraceServiceRequest::decode(body)?;
    let resources = request.resource_spans.iter_mut();
    for scope in resources.flat_map(|it| &mut it.scope_spans) {
        let its = scope.scope.as_mut().map(|it| &mut it.attributes);
        its.into_iter().for_each(|its| pairs(its, redacted));
        for span in &mut scope.spans {
            let Span {
                name,
                attributes,
                events,
                links,
                status,
                trace_state: _,
                // Numbers.
                trace_id: _,
                span_id: _,
                parent_span_id: _,
                flags: _,
                kind: _,
                start_time_unix_nano: _,
                end_time_unix_nano: _,
                dropped_attributes_count: _,
                dropped_events_count: _,
                dropped_links_count: _,
            } = span;
            text(name, redacted);
            pairs(attributes, redacted);
            for event in events {
                text(&mut event.name, redacted);
                pairs(&mut event.attributes, redacted);
            }
            for link in links {
                pairs(&mut link.attributes, redacted);
            }
            if let Some(status) = status {
                text(&mut status.message, redacted);
            }
        }
    }
    Ok(request.encode_to_vec())
}

fn logs(body: &[u8], redacted: &mut u64) -> Result<Vec<u8>, prost::DecodeError> {
    let mut request = ExportLogsServiceRequest::decode(body)?;
    let resources = request.resource_logs.iter_mut();
    for scope in resources.flat_map(|it| &mut it.scope_logs) {
        let its = scope.scope.as_mut().map(|it| &mut it.attributes);
        its.into_iter().for_each(|its| pairs(its, redacted));
        for record in &mut scope.log_records {
            let LogRecord {
                body,
                attributes,
                // What the program wrote in its source.
                severity_text: _,
                event_name: _,
                // Numbers.
                time_unix_nano: _,
                observed_time_unix_nano: _,
                severity_number: _,
                dropped_attributes_count: _,
                flags: _,
                trace_id: _,
                span_id: _,
            } = record;
            body.iter_mut().for_each(|body| any(body, redacted));
            pairs(attributes, redacted);
        }
    }
    Ok(request.encode_to_vec())
}

fn metrics(body: &[u8], redacted: &mut u64) -> Result<Vec<u8>, prost::DecodeError> {
    let mut request = ExportMetricsServiceRequest::decode(body)?;
    let resources = request.resource_metrics.iter_mut();
    for scope in resources.flat_map(|it| &mut it.scope_metrics) {
        let its = scope.scope.as_mut().map(|it| &mut it.attributes);
        its.into_iter().for_each(|its| pairs(its, redacted));
        macro_rules! each {
            ($of:ident) => {
                for point in &mut $of.data_points {
                    pairs(&mut point.attributes, redacted);
                }
            };
        }
        for data in scope.metrics.iter_mut().flat_map(|it| &mut it.data) {
            match data {
                Points::Gauge(of) => each!(of),
                Points::Sum(of) => each!(of),
                Points::Histogram(of) => each!(of),
                Points::ExponentialHistogram(of) => each!(of),
                Points::Summary(of) => each!(of),
            }
        }
    }
    Ok(request.encode_to_vec())
}

/// Leaves each key once, the last of equals.
fn pairs(pairs: &mut Vec<KeyValue>, redacted: &mut u64) {
    let mut seen = HashSet::new();
    pairs.reverse();
    pairs.retain(|pair| seen.insert(pair.key.clone()));
    pairs.reverse();
    pairs.iter_mut().for_each(|it| pair(it, redacted));
}

fn pair(KeyValue { key, value, .. }: &mut KeyValue, redacted: &mut u64) {
    let Some(value) = value else { return };
    match treatment(key) {
        Treatment::Hide => {
            *redacted += 1;
            let hidden = AnyValue {
                value: Some(Value::StringValue(REDACTED.to_owned())),
            };
            match &mut value.value {
                Some(Value::ArrayValue(array)) => array.values = vec![hidden],
                _ => *value = hidden,
            }
        }
        Treatment::Keep => {}
        Treatment::Search => any(value, redacted),
    }
}

fn any(value: &mut AnyValue, redacted: &mut u64) {
    match &mut value.value {
        Some(Value::StringValue(it)) => text(it, redacted),
        Some(Value::ArrayValue(list)) => {
            let mut arguments = Arguments::default();
            for item in &mut list.values {
                let text = match &item.value {
                    Some(Value::StringValue(text)) => Some(text.as_str()),
                    _ => None,
                };
                if arguments.hides(text) {
                    item.value = Some(Value::StringValue(REDACTED.to_owned()));
                    *redacted += 1;
                } else {
                    any(item, redacted);
                }
            }
        }
        Some(Value::BytesValue(bytes)) => {
            if let Cow::Owned(shown) = redact_text(&String::from_utf8_lossy(bytes)) {
                *bytes = shown.into_bytes();
                *redacted += 1;
            }
        }
        Some(Value::KvlistValue(map)) => {
            map.values.iter_mut().for_each(|it| pair(it, redacted));
        }
        _ => {}
    }
}

fn text(text: &mut String, redacted: &mut u64) {
    if let Cow::Owned(shown) = redact_text(text) {
        *text = shown;
        *redacted += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzEncoder;

    use super::*;

    const BODY: &[u8] = b"a request";

    /// What leaves when opentelemetry-otlp hands this over, or its complaint.
    async fn sent(encoding: Option<&str>, body: Vec<u8>) -> Result<Bytes, String> {
        let keeper = Keeper::default();
        let mut request = HttpRequest::post(ENDPOINT);
        if let Some(encoding) = encoding {
            request = request.header(header::CONTENT_ENCODING, encoding);
        }
        let answer = keeper.send_bytes(request.body(body.into()).unwrap()).await;
        answer.map_err(|error| error.to_string())?;
        Ok(keeper.take())
    }

    #[tokio::test]
    async fn what_is_compressed_already_is_not_compressed_again() {
        let mut gzip = Vec::new();
        let mut encoder = GzEncoder::new(BODY, flate2::Compression::default());
        encoder.read_to_end(&mut gzip).unwrap();
        let zstd = zstd::bulk::compress(BODY, 0).unwrap();
        let plain = Ok(Bytes::from_static(BODY));
        assert_eq!(sent(Some("gzip"), gzip).await, plain);
        assert_eq!(sent(Some("zstd"), zstd).await, plain);
        assert_eq!(sent(Some("identity"), BODY.to_vec()).await, plain);
        assert_eq!(sent(None, BODY.to_vec()).await, plain);
    }

    #[tokio::test]
    async fn what_is_compressed_in_another_way_is_not_sent() {
        let complaint = "opentelemetry-otlp compresses in an unknown way";
        let refused = sent(Some("br"), BODY.to_vec()).await;
        assert_eq!(refused, Err(complaint.to_owned()));
        sent(Some("gzip"), BODY.to_vec()).await.unwrap_err();
    }
}
