//! A service with streams that tells its balancer whether it is ready, and lets in
//! only so many requests at a time.

use std::{convert::Infallible, env, time::Duration};

use anyhow::Context as _;
use axum::{
    Router,
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
    routing::{get, put},
};
use futures_util::{Stream, stream};
use otelier::axum::{
    admission::AdmissionLayer,
    ready::{Ready, Reason},
};
use tokio::{net::TcpListener, time::sleep};

/// For so long requests may go on when the listener is closed.
const DRAIN: Duration = Duration::from_secs(1);
/// So many searches at a time, and as many that wait for a moment.
const SEARCHES: usize = 2;

/// Serves until SIGTERM or Ctrl-C.
///
/// `FEED_ADDR` (default `127.0.0.1:8080`) is where it listens, `FEED_GRACE_MS`
/// (default 5000) how long it serves on after the signal, while `/ready` tells the
/// balancer to send nothing more.
///
/// # Errors
/// The address is in use, or a variable cannot be read.
pub async fn run() -> anyhow::Result<()> {
    let telemetry = otelier::init!();

    let ready = Ready::new().with_stabilisation(Duration::from_millis(100));
    let app = otelier::axum::instrument(router(&ready));
    let addr = env::var("FEED_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(&addr).await;
    let listener = listener.with_context(|| format!("cannot listen on {addr}: set FEED_ADDR"))?;
    tracing::info!("listening on http://{}", listener.local_addr()?);

    let grace = env::var("FEED_GRACE_MS").unwrap_or_else(|_| "5000".to_owned());
    let grace = Duration::from_millis(grace.parse().context("FEED_GRACE_MS is no number")?);
    // Its connections are watched, so that it is known how streams end.
    let server = otelier::axum::serve(listener, app)
        .with_graceful_shutdown(ready.shutdown(otelier::shutdown_signal(), grace));
    ready.set_ready();
    // A stream that stays open does not keep the service from its end.
    otelier::drain(server, grace + DRAIN).await.transpose()?;

    let _ = telemetry.shutdown().await;
    Ok(())
}

/// The service without telemetry.
pub fn router(ready: &Ready) -> Router {
    let searches = AdmissionLayer::new(SEARCHES).with_waiting(SEARCHES, Duration::from_millis(100));
    let archive = Router::new()
        .route(
            "/archive/away",
            put(async |State(it): State<Reason>| it.set()),
        )
        .route(
            "/archive/back",
            put(async |State(it): State<Reason>| it.clear()),
        )
        .with_state(ready.reason("archive"));
    Router::new()
        .route("/search", get(search))
        .layer(searches)
        .route("/feed", get(async || feed()))
        .route("/ready", ready.route())
        .merge(archive)
}

/// Takes its time.
async fn search() -> &'static str {
    sleep(Duration::from_secs(60)).await;
    "nothing found"
}

/// News without an end.
fn feed() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let news = stream::unfold(0, async |number| {
        if number > 0 {
            sleep(Duration::from_secs(1)).await;
        }
        metrics::counter!("feed_news_total").increment(1);
        let event = Event::default().data(format!("news {number}"));
        Some((Ok(event), number + 1))
    });
    Sse::new(news).keep_alive(KeepAlive::default())
}
