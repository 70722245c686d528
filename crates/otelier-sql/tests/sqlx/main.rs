//! What sqlx itself logs, on SQLite and PostgreSQL. `tests/sql-log` runs the same with older
//! versions of it.
//!
//! PostgreSQL is started from the programs of its package. Where they are missing a line says so,
//! and nothing is tested; with `OTELIER_REQUIRE_DATABASES=1` that is a failure.
#![cfg(test)]

#[path = "../../../otelier-sqlx/tests/servers/server.rs"]
#[expect(dead_code, reason = "some of it is for tests of pools")]
mod server;
#[path = "../../../otelier-sqlx/tests/servers/wanted.rs"]
mod wanted;

use opentelemetry::trace::TracerProvider as _;
use otelier_core::span_layer;
use otelier_sql::{Config, layer};
use otelier_testing::{Span, Telemetry, capture};
use sqlx::{
    ConnectOptions,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use tracing::{Dispatch, Instrument as _, dispatcher, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

/// What is sent to both, `$n` being the first placeholder.
macro_rules! pays {
    ($pool:expr, $n:literal) => {
        async {
            let made = sqlx::query("CREATE TABLE orders (id INTEGER, name TEXT)");
            made.execute($pool).await.unwrap();
            let sql = "INSERT INTO orders (id, name) VALUES (7, 's3cr3t'), (8, 's3cr3t')";
            sqlx::query(sql).execute($pool).await.unwrap();
            let sql = concat!(
                "SELECT id, name FROM orders WHERE name = 's3cr3t' AND id > ",
                $n
            );
            let found = sqlx::query(sql).bind(1).fetch_all($pool).await.unwrap();
            assert_eq!(found.len(), 2);
            let mut transaction = $pool.begin().await.unwrap();
            let sql = "DELETE FROM orders";
            sqlx::query(sql).execute(&mut *transaction).await.unwrap();
            transaction.commit().await.unwrap();
        }
        .instrument(info_span!("checkout"))
    };
}

fn subscriber(telemetry: &Telemetry, config: Config) -> Dispatch {
    let tracer = telemetry.tracer_provider().tracer("tracing");
    let subscriber = tracing_subscriber::registry()
        .with(span_layer(tracer))
        .with(layer(config));
    Dispatch::new(subscriber)
}

/// What is below `checkout`, with its last if the database logs that, and what is told
/// of what was asked for.
fn assert_told(telemetry: &Telemetry, system: &str, placeholder: &str, last: Option<&str>) {
    let above = telemetry.span("checkout").span_id;
    let spans = telemetry.spans().into_iter();
    let spans = spans.filter(|span| span.parent_span_id == Some(above));
    let names: Vec<_> = spans.map(|span| span.name).collect();
    let mut expected = vec![
        "CREATE TABLE orders",
        "INSERT orders",
        "SELECT orders",
        "DELETE orders",
    ];
    expected.extend(last);
    assert_eq!(names, expected, "{:?}", telemetry.tree());
    let select = telemetry.span("SELECT orders");
    let asked = format!("SELECT id, name FROM orders WHERE name = ? AND id > {placeholder}");
    for (key, expected) in [
        ("db.system.name", system),
        ("db.query.text", &asked),
        ("db.response.returned_rows", "2"),
    ] {
        assert_eq!(text(&select, key), expected);
    }
}

fn text(span: &Span, key: &str) -> String {
    let value = span.get(key).unwrap_or_else(|| panic!("{key}: {span:?}"));
    // sqlx 0.7 breaks lines.
    let text = value.to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn sqlite_tells_of_its_statements_from_a_thread_of_its_own() {
    let telemetry = capture();
    let listens = subscriber(&telemetry, Config::new());
    // There is one for all threads, so this is the only test that sets it.
    dispatcher::set_global_default(listens.clone()).unwrap();
    let _here = dispatcher::set_default(&listens);
    let one = || SqlitePoolOptions::new().max_connections(1);
    let options: SqliteConnectOptions = "sqlite::memory:".parse().unwrap();
    let pool = one().connect_with(options.clone()).await.unwrap();
    pays!(&pool, "?").await;
    // Its thread has told everything when it is gone.
    pool.close().await;
    assert_told(&telemetry, "sqlite", "?", None);
    let before = telemetry.spans().len();
    let duration = telemetry.metric("db.client.operation.duration").count();
    assert_eq!(
        duration, before as u64,
        "not `checkout`, and what the connection asked for when it opened"
    );

    let off = options.log_statements("off".parse().unwrap());
    let pool = one().connect_with(off).await.unwrap();
    sqlx::query("SELECT 1").fetch_one(&pool).await.unwrap();
    pool.close().await;
    assert_eq!(telemetry.spans().len(), before);
}

#[tokio::test]
async fn postgres_tells_of_its_statements_where_they_are_run() {
    let Some((_server, url)) = wanted::postgres() else {
        return;
    };
    let options: PgConnectOptions = url.parse().unwrap();
    let one = || PgPoolOptions::new().max_connections(1);
    let pool = one().connect_with(options.clone()).await.unwrap();

    let telemetry = capture();
    let listens = subscriber(&telemetry, Config::new().with_system("postgresql"));
    let _here = dispatcher::set_default(&listens);
    pays!(&pool, "$1").await;
    assert_told(&telemetry, "postgresql", "$1", Some("COMMIT"));
    // What fails is logged as what does not.
    let failed = sqlx::query("SELECT id FROM nowhere").execute(&pool).await;
    assert!(failed.is_err());
    assert_eq!(telemetry.span("SELECT nowhere").get("error.type"), None);

    let before = telemetry.spans().len();
    let off = options.log_statements("off".parse().unwrap());
    let pool = one().connect_with(off).await.unwrap();
    sqlx::query("SELECT 1").execute(&pool).await.unwrap();
    assert_eq!(telemetry.spans().len(), before);
}
