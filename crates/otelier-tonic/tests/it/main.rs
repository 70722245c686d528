//! What is recorded of calls, with tonic on both sides of real sockets.
#![cfg(test)]

mod client;
mod endings;
mod names;
mod passing;
mod router;
mod server;
mod shop;
mod streams;

use opentelemetry::trace::{SpanKind, Status};
use otelier_testing::{Span, Telemetry};

/// Waits until there are so many spans: a server ends its own when the client may
/// have gone on already.
async fn spans(telemetry: &Telemetry, count: usize) -> Vec<Span> {
    while telemetry.spans().len() < count {
        tokio::task::yield_now().await;
    }
    telemetry.spans()
}

fn text(span: &Span, key: &str) -> Option<String> {
    span.get(key).map(|value| value.to_string())
}

/// One span of a kind and one observation, in agreement: the method, the code, and
/// the error if it is one.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a kind is a word")]
fn assert_ended_as(
    telemetry: &Telemetry,
    kind: SpanKind,
    (method, code): (&str, &str),
    error: Option<&str>,
) {
    let side = match kind {
        SpanKind::Server => "server",
        _ => "client",
    };
    let spans = telemetry.spans();
    let mut ours = spans.iter().filter(|span| span.kind == kind);
    let span = ours.next().unwrap();
    assert!(ours.next().is_none(), "one span of that kind");
    let duration = telemetry.metric(&format!("rpc.{side}.call.duration"));
    assert_eq!((duration.count(), duration.points.len()), (1, 1));
    let point = &duration.points[0];
    for (key, expected) in [
        ("rpc.system.name", Some("grpc")),
        ("rpc.method", Some(method)),
        ("rpc.status_code", Some(code)),
        ("error.type", error),
    ] {
        assert_eq!(text(span, key).as_deref(), expected, "{key}");
        assert_eq!(span.get(key), point.attributes.get(key), "{key}");
    }
    let name = if method == "_OTHER" { "grpc" } else { method };
    assert_eq!(span.name, name);
    let is_error = matches!(span.status, Status::Error { .. });
    assert_eq!(is_error, error.is_some());
    assert!((duration.total() - span.elapsed().as_secs_f64()).abs() < 1e-9);
}
