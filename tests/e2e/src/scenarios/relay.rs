//! A service between two others.

use std::{collections::HashMap, convert::Infallible, fmt::Write as _};

use axum::{Router, routing::get};
use otelier::{
    jobs::{Context, Job},
    otel,
};
use tokio::net::TcpListener;

/// Calls another service in each request, runs a job, and answers with what the
/// global propagator and a job within that job would tell others.
pub(crate) async fn serve(callee: &str) -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let client = otelier::reqwest::client(client);
    let callee = callee.to_owned();
    let relay = async move || {
        let sent = client.get(&callee).send().await;
        let mut answer = format!("callee: {}\n", sent.is_ok());
        let mut fields = HashMap::new();
        otel::global::get_text_map_propagator(|propagator| {
            otel::Context::map_current(|cx| propagator.inject_context(cx, &mut fields));
        });
        for (name, value) in fields {
            let _ = writeln!(answer, "{name}: {value}");
        }
        let enqueued = Context::current();
        let job = Job::new("relay").with_context(&enqueued);
        let within = job.run(async { Ok::<_, Infallible>(Context::current()) });
        let Ok(within) = within.await;
        for (name, value) in within.iter() {
            let _ = writeln!(answer, "job {name}: {value}");
        }
        answer
    };
    let app = otelier::axum::instrument(Router::new().route("/", get(relay)));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app)
        .with_graceful_shutdown(otelier::shutdown_signal())
        .await?;
    let _ = telemetry.shutdown().await;
    Ok(())
}
