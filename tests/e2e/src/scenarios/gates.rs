//! Streams, readiness and admission, so that each name of theirs is sent.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{Request, header::CONTENT_TYPE},
    routing::get,
};
use futures_util::{StreamExt as _, stream};
use otelier::axum::{
    admission::AdmissionLayer,
    ready::{Ready, Reason},
};
use tower::ServiceExt as _;

/// Leaves a stream, has a request wait and refuses it. What is returned is told of
/// as long as it is held.
pub(crate) async fn all() -> anyhow::Result<(Ready, Reason, Router)> {
    let ready = Ready::new();
    let database = ready.reason("database");
    database.set();
    ready.set_ready();
    let events = async || {
        let one = stream::iter([Ok::<_, Infallible>("data: one\n\n")]);
        let head = [(CONTENT_TYPE, "text/event-stream")];
        (head, Body::from_stream(one.chain(stream::pending())))
    };
    let admission = AdmissionLayer::new(1)
        .with_waiting(1, Duration::from_millis(1))
        .with_streams();
    let app = Router::new().route("/events", get(events)).layer(admission);
    let app = otelier::axum::instrument(app);
    let ask = || -> anyhow::Result<_> {
        let request = Request::get("/events").body(Body::empty())?;
        Ok(app.clone().oneshot(request))
    };
    let inside = ask()?.await?;
    // It waits in vain.
    let refused = ask()?.await?;
    drop((inside, refused));
    Ok((ready, database, app))
}
