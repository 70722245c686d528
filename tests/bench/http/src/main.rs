//! What a server layer adds to a bare router that is called in process.
//!
//! `http` prints the table, `http only NAME..` some rows of it, `http lines` how much
//! code a request runs through, `http routes` what more routes cost, and `http NAME`
//! runs one variant; with `DUMP=1` it prints the first span.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    env,
    net::SocketAddr,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::ConnectInfo,
    http::{HeaderValue, Request, Response, header::CONTENT_TYPE, request::Parts},
    routing::get,
};
use http_body::Frame;
use http_body_util::BodyExt as _;
use measure::{Cost, code_lines_of, cost_of, measure, meters, row, tracers};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use otelier_core::{Conventions, Propagation, Providers, edge::Exemplars};
use tokio::runtime::Runtime;
use tower::{Layer as _, Service, layer::util::Identity};

mod beside;
#[cfg(feature = "peers")]
mod peers;

/// How often a handler that yields does so.
const YIELDS: usize = 8;

/// What is sent with every request.
const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const UNSAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
const SAMPLED_RANDOM: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03";
const UNSAMPLED_RANDOM: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02";

/// What a proxy of ours adds, and what browsers send through it.
const PROXIED: [(&str, &str); 12] = [
    ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("accept-language", "en-GB,en;q=0.7,de;q=0.3"),
    ("cache-control", "no-cache"),
    ("cookie", "session=0123456789abcdef; theme=dark"),
    ("referer", "https://shop.example/users"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-site", "same-origin"),
    ("x-request-id", "5f3759df-0000-4000-8000-000000000000"),
    ("x-forwarded-for", "203.0.113.9, 10.0.0.7"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "shop.example"),
];

/// Clients that take turns.
const CLIENTS: u8 = 64;
/// How many routes a router has, of which the later half is asked for in turn.
fn routes_of(variant: &str) -> Option<usize> {
    let (_, count) = variant.strip_suffix(" routes")?.rsplit_once(' ')?;
    count.parse().ok()
}

const OURS: [&str; 45] = [
    "request",
    "bare",
    "bare, 64 clients",
    "bare, behind a proxy",
    "bare, 4096 routes",
    "traces and metrics, 64 clients",
    "traces and metrics, behind a proxy",
    "traces and metrics, not sampled, behind a proxy",
    "traces and metrics, 4096 routes",
    "bare, 10000 routes",
    "traces and metrics, 10000 routes",
    "identity",
    "off, instrument",
    "off, around",
    "off, layer",
    "traces",
    "traces, around",
    "traces and metrics",
    "traces and metrics, around",
    "traces, not sampled",
    "traces and metrics, not sampled",
    "traces and metrics, not sampled, around",
    "metrics",
    "excluded",
    "bare, yields",
    "off, around, yields",
    "traces, yields",
    "traces and metrics, yields",
    "traces, root",
    "traces, unknown host each time",
    "traces and metrics, exemplars",
    "traces and metrics, not sampled, exemplars",
    "traces and metrics, random",
    "traces and metrics, not sampled, random",
    "traces and metrics, baggage",
    "bare, stream",
    "traces and metrics, stream",
    "passes",
    "passes, root",
    "bare, as it is",
    "identity, as it is",
    "off, layer, as it is",
    "traces, as it is",
    "traces and metrics, as it is",
    "traces and metrics, not sampled, as it is",
];

fn main() {
    let mut arguments = env::args().skip(1);
    match arguments.next().as_deref() {
        None => table(&names()),
        Some("only") => table(&arguments.collect::<Vec<_>>()),
        Some("lines") => lines(),
        Some("routes") => table(&ROUTES.map(|count| format!("traces and metrics, {count} routes"))),
        Some(variant) => run(variant),
    }
}

/// How many routes are asked for in turn is half of these.
const ROUTES: [usize; 6] = [2, 20, 200, 2000, 8000, 20_000];

/// Behind a variant: how much code it runs through.
const LINES: &str = ", lines";

fn line_row(name: &str) {
    let (lines, bare) = (code_lines_of(name), code_lines_of("bare"));
    let added = lines as i64 - bare as i64;
    bench_check::record(&format!("{name}{LINES}"), added, 0.0);
    println!("| {name}{LINES} | {lines} | {added:+} | | | | |");
}

fn lines() {
    println!("| variant | lines of code | added |");
    println!("|---|---:|---:|");
    let bare = code_lines_of("bare");
    println!("| bare | {bare} | |");
    let wanted = |name: &String| {
        matches!(
            name.as_str(),
            "off, layer" | "traces and metrics" | "traces and metrics, not sampled"
        ) || name.starts_with("oxtel-tower, traces and metrics")
            || name == "tower-otel, traces and metrics"
            || name == "axum-tracing-opentelemetry"
    };
    for name in names().into_iter().filter(wanted) {
        let lines = code_lines_of(&name);
        println!("| {name} | {lines} | {:+} |", lines as i64 - bare as i64);
    }
}

fn names() -> Vec<String> {
    #[cfg(feature = "peers")]
    let peers = peers::NAMES.iter();
    #[cfg(not(feature = "peers"))]
    let peers = [].iter();
    OURS.iter()
        .chain(&beside::NAMES)
        .chain(peers)
        .map(|name| (*name).to_owned())
        .collect()
}

fn table(names: &[String]) {
    let mut bases = BTreeMap::new();
    let mut bare = |like: &str| {
        let kinds = [
            "as it is",
            "yields",
            "stream",
            "ready",
            "64 clients",
            "behind a proxy",
        ];
        let bare = match (
            kinds.iter().find(|kind| like.ends_with(**kind)),
            routes_of(like),
        ) {
            (Some(kind), _) => format!("bare, {kind}"),
            (None, Some(count)) => format!("bare, {count} routes"),
            (None, None) => "bare".to_owned(),
        };
        let cost = || cost_of(&bare);
        *bases.entry(bare.clone()).or_insert_with(cost)
    };
    println!("| variant | instructions | added | allocations | added | bytes | ns, best |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for name in names {
        if let Some(name) = name.strip_suffix(LINES) {
            line_row(name);
            continue;
        }
        let (cost, base) = (cost_of(name), bare(name));
        println!("{}", row(name, cost, base));
        if let Some(once) = name.strip_suffix(", yields") {
            let added =
                |cost: Cost, base: Cost| cost.instructions as f64 - base.instructions as f64;
            let polls = added(cost, base) - added(cost_of(once), bare(once));
            println!(
                "| {once}, each further poll | | {:+.0} | | | | |",
                polls / YIELDS as f64
            );
        }
    }
}

fn propagation() -> Propagation {
    Propagation::none().with_trace_context().with_baggage()
}

/// Installs ours: tracers or none, meters or none, with exemplars or without.
fn install(variant: &str) {
    let traces = !variant.starts_with("metrics");
    let metrics = variant.contains("metrics");
    let propagation = propagation();
    let meters = if metrics {
        meters()
    } else {
        SdkMeterProvider::default()
    };
    let mut conventions = Conventions::default();
    conventions.exemplars = variant.ends_with("exemplars").then(Exemplars::new);
    let providers = if traces {
        Providers::new(tracers(), meters, propagation, conventions)
    } else {
        let none = opentelemetry::trace::noop::NoopTracerProvider::new();
        Providers::new(none, meters, propagation, conventions)
    };
    otelier_core::install(providers.with_parent_based_sampling()).expect("once");
}

fn routes(variant: &str) -> Router {
    let mut router = Router::new();
    for route in 0..routes_of(variant).unwrap_or_default() {
        router = router.route(&format!("/of/{route}/users/{{id}}"), get(async || "a user"));
    }
    router
        .route("/users/{id}", get(async || "a user"))
        .route("/health", get(async || "ok"))
        .route(
            "/events/{id}",
            get(async || {
                let head = [(CONTENT_TYPE, "text/event-stream")];
                (head, Body::new(Once(true)))
            }),
        )
        .route(
            "/yields/{id}",
            get(async || {
                Yields(YIELDS).await;
                "a user"
            }),
        )
}

/// One event.
struct Once(bool);

impl HttpBody for Once {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let is_first = std::mem::take(&mut self.0);
        let event = Bytes::from_static(b"data: one\n\n");
        Poll::Ready(is_first.then(|| Ok(Frame::data(event))))
    }
}

struct Yields(usize);

impl Future for Yields {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<()> {
        let Some(left) = self.0.checked_sub(1) else {
            return Poll::Ready(());
        };
        self.0 = left;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// What a variant is called with.
#[derive(Clone)]
struct Call {
    /// In turn.
    all: Vec<Parts>,
    /// Changes the host of every request.
    hosts: bool,
    count: usize,
}

impl Call {
    fn of(variant: &str) -> Self {
        let all = match variant {
            variant if variant.ends_with("64 clients") => (0..CLIENTS)
                .map(|client| {
                    let mut parts = parts(variant, "/users/42");
                    let peer =
                        SocketAddr::from(([198, 51, 100, client], 50_000 + u16::from(client)));
                    parts.extensions.insert(ConnectInfo(peer));
                    let agent = format!("curl/8.5.{}", client % 8);
                    parts
                        .headers
                        .insert("user-agent", agent.parse().expect("a value"));
                    parts
                })
                .collect(),
            variant if variant.ends_with("routes") => (0..routes_of(variant).expect("a count"))
                .map(|route| parts(variant, &format!("/of/{route}/users/42")))
                .collect(),
            "excluded" => vec![parts(variant, "/health")],
            variant if variant.ends_with("yields") => vec![parts(variant, "/yields/42")],
            variant if variant.ends_with("ready") => vec![parts(variant, "/ready")],
            variant if variant.ends_with("stream") => vec![parts(variant, "/events/42")],
            _ => vec![parts(variant, "/users/42")],
        };
        Self {
            all,
            hosts: variant.contains("unknown host"),
            count: 0,
        }
    }

    fn request(&mut self) -> Request<Body> {
        let mut parts = Parts::clone(&self.all[self.count % self.all.len()]);
        self.count += 1;
        if self.hosts {
            let host = format!("{}.example:8080", self.count);
            parts.headers.insert("host", host.parse().expect("a value"));
        }
        Request::from_parts(parts, Body::empty())
    }
}

fn parts(variant: &str, path: &str) -> Parts {
    let mut request = Request::get(path)
        .header("host", "shop.example:8080")
        .header("user-agent", "curl/8.5.0")
        .body(())
        .expect("a request");
    let headers = request.headers_mut();
    if !variant.ends_with("root") {
        let sampled = !variant.contains("not sampled");
        let parent = match (sampled, variant.ends_with("random")) {
            (true, false) => SAMPLED,
            (true, true) => SAMPLED_RANDOM,
            (false, false) => UNSAMPLED,
            (false, true) => UNSAMPLED_RANDOM,
        };
        headers.insert("traceparent", HeaderValue::from_static(parent));
    }
    if variant.ends_with("baggage") {
        let baggage = "userId=Am%C3%A9lie,serverNode=DF%2028,isProduction=false";
        headers.insert("baggage", HeaderValue::from_static(baggage));
    }
    let mut peer = SocketAddr::from(([198, 51, 100, 7], 54321));
    if variant.ends_with("behind a proxy") {
        peer = SocketAddr::from(([10, 0, 0, 8], 54321));
        for (name, value) in PROXIED {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    request.extensions_mut().insert(ConnectInfo(peer));
    request.into_parts().0
}

fn drive<S, B>(variant: &str, mut service: S)
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
    B: HttpBody + Unpin,
{
    let runtime = runtime();
    let mut call = Call::of(variant);
    let mut run = |call: &mut Call, count| {
        runtime.block_on(async {
            for _ in 0..count {
                let request = call.request();
                let Ok(response) = service.call(request).await;
                let mut body = response.into_body();
                while let Some(frame) = body.frame().await {
                    std::hint::black_box(frame.ok());
                }
            }
        });
    };
    if let Some(routes) = routes_of(variant) {
        run(&mut call, routes as u64);
        call.all.drain(..routes / 2);
    }
    measure(|count| run(&mut call, count));
}

/// Calls a router as `axum::serve` does, which turns every handler into a service
/// once per connection instead of at each request; or as it is.
fn serve(variant: &str, router: Router) {
    if variant.ends_with("as it is") {
        drive(variant, router);
    } else {
        drive(variant, router.with_state(()));
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
}

fn run(variant: &str) {
    let on = !variant.starts_with("off");
    if variant.starts_with("traces") || variant.starts_with("metrics") || variant == "excluded" {
        install(variant);
    }
    if variant.starts_with("passes") {
        otelier_core::install(Providers::passing(propagation())).expect("once");
    }
    let layer = otelier_axum::layer();
    match variant {
        variant if beside::NAMES.contains(&variant) => serve(variant, beside::router(variant)),
        "request" => {
            let mut call = Call::of(variant);
            measure(|count| (0..count).for_each(|_| drop(std::hint::black_box(call.request()))));
        }
        variant if variant.starts_with("bare") => serve(variant, routes(variant)),
        variant if variant.starts_with("identity") => {
            serve(variant, routes(variant).layer(Identity::new()));
        }
        "off, instrument" => {
            // As a start of telemetry does that has nothing to do.
            otelier_core::stay_off();
            serve(variant, otelier_axum::instrument(routes(variant)));
        }
        variant if variant.contains("around") => {
            drive(variant, layer.layer(routes(variant).with_state(())))
        }
        variant if variant.starts_with("off, layer") => {
            serve(variant, routes(variant).layer(layer))
        }
        variant if on && (OURS.contains(&variant) || routes_of(variant).is_some()) => {
            serve(variant, otelier_axum::instrument(routes(variant)));
        }
        #[cfg(feature = "peers")]
        variant => peers::run(variant),
        #[cfg(not(feature = "peers"))]
        variant => panic!("there is no {variant:?}"),
    }
}
