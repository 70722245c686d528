//! The suite on PostgreSQL, each test in a database of its own.

use std::{
    io,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use libtest_mimic::Trial;
use sqlx::{
    Connection as _, Executor as _, PgConnection, Postgres,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    block_on,
    server::{Server, without_postgres},
    trial,
};

mod tests {
    suite!(sqlx::Postgres, "postgres", "$1");

    pub(crate) async fn literals_of_this_dialect_do_not_leave(raw: sqlx::Pool<Db>) {
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

    pub(crate) async fn spans_name_the_server(raw: sqlx::Pool<Db>) {
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

    pub(crate) async fn a_state_of_its_own_is_named_by_its_code(raw: sqlx::Pool<Db>) {
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

    pub(crate) async fn the_server_sees_the_text_as_it_was_given(raw: sqlx::Pool<Db>) {
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
}

static SERVER: OnceLock<io::Result<(PgConnectOptions, Option<Server>)>> = OnceLock::new();

pub(crate) fn absent() -> Option<&'static str> {
    let has_url = std::env::var_os("OTELIER_POSTGRES_URL").is_some();
    without_postgres().filter(|_| !has_url)
}

pub(crate) fn start() -> io::Result<(PgConnectOptions, Server)> {
    let server = Server::postgres()?;
    let options = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(server.port)
        .username("postgres")
        .database("postgres");
    Ok((options, server))
}

pub(crate) async fn connect(options: &PgConnectOptions) -> PgConnection {
    for _ in 0..600 {
        if let Ok(connection) = PgConnection::connect_with(options).await {
            return connection;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server does not answer");
}

fn shared() -> &'static PgConnectOptions {
    let server = SERVER.get_or_init(|| match std::env::var("OTELIER_POSTGRES_URL") {
        Ok(url) => Ok((url.parse().map_err(io::Error::other)?, None)),
        Err(_) => start().map(|(options, server)| (options, Some(server))),
    });
    match server {
        Ok((options, _)) => options,
        Err(cause) => panic!("PostgreSQL does not start: {cause}"),
    }
}

async fn fresh() -> sqlx::Pool<Postgres> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let options = shared();
    let mut connection = connect(options).await;
    let database = format!(
        "otelier_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let create = format!("CREATE DATABASE {database}");
    connection
        .execute(sqlx::AssertSqlSafe(create))
        .await
        .unwrap();
    let options = options.clone().database(&database);
    let pool = PgPoolOptions::new().connect_with(options).await.unwrap();
    let sql = "CREATE TABLE orders (id INT PRIMARY KEY, name VARCHAR(100)); \
               INSERT INTO orders VALUES (1, 'first'), (2, 'second'), (3, 'third')";
    sqlx::raw_sql(sql).execute(&pool).await.unwrap();
    pool
}

pub(crate) fn list(trials: &mut Vec<Trial>) {
    let absent = absent();
    macro_rules! on_postgres {
        ($name:ident) => {
            let name = concat!("postgres::", stringify!($name)).to_owned();
            trials.push(trial(name, absent, || {
                block_on(async { tests::$name(fresh().await).await })
            }));
        };
    }
    each!(on_postgres);
    on_postgres!(literals_of_this_dialect_do_not_leave);
    on_postgres!(spans_name_the_server);
    on_postgres!(a_state_of_its_own_is_named_by_its_code);
    on_postgres!(the_server_sees_the_text_as_it_was_given);
}
