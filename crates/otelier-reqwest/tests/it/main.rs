//! What the client records, over real sockets.
#![cfg(test)]

mod attributes;
mod bodies;
mod endings;
mod errors;
mod identity;
mod metrics;
mod nesting;
mod off;
mod propagation;
mod property;
mod redirects;
mod retries;
mod tower_layer;

use std::{net::SocketAddr, pin::Pin, sync::Arc};

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    routing::get,
};
use http::Extensions;
use otelier_testing::Telemetry;
use reqwest::{Client, Request, Response};
use reqwest_middleware::{Middleware, Next, Result};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::Mutex,
};

/// Serves on a free port of the loopback until the runtime ends.
#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Answers the first bytes of every connection with these bytes and hangs up.
#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
async fn answering(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let Ok(1..) = stream.read(&mut [0; 1024]).await else {
                continue;
            };
            stream.write_all(bytes).await.ok();
        }
    });
    port
}

/// `/status/{code}` answers with a code, `/hang` never, all else with `ok`.
fn app() -> Router {
    let status = async |axum::extract::Path(code): axum::extract::Path<u16>| {
        StatusCode::from_u16(code).unwrap()
    };
    Router::new()
        .route("/status/{code}", get(status))
        .route("/hang", get(std::future::pending::<()>))
        .fallback(async || "ok")
}

/// A client without proxies that knows every host of a test by name.
fn client_for(server: SocketAddr) -> Client {
    Client::builder()
        .no_proxy()
        .resolve("shop.example", server)
        .resolve("other.example", server)
        .build()
        .unwrap()
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response>> + Send + 'a>>;

/// A middleware that is a function.
struct By<F>(F);

fn by<F>(inner: F) -> By<F>
where
    F: for<'a> Fn(Request, &'a mut Extensions, Next<'a>) -> Answer<'a> + Send + Sync + 'static,
{
    By(inner)
}

impl<F> Middleware for By<F>
where
    F: for<'a> Fn(Request, &'a mut Extensions, Next<'a>) -> Answer<'a> + Send + Sync + 'static,
{
    fn handle<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        request: Request,
        extensions: &'life1 mut Extensions,
        next: Next<'life2>,
    ) -> Pin<Box<dyn Future<Output = Result<Response>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move { (self.0)(request, extensions, next).await })
    }
}

/// The headers of each request that a server got.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<HeaderMap>>>);

impl Seen {
    fn router(&self) -> Router {
        let seen = self.clone();
        Router::new().fallback(async move |headers: HeaderMap| {
            seen.0.lock().await.push(headers);
            "ok"
        })
    }

    async fn headers(&self) -> Vec<HeaderMap> {
        self.0.lock().await.clone()
    }

    async fn header(&self, at: usize, name: &str) -> Option<String> {
        let all = self.0.lock().await;
        let value = all[at].get(name)?;
        Some(value.to_str().unwrap().to_owned())
    }
}

/// One span and one observation, in agreement, and nobody in flight.
#[track_caller]
fn assert_ended_as(telemetry: &Telemetry, line: &str) {
    assert_eq!(undescribed(telemetry), format!("{line}\n"));
    assert_agreed(telemetry);
}

/// The tree without the descriptions of statuses: systems word them differently.
fn undescribed(telemetry: &Telemetry) -> String {
    let tree = telemetry.tree().to_string();
    let lines = tree.lines().map(|line| match line.split_once("ERROR: ") {
        Some((head, rest)) => {
            let kind = rest.rsplit(' ').next().unwrap_or_default();
            format!("{head}ERROR {kind}\n")
        }
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// Spans and metrics tell the same story.
#[track_caller]
fn assert_agreed(telemetry: &Telemetry) {
    let spans = telemetry.spans();
    let spans: Vec<_> = spans
        .iter()
        .filter(|span| span.kind == opentelemetry::trace::SpanKind::Client)
        .collect();
    let duration = telemetry.metric("http.client.request.duration");
    assert_eq!(duration.count(), spans.len() as u64);
    let mut counted = 0;
    for point in &duration.points {
        let keys = [
            "http.request.method",
            "server.address",
            "server.port",
            "http.response.status_code",
            "error.type",
            "network.protocol.version",
        ];
        let agreeing = spans.iter().filter(|span| {
            keys.iter()
                .all(|key| span.get(key) == point.attributes.get(key))
        });
        assert_eq!(agreeing.count() as u64, point.count);
        counted += point.count;
    }
    assert_eq!(counted, spans.len() as u64);
    let spent: f64 = spans.iter().map(|span| span.elapsed().as_secs_f64()).sum();
    assert!((duration.total() - spent).abs() < 1e-9);
    assert_eq!(telemetry.metric("http.client.active_requests").total(), 0.0);
}
