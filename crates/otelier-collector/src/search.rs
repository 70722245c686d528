//! The subcommand `query`: asks a collector, or files, so that a pipeline can assert on traces.

use crate::cli::{Format, Search};
use bytes::Bytes;
use http::{Request, StatusCode, Uri, request::Builder};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use otelier_collector::{Collector, Running};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Memory for what is in files.
const STORE: usize = 1 << 30;
/// How often it is asked again while it waits.
const PAUSE: Duration = Duration::from_millis(250);

/// How it ended, as the exit status tells it.
enum Outcome {
    Found = 0,
    None = 1,
    BadQuery = 2,
    Unreachable = 3,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

pub(crate) async fn run(search: Search) -> ExitCode {
    if search.open.is_empty() {
        let endpoint = search.endpoint.trim_end_matches('/').to_owned();
        return ask(&search, &endpoint).await.into();
    }
    match opened(&search.open).await {
        Ok(collector) => {
            let outcome = ask(&search, &collector.http_endpoint()).await;
            collector.shutdown().await;
            outcome.into()
        }
        Err(reason) => {
            tell(&reason);
            Outcome::Unreachable.into()
        }
    }
}

/// A collector that has what is in files, which tells what it has not.
pub(crate) async fn opened<P: Into<PathBuf>>(
    paths: impl IntoIterator<Item = P>,
) -> Result<Running, String> {
    let mut collector = Collector::builder().with_store_bytes(STORE);
    for path in paths {
        collector = collector.with_open(path);
    }
    let collector = collector.start().await;
    let collector = collector.map_err(|error| crate::explain(&error))?;
    let opened = collector.opened();
    crate::tell_skipped(opened, tell);
    if opened.requests == 0 && opened.skipped > 0 {
        return Err("nothing in these files can be read".into());
    }
    let stats = collector.store().stats();
    let evicted = [stats.spans, stats.logs, stats.points].map(|counts| counts.evicted);
    if evicted.iter().any(|count| *count > 0) {
        tell("not all of it finds room: the oldest is not looked at");
    }
    Ok(collector)
}

pub(crate) fn tell(line: &str) {
    // Nobody hears if that cannot be written.
    let _ = writeln!(io::stderr(), "otelier-collector: {line}");
}

pub(crate) fn write(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

pub(crate) async fn get(url: &str) -> Result<(StatusCode, Bytes), String> {
    send(url, Request::get("/"), Bytes::new()).await
}

pub(crate) async fn post_json(url: &str, json: String) -> Result<(StatusCode, Bytes), String> {
    let request = Request::post("/").header("content-type", "application/json");
    send(url, request, json.into()).await
}

async fn send(url: &str, request: Builder, body: Bytes) -> Result<(StatusCode, Bytes), String> {
    // As others take it, too.
    let whole = match url.contains("://") {
        true => url.to_owned(),
        false => format!("http://{url}"),
    };
    let uri: Uri = whole.parse().map_err(|error| format!("{url}: {error}"))?;
    let request = request.uri(uri).body(Full::new(body));
    let request = request.map_err(|error| error.to_string())?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = async {
        let answer = client.request(request).await.map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            cause.unwrap_or_else(|| error.to_string())
        })?;
        let status = answer.status();
        let body = answer.into_body().collect().await;
        let body = body.map_err(|error| error.to_string())?;
        Ok((status, body.to_bytes()))
    };
    let answer = timeout(PATIENCE, answer).await;
    answer.unwrap_or_else(|_| Err("no answer in time".into()))
}

async fn ask(search: &Search, endpoint: &str) -> Outcome {
    let query = utf8_percent_encode(&search.query, NON_ALPHANUMERIC);
    let url = format!("{endpoint}/api/traces?query={query}&limit={}", search.limit);
    let until = Instant::now() + search.wait;
    let answer = loop {
        let answer = get(&url).await;
        let found = match &answer {
            Ok((StatusCode::OK, body)) => {
                let answer: Value = serde_json::from_slice(body).unwrap_or_default();
                at(&answer, "traces")
                    .as_array()
                    .is_some_and(|traces| !traces.is_empty())
            }
            Ok((status, _)) => status.is_client_error(),
            Err(_) => false,
        };
        if found || Instant::now() >= until {
            break answer;
        }
        sleep(PAUSE).await;
    };
    let (status, body) = match answer {
        Ok(answer) => answer,
        Err(error) => {
            tell(&format!("cannot ask {endpoint}: {error} (--endpoint)"));
            return Outcome::Unreachable;
        }
    };
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    if status != StatusCode::OK {
        let message = at(&answer, "error")
            .as_str()
            .unwrap_or("no answer that is understood");
        let Some(column) = at(&answer, "column").as_u64() else {
            tell(&format!("{endpoint} answers {status}: {message}"));
            return Outcome::Unreachable;
        };
        let indent = " ".repeat(usize::try_from(column.saturating_sub(1)).unwrap_or(0));
        tell(&format!(
            "column {column}: {message}\n  {}\n  {indent}^",
            search.query.replace(char::is_control, " ")
        ));
        return Outcome::BadQuery;
    }
    let none = Vec::new();
    let traces = at(&answer, "traces").as_array().unwrap_or(&none);
    match search.format {
        Format::Json => write(&String::from_utf8_lossy(&body)),
        Format::Table => write(&table(traces)),
        Format::Tree => {
            for trace in traces {
                let id = at(trace, "traceId").as_str().unwrap_or_default();
                match get(&format!("{endpoint}/api/traces/{id}.txt")).await {
                    Ok((StatusCode::OK, tree)) => write(&String::from_utf8_lossy(&tree)),
                    // Gone meanwhile.
                    Ok(_) => {}
                    Err(error) => {
                        tell(&format!("cannot ask {endpoint}: {error}"));
                        return Outcome::Unreachable;
                    }
                }
            }
        }
    }
    match traces.is_empty() {
        true => Outcome::None,
        false => Outcome::Found,
    }
}

/// A field of an answer; null where it is not there.
fn at<'a>(value: &'a Value, key: &str) -> &'a Value {
    value.get(key).unwrap_or(&Value::Null)
}

/// A line a trace, in columns.
fn table(traces: &[Value]) -> String {
    let mut lines = String::new();
    for trace in traces {
        let text = |key: &str| {
            at(trace, key)
                .as_str()
                .unwrap_or("-")
                .replace(char::is_control, " ")
        };
        let id: String = text("traceId").chars().take(16).collect();
        let millis = at(trace, "durationMs").as_f64().unwrap_or_default();
        lines.push_str(&format!(
            "{id}  {:<5}  {millis:>10.2} ms  {:>5} spans  {:>3} errors  {}  {}\n",
            text("status"),
            at(trace, "spanCount"),
            at(trace, "errorCount"),
            text("service"),
            text("name"),
        ));
    }
    lines
}
