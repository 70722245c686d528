//! What queries mean, in a table on which the page is tested as well.

use super::view;
use crate::{
    Signal,
    decode::{Export, Format},
    json::{Object, Writer, attributes},
    pace::Pace,
    query::{Query, Record},
    room::Room,
    store::{Log, Metric, Origin, Span, Store},
};
use serde_json::{Value, json};
use std::{fs, path::PathBuf, sync::Arc, time::Duration};

const TRACES: &str = r#"{"resourceSpans":[{"resource":{"attributes":[
  {"key":"service.name","value":{"stringValue":"api"}},{"key":"host.name","value":{"stringValue":"Box"}}]},
 "scopeSpans":[{"scope":{"name":"axum"},"spans":[
 {"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"a102030405060708","name":"POST /orders/{id}","kind":2,
  "startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000250000000","status":{"code":2,"message":"Bad gateway"},
  "attributes":[{"key":"http.route","value":{"stringValue":"/orders/{id}"}},{"key":"http.response.status_code","value":{"intValue":"502"}},
   {"key":"tags","value":{"arrayValue":{"values":[{"stringValue":"blue"},{"intValue":"7"}]}}},{"key":"cached","value":{"boolValue":false}}]},
 {"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"a202030405060708","parentSpanId":"a102030405060708","name":"SELECT orders","kind":3,
  "startTimeUnixNano":"1700000000010000000","endTimeUnixNano":"1700000000014000000",
  "attributes":[{"key":"db.system.name","value":{"stringValue":"postgresql"}},{"key":"db.query.text","value":{"stringValue":"SELECT * FROM orders WHERE id = $1"}},
   {"key":"db.response.returned_rows","value":{"intValue":"37"}}]},
 {"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"a302030405060708","parentSpanId":"a102030405060708","name":"POST","kind":3,
  "startTimeUnixNano":"1700000000020000000","endTimeUnixNano":"1700000000220500000","status":{"code":2},
  "attributes":[{"key":"http.request.resend_count","value":{"intValue":"1"}},{"key":"ratio","value":{"doubleValue":0.25}}],
  "events":[{"name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"Io::Timeout"}}]},{"name":"retry"}]}]}]},
 {"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"Pay Ünit"}}]},"scopeSpans":[{"spans":[
 {"traceId":"f102030405060708090a0b0c0d0e0f10","spanId":"b102030405060708","name":"process \"mails\"","kind":5,
  "startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001500000000","status":{"code":1},
  "attributes":[{"key":"status","value":{"stringValue":"queued"}},{"key":"attempt","value":{"stringValue":"3"}}]},
 {"traceId":"f102030405060708090a0b0c0d0e0f10","spanId":"b202030405060708","name":"","kind":1,
  "startTimeUnixNano":"1700000000000000009","endTimeUnixNano":"1700000000000000000"}]}]}]}"#;
const LOGS: &str = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"api"}}]},
 "scopeLogs":[{"scope":{"name":"orders"},"logRecords":[
 {"timeUnixNano":"7","severityNumber":9,"body":{"stringValue":"charging the card"},"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"a102030405060708"},
 {"timeUnixNano":"8","severityNumber":13,"body":{"stringValue":"Stock low (or gone)"},"attributes":[{"key":"sku","value":{"intValue":"42"}}]},
 {"timeUnixNano":"9","severityNumber":18,"eventName":"user.login","attributes":[{"key":"user","value":{"stringValue":"ann"}}]},
 {"timeUnixNano":"10","body":{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"1"}}]}}}]}]}]}"#;
const METRICS: &str = r#"{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"api"}}]},
 "scopeMetrics":[{"metrics":[
 {"name":"orders.total","unit":"{order}","description":"Orders taken","sum":{"aggregationTemporality":2,"isMonotonic":true,
  "dataPoints":[{"asInt":"12","timeUnixNano":"7","attributes":[{"key":"region","value":{"stringValue":"eu"}}]}]}},
 {"name":"http.server.request.duration","unit":"s","histogram":{"aggregationTemporality":2,
  "dataPoints":[{"count":"3","sum":1.5,"bucketCounts":["1","2"],"explicitBounds":[0.5],"timeUnixNano":"7"}]}}]}]}]}"#;

/// Pieces that queries are made of.
const TERMS: &[&str] = &[
    "orders",
    "ORDERS",
    "gone",
    "\"or\"",
    "\"(or\"",
    "ünit",
    "\"pay ü\"",
    "0102",
    "a1020304",
    "timeout",
    "one",
    "service:api",
    "service=\"Pay Ünit\"",
    "service~pay",
    "service!=api",
    "name:POST",
    "name=\"\"",
    "name~post",
    "name!=POST",
    "scope:axum",
    "scope!=axum",
    "body~STOCK",
    "body:\"charging the card\"",
    "event:retry",
    "event!=retry",
    "event~LOG",
    "unit:s",
    "unit!=s",
    "route:/orders/{id}",
    "route~orders",
    "trace:0102",
    "trace!=0102",
    "span:A1",
    "parent:a1",
    "parent!=a1",
    "status:error",
    "status:ERROR",
    "status!=error",
    "status=ok",
    "status:unset",
    "kind:server",
    "kind!=client",
    "kind:sum",
    "kind:histogram",
    "level>=warn",
    "level>warn",
    "level:error",
    "level<=warn",
    "level<warn",
    "level!=info",
    "level=18",
    "duration>200ms",
    "duration>=250ms",
    "duration<5",
    "duration=0",
    "duration!=1.5s",
    "duration>1m",
    "value>10",
    "value<=1.5",
    "value=12",
    "has:sku",
    "has:host.name",
    "has:exception.type",
    "http.response.status_code=502",
    "http.response.status_code=502.0",
    "http.response.status_code>=500",
    "http.response.status_code!=200",
    "http.response.status_code~50",
    "tags=blue",
    "tags=7",
    "tags>6",
    "tags!=blue",
    "tags~LU",
    "cached=false",
    "cached~fal",
    "ratio=0.25",
    "ratio<0.3",
    "ratio>2e-1",
    "host.name=Box",
    "host.name=box",
    "host.name~box",
    "exception.type=Io::Timeout",
    "\"status\"=queued",
    "attempt>2",
    "attempt=3.0",
    "sku=42",
    "sku~4",
    "user=ann",
    "region!=us",
    "db.query.text~\"where id\"",
    "none=x",
    "none!=x",
    "db.response.returned_rows<40",
    "sku>4x",
    "status:bad",
    "level~warn",
    "duration>1d",
    "=x",
    "a=",
    "\"open",
    "has>x",
    "(",
    ")",
    "or",
    "and",
    "-",
];

/// Numbers that are always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn query(&mut self, depth: usize) -> String {
        let terms = 1 + self.roll(3);
        let parts: Vec<_> = (0..terms)
            .map(|_| match self.roll(12) {
                0 if depth < 3 => format!("({})", self.query(depth + 1)),
                1 if depth < 3 => format!("one({})", self.query(depth + 1)),
                2 | 3 => format!("-{}", TERMS[self.roll(TERMS.len() - 14)]),
                4 => TERMS[self.roll(TERMS.len())].into(),
                _ => TERMS[self.roll(TERMS.len() - 14)].into(),
            })
            .collect();
        parts.join([" ", "  ", " or ", " and ", " OR "][self.roll(5)])
    }
}

enum Owned {
    Span(Arc<Span>),
    Log(Arc<Log>),
    Series(Arc<Metric>),
}

impl Owned {
    fn record(&self) -> Record<'_> {
        match self {
            Self::Span(span) => Record::Span(span),
            Self::Log(log) => Record::Log(log),
            Self::Series(series) => Record::Series(series),
        }
    }

    /// As the view shows it, with its signal and its resource.
    fn json(&self) -> Value {
        let object = |write: &dyn Fn(&mut Object<'_, '_>), signal: &str, origin: &Origin| {
            let mut writer = Writer::bounded(usize::MAX);
            writer.object(|o| write(o));
            let mut value: Value = serde_json::from_str(&writer.into_text()).unwrap();
            let mut writer = Writer::bounded(usize::MAX);
            attributes(&mut writer, &origin.resource().attributes);
            value["resource"] = serde_json::from_str(&writer.into_text()).unwrap();
            value["signal"] = signal.into();
            value
        };
        match self {
            Self::Span(span) => {
                let mut value = object(&|o| view::span(o, span, 0), "span", span.origin());
                value["traceId"] = span.trace_id().to_string().into();
                value
            }
            Self::Log(log) => object(&|o| view::log(o, log, None), "log", log.origin()),
            Self::Series(series) => object(&|o| view::metric(o, series), "metric", series.origin()),
        }
    }
}

fn records() -> Vec<Owned> {
    let store = Store::new(1 << 20, Duration::from_secs(1));
    for (signal, text) in [
        (Signal::Traces, TRACES),
        (Signal::Logs, LOGS),
        (Signal::Metrics, METRICS),
    ] {
        let room = Room::unbounded();
        let read = Export::decode(signal, Format::Json, text.into(), 1 << 20, &room);
        let (export, _) = read.unwrap_or_else(|refusal| panic!("{}", refusal.message()));
        store.insert(export, None, 0);
    }
    let spans = store.spans().into_iter().map(Owned::Span);
    let logs = store.logs().into_iter().map(Owned::Log);
    let series = store.metrics().into_iter().map(Owned::Series);
    spans.chain(logs).chain(series).collect()
}

async fn table() -> String {
    let records = records();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut texts: Vec<String> = TERMS.iter().map(|term| (*term).into()).collect();
    texts.extend(["", "  ", "()", "a (b", "one()", "a or", "a and )"].map(String::from));
    texts.push("-".repeat(17) + "a");
    while texts.len() < 1000 {
        texts.push(dice.query(0));
    }
    let mut cases = Vec::new();
    for text in texts {
        cases.push(match text.parse::<Query>() {
            Err(bad) => json!({ "query": text, "column": bad.column }),
            Ok(query) => {
                let mut matches = Vec::new();
                for (at, record) in records.iter().enumerate() {
                    if query.holds(record.record(), &mut Pace::default()).await {
                        matches.push(at);
                    }
                }
                json!({ "query": text, "print": query.to_string(), "matches": matches })
            }
        });
    }
    let lines = |values: Vec<Value>| -> String {
        let lines: Vec<_> = values.iter().map(ToString::to_string).collect();
        lines.join(",\n")
    };
    let records = lines(records.iter().map(Owned::json).collect());
    format!(
        "{{\"records\":[\n{records}\n],\"cases\":[\n{}\n]}}\n",
        lines(cases)
    )
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("page/query-cases.json")
}

#[tokio::test]
async fn a_thousand_queries_mean_what_the_table_says() {
    let table = table().await;
    let told = fs::read_to_string(file()).unwrap();
    for (at, (found, told)) in table.lines().zip(told.lines()).enumerate() {
        assert_eq!(
            found,
            told,
            "line {}: if it is right, write the table anew",
            at + 1
        );
    }
    assert_eq!(table.len(), told.len());
}

#[tokio::test]
#[ignore = "writes the table"]
async fn write_the_table() {
    fs::write(file(), table().await).unwrap();
}
