//! Streams, readiness and admission, beside what tower has and what is written by hand.

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll},
    time::Instant,
};

use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    error_handling::HandleErrorLayer,
    extract::MatchedPath,
    http::{Request, StatusCode},
    middleware::{Next, from_fn},
    response::Response,
    routing::get,
};
use http_body::Frame;
use opentelemetry::{
    KeyValue,
    metrics::{Histogram, MeterProvider as _, UpDownCounter},
};
use otelier_axum::{admission::AdmissionLayer, ready::Ready};
use tower::{ServiceBuilder, limit::GlobalConcurrencyLimitLayer, load_shed::LoadShedLayer};

use super::{meters, routes};

/// So many at a time; the one of the bench is let in.
const MOST: usize = 64;

pub const NAMES: [&str; 9] = [
    "admission",
    "traces and metrics, admission",
    "tower, concurrency limit",
    "tower, concurrency limit and load shed",
    "by hand, stream",
    "bare, ready",
    "ready",
    "metrics, ready",
    "traces and metrics, ready",
];

/// The router of a variant.
pub fn router(variant: &str) -> Router {
    let routes = routes(variant);
    match variant {
        "admission" => routes.layer(AdmissionLayer::new(MOST)),
        "traces and metrics, admission" => {
            otelier_axum::instrument(routes.layer(AdmissionLayer::new(MOST)))
        }
        "tower, concurrency limit" => routes.layer(GlobalConcurrencyLimitLayer::new(MOST)),
        "tower, concurrency limit and load shed" => routes.layer(
            ServiceBuilder::new()
                .layer(HandleErrorLayer::new(async |_: BoxError| {
                    StatusCode::SERVICE_UNAVAILABLE
                }))
                .layer(LoadShedLayer::new())
                .layer(GlobalConcurrencyLimitLayer::new(MOST)),
        ),
        "by hand, stream" => by_hand(routes),
        "bare, ready" => routes.route("/ready", get(async || "ready\n")),
        "ready" | "metrics, ready" => routes.route("/ready", ready()),
        "traces and metrics, ready" => otelier_axum::instrument(routes.route("/ready", ready())),
        variant => panic!("there is no {variant:?}"),
    }
}

fn ready() -> axum::routing::MethodRouter {
    let ready = Ready::new();
    ready.set_ready();
    let route = ready.route();
    // As a service keeps it.
    std::mem::forget(ready);
    route
}

/// A gauge of open streams, and how long each lasted: by route.
fn by_hand(routes: Router) -> Router {
    let meter = meters().meter("by hand");
    let open = meter.i64_up_down_counter("streams").build();
    let lasted = meter.f64_histogram("lasted").with_unit("s").build();
    routes.layer(from_fn(move |request: Request<Body>, next: Next| {
        let (open, lasted) = (open.clone(), lasted.clone());
        async move {
            let path = request.extensions().get::<MatchedPath>().cloned();
            let response: Response = next.run(request).await;
            let route = path.map_or_else(String::new, |path| path.as_str().to_owned());
            let labels = [KeyValue::new("http.route", route)];
            open.add(1, &labels);
            response.map(|inner| {
                Body::new(Counted {
                    inner,
                    since: Instant::now(),
                    open,
                    lasted,
                    labels,
                })
            })
        }
    }))
}

struct Counted {
    inner: Body,
    since: Instant,
    open: UpDownCounter<i64>,
    lasted: Histogram<f64>,
    labels: [KeyValue; 1],
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.open.add(-1, &self.labels);
        let lasted = self.since.elapsed().as_secs_f64();
        self.lasted.record(lasted, &self.labels);
    }
}
