//! Goes once through everything that is instrumented, and its options.
#![expect(clippy::panic, reason = "what a panic says is told, too")]

use std::{
    convert::Infallible,
    error::Error,
    io,
    net::SocketAddr,
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    body::Body,
    http::{
        Extensions, HeaderName, Method, Request, StatusCode,
        header::{CONTENT_TYPE, HOST},
    },
    routing::{any, get},
};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use otelier::{
    axum::TraceLayer,
    http_client,
    jobs::{self, Context, Job},
    reqwest::UrlTemplate,
    sqlx::{Config, SqlitePool},
};
use sqlx::sqlite::SqlitePoolOptions;
use tokio::{net::TcpListener, task::JoinSet};
use tower::{Layer as _, Service as _};

use super::{functions, gates, genai, grpc, redis};

/// Serves, calls, asks a database, runs jobs and logs.
pub(crate) async fn all() -> anyhow::Result<()> {
    let setup = otelier::setup!()
        .with_revision(&[Some("5f3c1e0")])
        .with_repository(&[Some("https://git.example/shop")]);
    let telemetry = setup.init();
    let mut tasks = JoinSet::new();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let own = listener.local_addr()?;
    let orders = Router::new()
        .route("/orders/{id}", any(|_: String| async { "an order" }))
        .route(
            "/fails",
            get(|| async { StatusCode::INTERNAL_SERVER_ERROR }),
        );
    let orders = otelier::axum::instrument_with(orders, layer());
    let orders = orders.into_make_service_with_connect_info::<SocketAddr>();
    tasks.spawn(async move {
        // It serves until the process ends.
        let _ = axum::serve(listener, orders).await;
    });
    calls(own).await?;
    calls_by_another_client(own).await?;
    grpc::calls(&mut tasks).await?;
    let pools = (statements().await?, redis::commands().await?);
    genai::all().await?;
    functions::all().await;
    let gates = gates::all().await?;
    super::statements::alone().await?;
    let depth = jobs::queue_depth("orders", || 3);
    runs_jobs().await;
    logs();
    let mut panics = JoinSet::new();
    panics.spawn(async { panic!("on purpose") });
    let _ = panics.join_next().await;
    // What was changed on its way out is told with the next metrics.
    let _ = telemetry.flush().await;
    let _ = telemetry.shutdown().await;
    drop((pools, depth, gates, tasks));
    Ok(())
}

/// The layer that records all it can be asked for.
fn layer() -> TraceLayer {
    otelier::axum::layer()
        .with_body_sizes()
        .with_request_header(HOST)
        .with_response_header(CONTENT_TYPE)
        .with_request_body_field("size")
        .with_request_body_field("color")
}

async fn calls(own: SocketAddr) -> anyhow::Result<()> {
    let client = reqwest::Client::builder().no_proxy().user_agent("edges");
    let client = otelier::reqwest::client(client.build()?);
    let order = format!("http://{own}/orders/7");
    let asked = client
        .post(format!("{order}?page=2"))
        .header(CONTENT_TYPE, "application/json")
        .header(HeaderName::from_static("x-forwarded-for"), "192.0.2.7")
        .body(r#"{"size": 3, "color": "red"}"#)
        .with_extension(UrlTemplate::new("/orders/{id}"));
    asked.send().await?.text().await?;
    let unknown = Method::from_bytes(b"FROB")?;
    client.request(unknown, &order).send().await?.text().await?;
    let mut attempts = Extensions::new();
    for url in [&format!("http://{own}/fails"), &order] {
        let request = client.get(url).build()?;
        let sent = client.execute_with_extensions(request, &mut attempts);
        sent.await?.text().await?;
    }
    // Nobody is there.
    let _ = client.get("http://127.0.0.1:9/").send().await;
    Ok(())
}

async fn calls_by_another_client(own: SocketAddr) -> anyhow::Result<()> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let mut client = http_client::TraceLayer::new().layer(client);
    let order = format!("http://{own}/orders/7");
    let fails = format!("http://{own}/fails");
    // At the last address nobody is there.
    for (method, url) in [
        ("GET", &*order),
        ("FROB", &*order),
        ("GET", &*fails),
        ("GET", "http://127.0.0.1:9/"),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(url)
            .extension(UrlTemplate::new("/orders/{id}"))
            .body(Body::empty())?;
        let _ = client.call(request).await;
    }
    Ok(())
}

async fn statements() -> anyhow::Result<[SqlitePool; 2]> {
    let one = || SqlitePoolOptions::new().max_connections(1);
    let orders = one().connect_lazy("sqlite::memory:")?;
    let orders = SqlitePool::with_config(orders, Config::new().with_pool_name("orders"));
    let made = sqlx::raw_sql("CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (7)");
    made.execute(&orders).await?;
    let found = sqlx::query("SELECT id FROM orders WHERE id = $1").bind(7);
    found.fetch_all(orders.with_parameters([7])).await?;
    let _ = sqlx::query("SELECT * FROM nowhere")
        .fetch_all(&orders)
        .await;

    let impatient = one().acquire_timeout(Duration::from_millis(20));
    let impatient = SqlitePool::from(impatient.connect_lazy("sqlite::memory:")?);
    let held = loop {
        // A slow machine may take longer than that to open it.
        if let Ok(connection) = impatient.acquire().await {
            break connection;
        }
    };
    let _ = sqlx::query("SELECT 1").fetch_one(&impatient).await;
    held.close().await?;
    Ok([orders, impatient])
}

async fn runs_jobs() {
    let sends = jobs::send("orders").with_id(7).with_batch(2);
    let _ = sends.run(async |_| Ok::<_, Infallible>(())).await;
    let refused = io::Error::other("no such queue");
    let _ = jobs::send("orders")
        .run(async |_| Err::<(), _>(refused))
        .await;
    let enqueues = async { Ok::<_, Infallible>(Context::current()) };
    let Ok(enqueued) = Job::new("enqueues").run(enqueues).await;
    let job = Job::new("order")
        .with_id(7)
        .with_attempt(2)
        .with_attribute("color", "red")
        .with_queue("orders")
        .with_enqueued_at(SystemTime::now())
        .with_context(&enqueued)
        .with_first_attempt(&enqueued)
        .with_announcement();
    let fails = job.run(async {
        jobs::count("boxes", 1);
        jobs::measure("weight", 2.0);
        Err::<(), _>(io::Error::other("no such order"))
    });
    let _ = fails.await;
    let batch = Job::new("batch").with_batch([&enqueued, &enqueued]);
    let Ok(()) = batch.run(async { Ok::<_, Infallible>(()) }).await;
}

fn logs() {
    let span = tracing::info_span!("says", password = "hunter2", long = "x".repeat(20_000));
    let _entered = span.enter();
    let error = io::Error::other("out of paper");
    tracing::error!(error = &error as &dyn Error, "failed");
}
