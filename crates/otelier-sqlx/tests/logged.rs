//! A pool whose statements are recorded here, beside a layer that records what sqlx logs.
#![cfg(test)]

#[path = "servers/server.rs"]
#[expect(dead_code, reason = "some of it is for tests of pools")]
mod server;
#[path = "servers/wanted.rs"]
mod wanted;

use futures_util::StreamExt as _;
use opentelemetry::trace::TracerProvider as _;
use otelier_core::span_layer;
use otelier_sql::layer;
use otelier_sqlx::Pool;
use otelier_testing::{Telemetry, capture};
use sqlx::{Sqlite, postgres::PgPoolOptions, sqlite::SqlitePoolOptions};
use tracing::{Dispatch, Instrument as _, dispatcher, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

/// Runs statements in every way on the pool, and then one on sqlx's own.
macro_rules! run_on {
    ($raw:expr) => {{
        let raw = $raw;
        let pool = Pool::from(raw.clone());
        let made = sqlx::query("CREATE TABLE orders (id INTEGER)");
        made.execute(&pool).await.unwrap();
        let sql = "INSERT INTO orders (id) VALUES (1), (2), (3)";
        sqlx::query(sql).execute(&pool).await.unwrap();
        let sql = "SELECT id FROM orders";
        sqlx::query(sql).fetch_one(&pool).await.unwrap();
        sqlx::query(sql).fetch_all(&pool).await.unwrap();
        // It is not read to its end.
        let first = sqlx::query(sql).fetch(&pool).next().await;
        first.unwrap().unwrap();
        let mut connection = pool.acquire().await.unwrap();
        let found = sqlx::query(sql).fetch_optional(&mut *connection).await;
        found.unwrap();
        drop(connection);
        let mut transaction = pool.begin().await.unwrap();
        let sql = "DELETE FROM orders WHERE id = 1";
        sqlx::query(sql).execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
        let failed = sqlx::query("SELECT id FROM nowhere").fetch_all(&pool).await;
        assert!(failed.is_err());
        let sql = "UPDATE orders SET id = 4";
        sqlx::query(sql).execute(&raw).await.unwrap();
        raw.close().await;
    }};
}

/// All of them once, and the last one by the log.
fn assert_once(telemetry: &Telemetry) {
    let spans = telemetry.spans().into_iter();
    let mut spans: Vec<_> = spans
        // What a connection asks for itself when it opens is logged, too.
        .filter(|span| span.name != "acquire connection" && !span.name.starts_with("PRAGMA"))
        .collect();
    spans.sort_by_key(|span| span.started);
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    let expected = [
        "CREATE TABLE orders",
        "INSERT orders",
        "SELECT orders",
        "SELECT orders",
        "SELECT orders",
        "SELECT orders",
        "BEGIN",
        "DELETE orders",
        "COMMIT",
        "SELECT nowhere",
        "UPDATE orders",
    ];
    assert_eq!(names, expected, "{:?}", telemetry.tree());
}

fn subscriber(telemetry: &Telemetry) -> Dispatch {
    let tracer = telemetry.tracer_provider().tracer("tracing");
    let subscriber = tracing_subscriber::registry()
        .with(span_layer(tracer))
        .with(layer(otelier_sql::Config::new()));
    Dispatch::new(subscriber)
}

#[tokio::test]
async fn what_is_recorded_here_is_not_recorded_once_more_from_the_thread_of_sqlite() {
    let telemetry = capture();
    let listens = subscriber(&telemetry);
    // There is one for all threads, so this is the only test that sets it.
    dispatcher::set_global_default(listens.clone()).unwrap();
    let _here = dispatcher::set_default(&listens);
    let one = SqlitePoolOptions::new().max_connections(1);
    let raw = one.connect("sqlite::memory:").await.unwrap();
    run_on!(raw);
    assert_once(&telemetry);

    // What a connection asks for itself when it opens is no more than the wait for it.
    let lazy = Pool::<Sqlite>::connect_lazy("sqlite::memory:").unwrap();
    let asks = sqlx::query("SELECT 1").execute(&lazy);
    asks.instrument(info_span!("request")).await.unwrap();
    // The thread of the connection holds the span for a moment longer.
    lazy.close().await;
    let request = Some("request".to_owned());
    let spans = telemetry.spans().into_iter();
    let mut below: Vec<_> = spans.filter(|span| span.parent == request).collect();
    below.retain(|span| span.name != "acquire connection");
    let below: Vec<_> = below.iter().map(|span| &*span.name).collect();
    assert_eq!(below, ["SELECT"], "{:?}", telemetry.tree());
}

#[tokio::test]
async fn what_is_recorded_here_is_not_recorded_once_more_where_it_is_run() {
    let Some((_server, url)) = wanted::postgres() else {
        return;
    };
    let one = PgPoolOptions::new().max_connections(1);
    let raw = one.connect(&url).await.unwrap();
    let telemetry = capture();
    let listens = subscriber(&telemetry);
    let _here = dispatcher::set_default(&listens);
    run_on!(raw);
    assert_once(&telemetry);
}
