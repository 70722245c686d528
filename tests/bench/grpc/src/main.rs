//! What `otelier_tonic`'s layers add to a call, around a service that answers at
//! once with a message and its trailers, so that nothing but the call and its record
//! is counted.
//!
//! `grpc` prints the table, `grpc only NAME..` some rows, and `grpc NAME` runs one
//! variant.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::{Pin, pin},
    task::{Context as TaskContext, Poll, Waker},
    time::Instant,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, Version, header::CONTENT_TYPE};
use http_body::{Body, Frame};
use measure::{below_caller, drive, flags_of, measure};
use opentelemetry::{
    KeyValue,
    metrics::MeterProvider as _,
    trace::{Span as _, SpanBuilder, SpanKind, TracerProvider as _},
};
use opentelemetry_sdk::{metrics::SdkMeterProvider, trace::SdkTracerProvider};
use otelier_core::{Conventions, Propagation, Providers};
use otelier_tonic::{client_layer, server_layer};
use tower::{Layer as _, Service};

const NAMES: [&str; 7] = [
    "server, off",
    "server, sampled",
    "server, not sampled",
    "client, off",
    "client, sampled",
    "client, not sampled",
    "by hand",
];

fn main() {
    measure::program(&NAMES, base_of, run);
}

/// A server is sent its caller's context, which a client writes itself.
fn base_of(variant: &str) -> &'static str {
    match variant.starts_with("client") {
        true => "client bare",
        false => "server bare",
    }
}

/// Answers at once.
#[derive(Clone)]
struct Quick;

/// A message, and the trailers.
struct Answer(u8);

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0 += 1;
        Poll::Ready(match self.0 {
            1 => Some(Ok(Frame::data(Bytes::from_static(b"\0\0\0\0\0")))),
            2 => {
                let mut trailers = HeaderMap::with_capacity(1);
                trailers.insert("grpc-status", HeaderValue::from_static("0"));
                Some(Ok(Frame::trailers(trailers)))
            }
            _ => None,
        })
    }
}

impl Service<Request<()>> for Quick {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Answer>, Infallible>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        std::hint::black_box(request);
        ready(Ok(Response::new(Answer(0))))
    }
}

fn run(variant: &str) {
    let (tracers, meters) = (measure::tracers(), measure::meters());
    let is_recorded = variant.contains("sampled");
    if is_recorded {
        let propagation = Propagation::none().with_trace_context().with_baggage();
        let conventions = Conventions::default();
        let providers = Providers::new(tracers.clone(), meters.clone(), propagation, conventions)
            .with_parent_based_sampling();
        otelier_core::install(providers).expect("once");
    }
    // A server is told its parent in the request.
    let is_client = variant.starts_with("client");
    let _attached = is_client.then(|| below_caller(variant).attach());
    match variant.split(',').next() {
        Some("server") => drive_all(variant, &mut server_layer().layer(Quick)),
        Some("client") => {
            let origin = http::Uri::from_static("http://prices.example:50051");
            drive_all(
                variant,
                &mut client_layer().with_origin(origin).layer(Quick),
            );
        }
        Some("by hand") => by_hand(&tracers, &meters),
        _ => drive_all(variant, &mut Quick),
    }
}

fn request(variant: &str) -> Request<()> {
    let request = Request::post("/shop.Prices/Get").version(Version::HTTP_2);
    let request = request.header(CONTENT_TYPE, "application/grpc");
    let mut request = request.body(()).expect("a request");
    if !variant.starts_with("client") {
        let flags = flags_of(variant).to_u8();
        let parent = format!("00-{:032x}-{:016x}-{flags:02x}", 1, 2);
        let parent = HeaderValue::try_from(parent).expect("a value");
        request.headers_mut().insert("traceparent", parent);
    }
    request
}

fn drive_all<S, B>(variant: &str, service: &mut S)
where
    S: Service<Request<()>, Response = Response<B>, Error = Infallible>,
    B: Body<Error = Infallible>,
{
    measure(|count| {
        for _ in 0..count {
            read(drive(pin!(service.call(request(variant)))));
        }
    });
}

/// Reads to the trailers, as a server does and a client.
fn read<B: Body<Error = Infallible>>(response: Result<Response<B>, Infallible>) {
    let Ok(response) = response;
    let mut body = pin!(response.into_body());
    let mut cx = TaskContext::from_waker(Waker::noop());
    while let Poll::Ready(Some(Ok(frame))) = body.as_mut().poll_frame(&mut cx) {
        if std::hint::black_box(frame).is_trailers() {
            break;
        }
    }
}

/// As people write it: a span of five attributes, and an unbound histogram; the
/// caller's context is not read.
fn by_hand(tracers: &SdkTracerProvider, meters: &SdkMeterProvider) {
    let tracer = tracers.tracer("bench");
    let meter = meters.meter("bench");
    let histogram = meter
        .f64_histogram("rpc.server.call.duration")
        .with_boundaries(otelier_core::semconv::HTTP_DURATION_BOUNDS.to_vec())
        .build();
    measure(|count| {
        for _ in 0..count {
            let started = Instant::now();
            let labels = [
                KeyValue::new("rpc.system.name", "grpc"),
                KeyValue::new("rpc.method", "shop.Prices/Get"),
                KeyValue::new("rpc.status_code", "OK"),
            ];
            let mut span = SpanBuilder::from_name("shop.Prices/Get")
                .with_kind(SpanKind::Server)
                .with_attributes(labels.clone())
                .start(&tracer);
            read(drive(pin!(Quick.call(request("by hand")))));
            span.set_attribute(KeyValue::new("server.address", "prices.example"));
            span.set_attribute(KeyValue::new("server.port", 50051));
            span.end();
            histogram.record(started.elapsed().as_secs_f64(), &labels);
        }
    });
}
