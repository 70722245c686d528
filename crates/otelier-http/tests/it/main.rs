//! What is recorded of any client, over real sockets.
#![cfg(test)]

mod call;
mod endings;
mod proxy;
mod sent;

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, body::Body, http::HeaderMap};
use http::{Request, StatusCode};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use opentelemetry::trace::SpanKind;
use otelier_testing::Telemetry;
use tokio::{net::TcpListener, sync::Mutex};

type Plain = Client<HttpConnector, Body>;

/// Serves on a free port of the loopback until the runtime ends.
#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn plain() -> Plain {
    Client::builder(TokioExecutor::new()).build_http()
}

fn get(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).unwrap()
}

/// `/status/{code}` answers with a code, `/hang` never, all else with `ok`; the
/// headers of each other request are kept.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<HeaderMap>>>);

impl Seen {
    fn router(&self) -> Router {
        let seen = self.clone();
        let status = async |axum::extract::Path(code): axum::extract::Path<u16>| {
            StatusCode::from_u16(code).unwrap()
        };
        Router::new()
            .route("/status/{code}", axum::routing::get(status))
            .route("/hang", axum::routing::get(std::future::pending::<()>))
            .fallback(async move |headers: HeaderMap| {
                seen.0.lock().await.push(headers);
                "ok"
            })
    }

    /// A header of the last request.
    async fn header(&self, name: &str) -> Option<String> {
        let all = self.0.lock().await;
        let value = all.last().unwrap().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    }
}

/// One span and one observation, in agreement, and nobody in flight.
#[track_caller]
fn assert_ended_as(telemetry: &Telemetry, name: &str, labels: &[(&str, &str)]) {
    let spans = telemetry.spans();
    assert_eq!(spans.len(), 1);
    let span = &spans[0];
    assert_eq!((&*span.name, span.kind.clone()), (name, SpanKind::Client));
    let duration = telemetry.metric("http.client.request.duration");
    assert_eq!((duration.count(), duration.points.len()), (1, 1));
    for key in [
        "http.request.method",
        "server.address",
        "server.port",
        "http.response.status_code",
        "error.type",
        "network.protocol.version",
    ] {
        let point = &duration.points[0];
        assert_eq!(span.get(key), point.attributes.get(key), "{key}");
        let expected = labels.iter().find(|(label, _)| *label == key);
        if let Some((_, expected)) = expected {
            let value = span.get(key).map(|value| value.to_string());
            assert_eq!(value.as_deref(), Some(*expected), "{key}");
        } else if key == "error.type" {
            assert_eq!(span.get(key), None);
        }
    }
    let is_error = matches!(span.status, opentelemetry::trace::Status::Error { .. });
    assert_eq!(is_error, span.get("error.type").is_some());
    assert!((duration.total() - span.elapsed().as_secs_f64()).abs() < 1e-9);
    assert_eq!(telemetry.metric("http.client.active_requests").total(), 0.0);
}
