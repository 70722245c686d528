//! What a client's middleware or layer adds to a request over the loopback.
//!
//! The server is a thread that answers with the same bytes: neither callgrind
//! nor the counting allocator sees it.
//!
//! `client` prints the table, `client only NAME..` some rows of it, and
//! `client NAME` runs one variant; with `DUMP=1` it prints the first span.

use std::{
    error::Error,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    thread,
};

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper_util::{client::legacy::connect::HttpConnector, rt::TokioExecutor};
use measure::{below_caller, measure, meters, tracers};
use opentelemetry::Context;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use otelier_core::{Conventions, Propagation, Providers};
use otelier_http::Call;
use otelier_reqwest::{
    ClientBuilder, ClientWithMiddleware, Config, SpanEnd, TraceLayer, TraceMiddleware,
};
use reqwest::{Client, Method, Request, Response, Url};
use tokio::runtime::Runtime;
use tower::{Layer as _, Service};

#[cfg(feature = "peers")]
mod peers;

type NoBody = Empty<Bytes>;
type HyperClient = hyper_util::client::legacy::Client<HttpConnector, NoBody>;

/// Each row with the one that it is compared with.
const OURS: [(&str, &str); 22] = [
    ("bare", "bare"),
    ("middleware, none", "bare"),
    ("middleware, off", "bare"),
    ("client, off", "bare"),
    ("middleware, traces and metrics", "bare"),
    ("middleware, traces", "bare"),
    ("middleware, traces and metrics, to the body's end", "bare"),
    ("middleware, traces and metrics, not sampled", "bare"),
    ("middleware, traces and metrics, random", "bare"),
    ("middleware, passes", "bare"),
    ("service, bare", "service, bare"),
    ("service, off", "service, bare"),
    ("service, traces and metrics", "service, bare"),
    ("service, traces", "service, bare"),
    ("service, traces and metrics, not sampled", "service, bare"),
    ("service, passes", "service, bare"),
    ("hyper, bare", "hyper, bare"),
    ("hyper, off", "hyper, bare"),
    ("hyper, traces and metrics", "hyper, bare"),
    ("hyper, traces and metrics, not sampled", "hyper, bare"),
    ("hyper, passes", "hyper, bare"),
    ("hyper, guard, traces and metrics", "hyper, bare"),
];

fn main() {
    let rows = OURS.iter().chain(PEERS);
    let names: Vec<_> = rows.map(|(name, _)| *name).collect();
    measure::program(&names, base_of, run);
}

#[cfg(feature = "peers")]
const PEERS: &[(&str, &str)] = &peers::NAMES;
#[cfg(not(feature = "peers"))]
const PEERS: &[(&str, &str)] = &[];

fn base_of(variant: &str) -> &'static str {
    let mut rows = OURS.iter().chain(PEERS);
    rows.find_map(|(name, base)| (*name == variant).then_some(*base))
        .unwrap_or_else(|| panic!("there is no {variant:?}"))
}

fn propagation() -> Propagation {
    Propagation::none().with_trace_context().with_baggage()
}

/// Installs ours, with meters or without.
fn install(metrics: bool) {
    let propagation = propagation();
    let meters = if metrics {
        meters()
    } else {
        SdkMeterProvider::default()
    };
    let providers = Providers::new(tracers(), meters, propagation, Conventions::default());
    otelier_core::install(providers.with_parent_based_sampling()).expect("once");
}

/// Answers every request, on one connection after the other.
fn serve() -> SocketAddr {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 6\r\n\
        date: Sat, 21 Nov 2026 06:00:00 GMT\r\n\r\na user";
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            stream.set_nodelay(true).expect("an option");
            let mut buffer = [0; 4096];
            let mut filled = 0;
            while let Ok(read @ 1..) = stream.read(&mut buffer[filled..]) {
                filled += read;
                if buffer[..filled].ends_with(b"\r\n\r\n") {
                    filled = 0;
                    stream.write_all(ANSWER).expect("a reader");
                }
            }
        }
    });
    address
}

fn url() -> Url {
    let url = format!("http://{}/users/42", serve());
    url.parse().expect("a URL")
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn hyper_client() -> HyperClient {
    hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http()
}

fn reqwest_client() -> Client {
    Client::builder().no_proxy().build().expect("a client")
}

/// Measures requests that are made and sent by a function, their bodies read.
fn drive<E: Error>(mut send: impl AsyncFnMut(Url) -> Result<Response, E>) {
    let (runtime, url) = (runtime(), url());
    measure(|count| {
        runtime.block_on(async {
            for _ in 0..count {
                let response = send(url.clone()).await.expect("an answer");
                response.bytes().await.expect("a body");
            }
        });
    });
}

fn drive_client(client: &ClientWithMiddleware) {
    drive(async |url| client.get(url).send().await);
}

fn drive_service<S>(mut service: S)
where
    S: Service<Request, Response = Response, Error: Error>,
{
    drive(async |url| service.call(Request::new(Method::GET, url)).await);
}

/// Measures requests through a service of hyper's, their bodies read.
fn drive_hyper<S>(mut service: S)
where
    S: Service<http::Request<NoBody>, Response = http::Response<Incoming>, Error: Error>,
{
    let (runtime, url) = (runtime(), url().to_string());
    let uri: http::Uri = url.parse().expect("a URI");
    measure(|count| {
        runtime.block_on(async {
            for _ in 0..count {
                let mut request = http::Request::new(NoBody::new());
                *request.uri_mut() = uri.clone();
                let response = service.call(request).await.expect("an answer");
                response.into_body().collect().await.expect("a body");
            }
        });
    });
}

/// The same with a guard by hand, as around a client that is no service.
fn drive_guarded(client: HyperClient) {
    drive_hyper(tower::service_fn(
        move |mut request: http::Request<NoBody>| {
            let client = client.clone();
            async move {
                let call = Call::begin("GET", &request.uri().to_string());
                call.inject(request.headers_mut());
                let answer = call.run(client.request(request)).await;
                match &answer {
                    Ok(response) => call.answered(response.status().as_u16()),
                    Err(error) => call.failed(error),
                }
                answer
            }
        },
    ));
}

fn run(variant: &str) {
    if variant.contains("traces") && OURS.iter().any(|(name, _)| *name == variant) {
        install(variant.contains("metrics"));
    }
    if variant.ends_with("passes") {
        otelier_core::install(Providers::passing(propagation())).expect("once");
    }
    let client = reqwest_client();
    let parent = if variant.ends_with("random") {
        let mut headers = reqwest::header::HeaderMap::new();
        let random = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03";
        headers.insert(
            "traceparent",
            reqwest::header::HeaderValue::from_static(random),
        );
        propagation().extract(&headers, &Context::new())
    } else {
        below_caller(variant)
    };
    let _attached = parent.attach();
    match variant {
        "bare" => drive(async |url| client.get(url).send().await),
        "middleware, none" => drive_client(&client.into()),
        "client, off" => drive_client(&otelier_reqwest::client(client)),
        "service, bare" => drive_service(client),
        "hyper, bare" => drive_hyper(hyper_client()),
        "hyper, guard, traces and metrics" => drive_guarded(hyper_client()),
        _ if OURS.iter().all(|(name, _)| *name != variant) => {
            #[cfg(feature = "peers")]
            peers::run(variant, client);
            #[cfg(not(feature = "peers"))]
            panic!("there is no {variant:?}");
        }
        _ if variant.starts_with("hyper") => {
            drive_hyper(otelier_http::TraceLayer::new().layer(hyper_client()));
        }
        _ if variant.starts_with("service") => drive_service(TraceLayer::new().layer(client)),
        _ => {
            let end = if variant.contains("body") {
                SpanEnd::Body
            } else {
                SpanEnd::Head
            };
            let config = Config::new().with_span_end(end);
            let trace = TraceMiddleware::with_config(config);
            drive_client(&ClientBuilder::new(client).with(trace).build());
        }
    }
}
