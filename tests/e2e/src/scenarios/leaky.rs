//! A service whose every line handles a secret, and says so.
#![expect(clippy::panic, reason = "what a panic says is told, too")]

use std::{error::Error, io, net::SocketAddr};

use anyhow::Context as _;
use axum::{
    Router, extract::State, http::header::SET_COOKIE, response::IntoResponse, routing::get,
};
use otelier::{
    jobs::Job,
    otel::{
        Array, KeyValue, Value, global,
        trace::{Span as _, Tracer as _},
    },
    sqlx::SqlitePool,
};
use reqwest_middleware::ClientWithMiddleware;
use sqlx::sqlite::SqlitePoolOptions;
use tokio::{net::TcpListener, task::JoinSet};

#[derive(Clone, Debug)]
struct App {
    http: ClientWithMiddleware,
    db: SqlitePool,
    own: SocketAddr,
}

/// Answers `GET /login/{user}` and `GET /panic` until SIGTERM.
pub(crate) async fn serve() -> anyhow::Result<()> {
    // What the standard library prints of a panic is none of telemetry's words.
    std::panic::set_hook(Box::new(|_| {}));
    let telemetry = otelier::init!();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    // A database in memory lives in its one connection.
    let db = SqlitePoolOptions::new().max_connections(1);
    let app = App {
        http: otelier::reqwest::client(client),
        db: db.connect("sqlite::memory:").await?.into(),
        own: listener.local_addr()?,
    };
    let router = Router::new()
        .route("/login/{user}", get(login))
        .route("/hello", get(|| async { "hello" }))
        .route("/panic", get(panics))
        .with_state(app.clone());
    let router = otelier::axum::instrument(router);
    drop(super::redis::commands().await?);
    crate::tell(format_args!("listening on http://{}", app.own))?;
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, router)
        .with_graceful_shutdown(otelier::shutdown_signal())
        .await?;
    crate::tell(format_args!("status: {:?}", telemetry.status()))?;
    let report = telemetry.shutdown().await;
    crate::tell(format_args!("complete: {}", report.is_complete())).context("standard output")
}

async fn login(State(app): State<App>) -> impl IntoResponse {
    says();
    by_api();
    calls(&app).await;
    queries(&app).await;
    runs_jobs().await;
    let _ = logs_in(
        "s3cr3t-parameter",
        "password=s3cr3t-told",
        "s3cr3t-of-nobody",
    );
    ([(SET_COOKIE, "session=s3cr3t-set-cookie")], "welcome")
}

async fn panics() {
    panic!("cannot connect to postgres://ann:s3cr3t-panic@db.example/shop");
}

#[tracing::instrument(fields(access_token = "s3cr3t-span-field"))]
fn says() {
    tracing::info!(password = "s3cr3t-field", max_tokens = 7, "login");
    tracing::info!("login with password=s3cr3t-body and {{\"apiKey\": \"s3cr3t-json\"}}");
    tracing::warn!(headers = ?[("authorization", "Bearer s3cr3t-bearer")], "refused");
    tracing::warn!(cause = "Cookie: session=s3cr3t-cookie-text", "refused");
    let error = anyhow::anyhow!("token=s3cr3t-deepest")
        .context("cannot reach https://ann:s3cr3t-chain@shop.example/")
        .context("cannot log in");
    tracing::error!("failed: {error:#}");
    tracing::error!(?error, "failed");
    tracing::error!(error = &*error as &dyn Error, "failed");
    // What is escaped, encoded or on another line.
    let lines = "first\npassword=s3cr3t-line\nlast";
    tracing::info!("{lines}");
    tracing::info!(lines, "login");
    tracing::info!(?lines, "login");
    tracing::info!("one\nghp_s3cr3t0123456789abcdef\nBearer s3cr3t-line");
    tracing::info!("password:\n  s3cr3t-yaml\npassword%3Ds3cr3t-encoded");
    tracing::info!(tokens = ?[("refreshtoken", "s3cr3t-pair")], "login");
    tracing::info!(newpassword = "s3cr3t-new", idtoken = "s3cr3t-id", "login");
    let error = io::Error::other("one\nclient_secret: s3cr3t-io-line");
    tracing::error!(error = &error as &dyn Error, "failed");
    tracing::error!(error = ?error, "failed");
    let error = io::Error::other("client_secret: s3cr3t-io");
    tracing::error!(error = &error as &dyn Error, "failed");
}

#[otelier::trace(record(password, said))]
fn logs_in(password: &str, said: &str, other: &str) -> io::Result<()> {
    let all = [password, said, other].len();
    Err(io::Error::other(format!("token=s3cr3t-returned {all}")))
}

fn by_api() {
    let mut span = global::tracer("leaky").start("by api");
    span.update_name("by api token=s3cr3t-name");
    span.set_attribute(KeyValue::new("client_secret", "s3cr3t-attribute"));
    span.set_attribute(KeyValue::new("conn", "postgres://ann:s3cr3t-conn@db/shop"));
    let list = ["a", "password=s3cr3t-list"].map(Into::into);
    span.set_attribute(KeyValue::new(
        "list",
        Value::Array(Array::String(list.into())),
    ));
    span.add_event("said", vec![KeyValue::new("api_key", "s3cr3t-event")]);
    span.record_error(&io::Error::other("password=s3cr3t-recorded"));
    span.set_status(otelier::otel::trace::Status::error("token=s3cr3t-status"));
    let logins = global::meter("leaky").u64_counter("logins").build();
    logins.add(1, &[KeyValue::new("session_token", "s3cr3t-label")]);
    logins.add(
        1,
        &[KeyValue::new("url", "postgres://ann:s3cr3t-label@db/shop")],
    );
}

async fn calls(app: &App) {
    let own = app.own;
    let good = format!("http://ann:s3cr3t-userinfo@{own}/hello?api_key=s3cr3t-client-query");
    let bad = "http://ann:s3cr3t-userinfo@127.0.0.1:9/hello?api_key=s3cr3t-client-query";
    for url in [&*good, bad] {
        let call = app
            .http
            .get(url)
            .header("x-api-key", "s3cr3t-client-header");
        if let Err(error) = call.bearer_auth("s3cr3t-client-bearer").send().await {
            tracing::error!(error = &error as &dyn Error, "call failed");
            tracing::error!("call failed: {error:?}");
        }
    }
}

async fn queries(app: &App) {
    for sql in [
        "CREATE TABLE IF NOT EXISTS users (name TEXT UNIQUE, password TEXT)",
        "SELECT * FROM users WHERE password = 's3cr3t-literal' -- s3cr3t-comment",
        "INSERT INTO users VALUES ('ann', 's3cr3t-insert'), ('ann', 's3cr3t-twice')",
        "SELECT 's3cr3t-unclosed",
        "SELECT name FROM users 's3cr3t-near' 's3cr3t-near'",
    ] {
        if let Err(error) = sqlx::query(sql).execute(&app.db).await {
            tracing::error!(error = &error as &dyn Error, "query failed");
            tracing::error!("query failed: {error:?}");
        }
    }
    let find = sqlx::query("SELECT * FROM users WHERE password = $1").bind("s3cr3t-parameter");
    if let Err(error) = find.fetch_optional(&app.db).await {
        tracing::error!(%error, "query failed");
    }
    let number = sqlx::query_scalar::<_, i64>("SELECT $1").bind("s3cr3t-no-number");
    if let Err(error) = number.fetch_one(&app.db).await {
        tracing::error!(error = &error as &dyn Error, "query failed");
        tracing::error!("query failed: {error:?}");
    }
}

async fn runs_jobs() {
    let failing = async { Err::<(), _>(anyhow::anyhow!("password=s3cr3t-job-error")) };
    let _ = Job::new("fails").run(failing).await;
    let mut tasks = JoinSet::new();
    tasks.spawn(Job::new("panics").run(async {
        if true {
            panic!("Authorization: Bearer s3cr3t-job-panic");
        }
        Ok::<_, anyhow::Error>(())
    }));
    while tasks.join_next().await.is_some() {}
}
