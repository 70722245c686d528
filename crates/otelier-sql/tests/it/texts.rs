//! What is told of a statement, as far as the database is known.

use std::thread;

use opentelemetry::Context;
use otelier_sql::{Config, Dialect, QueryText};
use otelier_testing::{Span, capture};
use tracing::subscriber::with_default;

use crate::{below, listens, log};

/// The span of a text.
fn recorded(config: Config, sql: &str) -> Span {
    let telemetry = capture();
    with_default(listens(config), || log(sql));
    telemetry.spans().remove(0)
}

fn text(span: &Span, key: &str) -> Option<String> {
    span.get(key).map(|value| value.to_string())
}

#[test]
fn a_text_is_found_however_sqlx_splits_it() {
    for sql in [
        "BEGIN",
        "SELECT id FROM orders",
        "SELECT  id FROM orders",
        "SELECT id FROM orders LIMIT $1",
        // As sqlx 0.7 formats it.
        "SELECT\n  id\nFROM\n  orders",
        "",
    ] {
        let span = recorded(Config::new().with_system("postgresql"), sql);
        assert_eq!(text(&span, "db.query.text").as_deref(), Some(sql));
    }
    // It looks as if there were more, and there is not.
    let odd = recorded(Config::new(), "SELECT a …");
    assert_eq!(text(&odd, "db.query.text").as_deref(), Some(""));
}

#[test]
fn a_database_that_is_not_known_is_another_and_no_value_of_any_leaves() {
    let sql = "SELECT \"a\".\"b\" FROM \"a\" WHERE c = \"s3cr3t\" AND d = 's3cr3t' AND e = $1";
    let span = recorded(Config::new(), sql);
    assert_eq!(text(&span, "db.system.name").as_deref(), Some("other_sql"));
    assert_eq!(
        text(&span, "db.query.text").as_deref(),
        Some("SELECT \"a\".\"b\" FROM \"a\" WHERE c = ? AND d = ? AND e = $1")
    );
    let nameless = recorded(Config::new(), "s3cr3t");
    assert_eq!(nameless.name, "other_sql");
}

#[test]
fn a_database_is_known_by_its_name_or_its_dialect() {
    let sql = "SELECT \"a\" FROM t # 'b'";
    for (config, system, expected) in [
        (
            Config::new().with_system("postgresql"),
            "postgresql",
            "SELECT \"a\" FROM t # ?",
        ),
        (
            Config::new().with_system("cockroachdb"),
            "cockroachdb",
            "SELECT \"a\" FROM t # ?",
        ),
        (
            Config::new().with_system("mariadb"),
            "mariadb",
            "SELECT ? FROM t ",
        ),
        (
            Config::new().with_dialect(Dialect::MySql),
            "mysql",
            "SELECT ? FROM t ",
        ),
        (
            Config::new()
                .with_system("greenplum")
                .with_dialect(Dialect::Postgres),
            "greenplum",
            "SELECT \"a\" FROM t # ?",
        ),
        (
            Config::new().with_system("greenplum"),
            "greenplum",
            "SELECT ? FROM t ?",
        ),
    ] {
        let span = recorded(config, sql);
        let told = ["db.system.name", "db.query.text"].map(|key| text(&span, key).unwrap());
        assert_eq!(told, [system, expected]);
    }
}

#[test]
fn what_comes_from_a_thread_of_sqlite_is_of_sqlite() {
    let telemetry = capture();
    let context = telemetry.context().clone();
    let subscriber = listens(Config::new().with_system("postgresql"));
    let worker = thread::Builder::new().name("sqlx-sqlite-worker-0".to_owned());
    let worker = worker.spawn(move || {
        let _current: opentelemetry::ContextGuard = Context::attach(context);
        with_default(subscriber, || log("SELECT [it's] FROM t"));
    });
    worker.unwrap().join().unwrap();
    let span = telemetry.span("SELECT t");
    assert_eq!(text(&span, "db.system.name").as_deref(), Some("sqlite"));
    assert_eq!(
        text(&span, "db.query.text").as_deref(),
        Some("SELECT [it's] FROM t")
    );
}

#[test]
fn the_text_is_left_out_or_kept_by_configuration() {
    let with = |text| Config::new().with_query_text(text);
    let off = recorded(with(QueryText::Off), "SELECT 's3cr3t' FROM t");
    assert_eq!(
        (off.name.as_str(), off.get("db.query.text")),
        ("SELECT t", None)
    );
    let raw = recorded(with(QueryText::Raw), "SELECT 'kept' FROM t");
    assert_eq!(
        text(&raw, "db.query.text").as_deref(),
        Some("SELECT 'kept' FROM t")
    );
}

#[test]
fn several_statements_are_one_batch() {
    let span = recorded(Config::new(), "DELETE FROM a; DELETE FROM a");
    assert_eq!(span.name, "BATCH DELETE a");
    assert_eq!(text(&span, "db.operation.batch.size").as_deref(), Some("2"));
    // None was asked for, and yet some came.
    assert_eq!(
        text(&span, "db.response.returned_rows").as_deref(),
        Some("3")
    );
}

#[test]
fn a_question_in_small_letters_has_no_rows_where_there_were_none() {
    for (sql, rows) in [
        ("SELECT a FROM t", Some("0")),
        ("select a from t", Some("0")),
        ("Select a From t", Some("0")),
        ("delete from t", None),
    ] {
        let telemetry = capture();
        with_default(listens(Config::new().with_system("postgresql")), || {
            below(&telemetry, "GET /", || {
                tracing::event!(
                    target: "sqlx::query",
                    tracing::Level::DEBUG,
                    summary = sql,
                    db.statement = "",
                    rows_returned = 0_u64,
                    elapsed_secs = 0.5,
                );
            });
        });
        let span = telemetry
            .spans()
            .into_iter()
            .find(|span| span.name != "GET /");
        let told = text(&span.unwrap(), "db.response.returned_rows");
        assert_eq!(told.as_deref(), rows, "{sql}");
    }
}
