//! The suite on PostgreSQL.

use std::{io, sync::OnceLock};

use libtest_mimic::Trial;
use otelier_sqlx::Pool;
use otelier_testing::capture;
use sqlx::{Postgres, postgres::PgConnectOptions};

use crate::{
    host::{Host, Shared},
    server::{Server, without_postgres},
    suite::{count, only, text},
};

suite!(Postgres, "postgres", "$1");

impl Host for Postgres {
    const URL: &'static str = "OTELIER_POSTGRES_URL";

    fn missing() -> Option<&'static str> {
        without_postgres()
    }

    fn start() -> io::Result<(PgConnectOptions, Server)> {
        let server = Server::postgres()?;
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(server.port)
            .username("postgres")
            .database("postgres");
        Ok((options, server))
    }

    fn shared() -> &'static Shared<Self> {
        static SHARED: Shared<Postgres> = OnceLock::new();
        &SHARED
    }

    fn with_database(options: PgConnectOptions, name: &str) -> PgConnectOptions {
        options.database(name)
    }
}

pub(crate) fn list(trials: &mut Vec<Trial>) {
    each!(add, trials, "postgres");
    add!(trials, "postgres", literals_of_this_dialect_do_not_leave);
    add!(trials, "postgres", spans_name_the_server);
    add!(trials, "postgres", a_state_of_its_own_is_named_by_its_code);
    add!(trials, "postgres", the_server_sees_the_text_as_it_was_given);
}

async fn literals_of_this_dialect_do_not_leave(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let sql = r"SELECT E'it\'s s3cr3t', $a$s3cr3t$a$, 's3cr3t'::text, U&'s3cr3t', DATE '2020-01-01', INTERVAL '1 day'";
    sqlx::query(sql).fetch_one(&pool).await.unwrap();
    let span = only(&telemetry);
    assert_eq!(
        text(&span, "db.query.text").unwrap(),
        "SELECT ?, ?, ?::text, ?, DATE ?, INTERVAL ?"
    );
}

async fn spans_name_the_server(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let options = raw.connect_options();
    let pool = Pool::from(raw);
    sqlx::query(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
    let span = only(&telemetry);
    assert_eq!(text(&span, "db.system.name").unwrap(), "postgresql");
    assert_eq!(
        text(&span, "db.namespace").as_deref(),
        options.get_database()
    );
    assert_eq!(text(&span, "server.address").unwrap(), options.get_host());
    if options.get_port() != 5432 {
        assert_eq!(
            span.get("server.port").unwrap(),
            i64::from(options.get_port()).into()
        );
    }
    let wait = telemetry.metric("db.client.connection.wait_time");
    let name = wait.points[0]
        .attributes
        .get("db.client.connection.pool.name")
        .unwrap();
    let database = options.get_database().unwrap();
    assert_eq!(
        name.as_str(),
        format!("{}:{}/{database}", options.get_host(), options.get_port())
    );
}

async fn a_state_of_its_own_is_named_by_its_code(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let sql = "DO $$ BEGIN RAISE EXCEPTION 's3cr3t' USING ERRCODE = 'OT042'; END $$";
    sqlx::query(sql).execute(&pool).await.unwrap_err();
    let span = only(&telemetry);
    assert_eq!(text(&span, "db.response.status_code").unwrap(), "OT042");
    assert_eq!(text(&span, "error.type").unwrap(), "OT042");
    assert!(!format!("{span:?}").contains("s3cr3t"));
    assert_eq!(count(&telemetry, "db.response.status_code", "OT042"), 1);
}

async fn the_server_sees_the_text_as_it_was_given(raw: sqlx::Pool<Db>) {
    let _telemetry = capture();
    let pool = Pool::from(raw);
    let sql = "SELECT current_query() /* kept */ WHERE 's3cr3t' <> $1";
    let mut connection = pool.acquire().await.unwrap();
    let seen: sqlx::Result<String> = sqlx::query_scalar(sql)
        .bind("")
        .fetch_one(&mut *connection)
        .await;
    assert_eq!(seen.unwrap(), sql);
    let kept = "SELECT statement FROM pg_prepared_statements ORDER BY prepare_time";
    for _ in 0..3 {
        sqlx::query(BY_ID)
            .bind(1)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
    }
    let kept = sqlx::query_scalar(kept).persistent(false);
    let kept: Vec<String> = kept.fetch_all(&mut *connection).await.unwrap();
    assert_eq!(kept, [sql, BY_ID]);
}
