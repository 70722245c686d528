//! The line that is logged of a request, where it is asked for.

use std::{future::pending, panic::AssertUnwindSafe};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
    routing::get,
};
use futures_util::FutureExt as _;
use opentelemetry::Value;
use otelier_axum::{instrument, instrument_with, layer};
use otelier_core::{Conventions, Propagation};
use otelier_testing::{Log, Telemetry, capture, capture_with};
use tower::{Layer as _, Service};

use crate::{call, get as request};

fn app() -> Router {
    Router::new()
        .route("/orders/{id}", get(async || "an order"))
        .route("/missing", get(async || StatusCode::NOT_FOUND))
        .route("/broken", get(async || StatusCode::BAD_GATEWAY))
        .route("/panics", get(async || -> () { panic!("no oven") }))
        .route("/waits", get(async || pending::<()>().await))
        .route("/health", get(async || "ok"))
}

/// The one line, without how long it took.
#[track_caller]
fn line(telemetry: &Telemetry) -> (Log, String) {
    let mut logs = telemetry.logs();
    logs.retain(|log| log.target == "otelier_axum::access");
    let [log] = <[Log; 1]>::try_from(logs).expect("one line");
    let (start, took) = log
        .message
        .rsplit_once(' ')
        .and_then(|(rest, ms)| {
            assert_eq!(ms, "ms");
            rest.rsplit_once(' ')
        })
        .expect("a duration");
    assert!(took.parse::<f64>().is_ok(), "{took}");
    let start = format!("{} {start}", log.level);
    (log, start)
}

#[tokio::test]
async fn each_ending_of_a_request_is_a_line_in_its_trace_where_it_is_asked_for() {
    let cases = [
        ("/orders/7?token=s3cret", "INFO GET /orders/7 200"),
        ("/missing", "INFO GET /missing 404"),
        ("/broken", "ERROR GET /broken 502"),
        ("/panics", "ERROR GET /panics panic"),
        ("/nowhere", "INFO GET /nowhere 404"),
    ];
    for (path, expected) in cases {
        let telemetry = capture();
        let app = instrument_with(app(), layer().with_access_log());
        let answer = AssertUnwindSafe(call(app, request(path))).catch_unwind();
        drop(answer.await);
        let (log, start) = line(&telemetry);
        assert_eq!(start, expected);
        let [span] = <[_; 1]>::try_from(telemetry.spans()).expect("one span");
        assert_eq!(log.trace_id, Some(span.trace_id));
        assert_eq!(log.span_id, Some(span.span_id));
        for key in [
            "http.request.method",
            "http.route",
            "url.path",
            "error.type",
            "http.response.status_code",
        ] {
            assert_eq!(log.get(key), span.get(key), "{path}: {key}");
        }
        assert!(matches!(
            log.get("http.server.request.duration"),
            Some(Value::F64(_))
        ));
    }
}

#[tokio::test]
async fn a_client_that_goes_away_is_a_line_whether_its_request_began_or_not() {
    for polls in [0, 1] {
        let telemetry = capture();
        let mut app = layer().with_access_log().layer(app());
        let mut answer = Box::pin(Service::<Request<Body>>::call(&mut app, request("/waits")));
        for _ in 0..polls {
            assert!((&mut answer).now_or_never().is_none());
        }
        drop(answer);
        assert_eq!(line(&telemetry).1, "WARN GET /waits cancelled");
    }
}

#[tokio::test]
async fn the_variable_asks_for_all_routers_and_nobody_else_does() {
    let mut conventions = Conventions::default();
    conventions.access_log = true;
    let telemetry = capture_with(Propagation::none(), conventions);
    call(instrument(app()), request("/health")).await;
    call(instrument(app()), request("/orders/7")).await;
    assert_eq!(line(&telemetry).1, "INFO GET /orders/7 200");
    drop(telemetry);

    let telemetry = capture();
    call(instrument(app()), request("/orders/7")).await;
    assert_eq!(telemetry.logs().len(), 0);
}
